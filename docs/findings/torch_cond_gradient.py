"""torch: linalg.cond of the orders "fro", 1 and -1 has no gradient, nor has that of a stack of no matrices.

Exit status: 0 once the gradients are computed, 1 while they are refused. Seen with torch 2.13.0. The condition number of a 1 x 1 matrix
is 1 whatever it holds, so that its gradient is 0.
"""

import torch


def gradient(order, shape):
    x = torch.full(shape, 2.0, dtype=torch.float64, requires_grad=True)
    try:
        return torch.autograd.grad(torch.linalg.cond(x, order).sum(), x)[0].tolist()
    except RuntimeError as error:
        return str(error)[:60]


assert gradient(2, (1, 1)) == [[0.0]], "control: order 2"
assert torch.linalg.cond(torch.full((1, 1), 2.0), "fro") == 1, "control: the value"
wrong = {order: found for order in ("fro", 1, -1) if (found := gradient(order, (1, 1))) != [[0.0]]}
if (found := gradient(2, (0, 1, 1))) != []:
    wrong["no matrices"] = found
assert not wrong, wrong
