"""torch.compile: the gradient of `mse_loss` of an empty tensor does not compile.

Exit status: 0 once it compiles, 1 while it does not. Seen with torch 2.13.0: ZeroDivisionError of the compiler's own code. Eager gives an
empty gradient.
"""

import torch


def gradient(function, reduction):
    """Shape of the gradient of the loss of no elements."""
    x = torch.zeros(0, requires_grad=True)
    (found,) = torch.autograd.grad(function(x, torch.zeros(0), reduction=reduction).sum(), x)
    return tuple(found.shape)


loss = torch.nn.functional.mse_loss
compiled = torch.compile(loss, dynamic=False)
assert gradient(loss, "mean") == (0,), "control: eager"
assert gradient(compiled, "sum") == (0,), "control: the sum"
assert gradient(compiled, "mean") == (0,), "not empty"
