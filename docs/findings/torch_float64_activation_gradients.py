"""torch, float64: the gradients of hardsigmoid and of celu with alpha 0.1 have the accuracy of float32.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0. By hand: hardsigmoid has the slope
1/6 between -3 and 3, celu exp(x / alpha) below zero.
"""

import math

import torch
from torch.nn.functional import celu, hardsigmoid


def slope(function, x):
    """Derivative at x in float64."""
    x = torch.tensor([x], dtype=torch.float64, requires_grad=True)
    function(x).sum().backward()
    return x.grad.item()


def close(found, expected):
    return math.isclose(found, expected, rel_tol=1e-12)


assert close(slope(lambda x: celu(x, 1.0), -0.37), math.exp(-0.37)), "control: celu with alpha 1"
hard, soft = slope(hardsigmoid, 0.5), slope(lambda x: celu(x, 0.1), -0.37)
right = [close(hard, 1 / 6), close(soft, math.exp(-3.7))]
assert all(right), f"hardsigmoid {hard}, celu {soft}; expected 1/6, exp(-3.7)"
