"""torch: lp_pool1d with ceil_mode multiplies the average of a clipped window by the length of a full one.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0. With p = 1 each result is the sum of a window:
of five ones, windows of four hold four and one.
"""

import torch

for count, expected, label in ((8, [4, 4], "control: full windows"), (5, [4, 1], "the last window has one element")):
    y = torch.nn.functional.lp_pool1d(torch.ones(1, 1, count), 1, 4, 4, ceil_mode=True)[0, 0].tolist()
    assert y == expected, f"{label}: {y}; expected {expected}"
