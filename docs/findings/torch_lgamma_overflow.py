"""torch, CPU, float32: lgamma(4.07e36) is infinity.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0.
"""

import math

import torch

for x, label in ((4e36, "control"), (4.07e36, "lgamma(4.07e36)")):
    found = torch.lgamma(torch.tensor(x, dtype=torch.float32)).item()
    expected = math.lgamma(x)
    assert abs(found - expected) <= 1e-5 * expected, f"{label} is {found}; expected {expected:.4g}"
