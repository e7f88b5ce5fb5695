"""torch, CPU: pixel_unshuffle of an empty batch has the shape of its input.

Exit status: 0 once the shape is right, 1 while it is wrong. Seen with torch 2.13.0. The documentation gives the shape
(*, C r**2, H / r, W / r) for an input (*, C, H, W).
"""

import torch
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

for name, x in (
    ("control: a batch of one", torch.zeros(1, 3, 4, 4)),
    ("control: a meta tensor", torch.zeros(0, 3, 4, 4, device="meta")),
    ("an empty batch", torch.zeros(0, 3, 4, 4)),
):
    shape = tuple(pixel_unshuffle(x, 2).shape)
    assert shape == (x.shape[0], 12, 2, 2), f"{name}: {shape}; expected {(x.shape[0], 12, 2, 2)}"
    assert pixel_shuffle(pixel_unshuffle(x, 2), 2).shape == x.shape, f"{name}: and back"
