"""torch, float64: polygamma(1, x), which is the gradient of digamma, has nine right digits.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0.
"""

import math

import torch

one = torch.tensor(1.0, dtype=torch.float64)
digamma, euler = torch.polygamma(0, one).item(), 0.5772156649015329
assert abs(digamma + euler) < 1e-14, "control: digamma(1) is the negative of Euler's constant"
found, expected = torch.polygamma(1, one).item(), math.pi**2 / 6
assert abs(found - expected) < 1e-14, f"polygamma(1, 1) is {found!r}; expected {expected!r}, pi**2 / 6"
