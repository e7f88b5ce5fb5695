"""torch: the gradient of binary_cross_entropy stops at 1e12, where the loss is not clamped.

Exit status: 0 once the gradient is right, 1 while it is wrong. Seen with torch 2.13.0. For the target 1 the loss is -log(x), which
is documented to be clamped at 100 (x below 3.7e-44), and its derivative -1 / x.
"""

import math

import torch

for x, label in ((1e-10, "control: 1e-10"), (1e-30, "1e-30")):
    p = torch.tensor([x], dtype=torch.float64, requires_grad=True)
    loss = torch.nn.functional.binary_cross_entropy(p, torch.ones_like(p))
    loss.backward()
    assert math.isclose(loss.item(), -math.log(x), rel_tol=1e-9), f"control: the loss at {x} is {loss.item()}"
    found = p.grad.item()
    assert math.isclose(found, -1 / x, rel_tol=1e-9), f"{label}: the gradient is {found}; expected {-1 / x}"
