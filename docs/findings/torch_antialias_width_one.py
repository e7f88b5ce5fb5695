"""torch, CPU: interpolate with antialias gives a column, width 1, the same number in every row.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0. Halving (0, 1, 2, 3) with the triangle of
half-width 2 weighs the first row's neighbours with 0.75, 0.75, 0.25 (sum 1.75), the second row's with the same in reverse.
"""

import torch

expected = torch.tensor([1.25, 4.0]) / 1.75
for width, label in ((2, "control: width 2"), (1, "width 1")):
    x = torch.arange(4.0).reshape(1, 1, 4, 1).repeat(1, 1, 1, width)
    y = torch.nn.functional.interpolate(x, size=(2, width), mode="bilinear", antialias=True)[0, 0, :, 0]
    assert torch.allclose(y, expected), f"{label}: {y.tolist()}; expected {expected.tolist()}"
