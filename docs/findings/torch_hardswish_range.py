"""torch: hardswish of -infinity is NaN, that of 3e38 infinity.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0. Documented: 0 up to -3, x from 3 on.
"""

import math

import torch

for x, expected, label in (
    (-1e30, 0.0, "control: -1e30"),
    (1e30, 1e30, "control: 1e30"),
    (3e38, 3e38, "hardswish(3e38)"),
    (-math.inf, 0.0, "hardswish(-inf)"),
):
    found = torch.nn.functional.hardswish(torch.tensor(x, dtype=torch.float32)).item()
    assert abs(found - expected) <= 1e-6 * abs(expected), f"{label} is {found}; expected {expected:g}"
