"""torch, CPU, float32: gelu of infinity is NaN when there are two or more elements.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0. x * Phi(x) is infinity, because
Phi(infinity) is 1.
"""

import torch
from torch.nn.functional import gelu

infinity = float("inf")
double = gelu(torch.full((8,), infinity, dtype=torch.float64))
assert torch.isinf(double).all(), "control: float64"
assert torch.isinf(gelu(torch.full((1,), infinity))).all(), "control: one element"
y = gelu(torch.full((8,), infinity))
assert torch.isinf(y).all(), f"float32, eight elements: {y.tolist()}"
