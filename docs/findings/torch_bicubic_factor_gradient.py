"""torch, CPU: the gradient of a bicubic interpolate by a factor that leaves both sizes is the cotangent, and the result is no copy.

Exit status: 0 once the gradient is that of the result, 1 while it is not. Seen with torch 2.13.0. The interpolation is linear: its matrix
is that of the results of unit vectors, and the gradient of the first output is its first row.
"""

import torch
from torch.nn.functional import interpolate

for factor, label in ((1.6, "control: another size"), (1.3, "the same size")):
    units = torch.eye(9, dtype=torch.float64).reshape(9, 1, 3, 3)
    row = interpolate(units, scale_factor=factor, mode="bicubic")[:, 0, 0, 0]
    x = torch.zeros(1, 1, 3, 3, dtype=torch.float64, requires_grad=True)
    interpolate(x, scale_factor=factor, mode="bicubic")[0, 0, 0, 0].backward()
    assert torch.allclose(x.grad.flatten(), row), f"{label}: {x.grad[0, 0, 0].tolist()}; expected {row[:3].tolist()}"
