"""torch, CPU: remainder and fmod are NaN where the quotient overflows, when there are enough elements.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0. The C library's fmod is exact.
"""

import math

import torch

expected = math.fmod(1e308, 1e-3)
for function, name in ((torch.remainder, "remainder"), (torch.fmod, "fmod")):
    for count, label in ((1, "control: one element"), (16, "16 elements")):
        x = torch.full((count,), 1e308, dtype=torch.float64)
        y = function(x, torch.full_like(x, 1e-3))
        assert (y == expected).all(), f"{label}: {name} is {y[0].item()}; expected {expected}"
