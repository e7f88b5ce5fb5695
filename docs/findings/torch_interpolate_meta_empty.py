"""torch: interpolate by nearest elements refuses an empty batch that is a meta tensor.

Exit status: 0 once the call is described, 1 while it raises TypeError. Seen with torch 2.13.0. The CPU and the mode "bilinear" give the
shape (0, 1, 8, 8).
"""

import torch

for device, mode, name in (
    ("cpu", "nearest", "control: the CPU"),
    ("meta", "bilinear", "control: bilinear"),
    ("meta", "nearest", "nearest"),
    ("meta", "nearest-exact", "nearest-exact"),
):
    x = torch.zeros(0, 1, 4, 4, device=device)
    try:
        shape = tuple(torch.nn.functional.interpolate(x, scale_factor=2, mode=mode).shape)
    except TypeError as error:
        shape = repr(error)
    assert shape == (0, 1, 8, 8), f"{name}: {shape}"
