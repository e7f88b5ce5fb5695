"""torch: pad in the mode "circular" leaves elements unwritten where one width crops so much that less is left than the other one.

Exit status: 0 once the result is periodic or the call refused, 1 while elements are unwritten. Seen with torch 2.13.0. Deterministic
algorithms fill new memory with NaN, so that what is not written shows. Of a single row the call raises RuntimeError.
"""

import contextlib
import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import torch

torch.use_deterministic_algorithms(True)
x = torch.arange(5.0).repeat(2, 1)
for widths, expected, label in (
    ((2, 2), [3, 4, 0, 1, 2, 3, 4, 0, 1], "control: no negative width"),
    ((-2, 1), [2, 3, 4, 2], "control: three left"),
    ((3, -4), [0, 0, 0, 0], "one left"),
):
    with contextlib.suppress(RuntimeError):
        found = torch.nn.functional.pad(x, widths, mode="circular")[0].tolist()
        assert found == expected, f"{label}: {found}; expected {expected}"
