"""torch, CPU: float16 and bfloat16 erf of small numbers is inaccurate or 0.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0.
"""

import math

import torch

values = (2.0**-20, 2.0**-23)
expected = [math.erf(value) for value in values]
for dtype, label in ((torch.float32, "control: float32"), (torch.float16, "float16"), (torch.bfloat16, "bfloat16")):
    y = torch.erf(torch.tensor(values, dtype=dtype)).double().tolist()
    unit = 2.0**-24 if dtype is torch.float16 else 2.0**-7 * expected[1]
    assert all(abs(a - b) <= unit for a, b in zip(y, expected, strict=True)), (
        f"{label}: erf is {y}; expected {expected}"
    )
