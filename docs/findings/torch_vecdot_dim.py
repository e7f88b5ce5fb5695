"""torch: linalg.vecdot of two vectors takes any dim.

Exit status: 0 once it is refused, 1 while it is computed. Seen with torch 2.13.0. The controls: matrices, and the sum of a vector.
"""

import contextlib

import torch

x, m = torch.arange(4.0), torch.ones(2, 3)
calls = {
    "vecdot of matrices": lambda dim: torch.linalg.vecdot(m, m, dim=dim),
    "sum": lambda dim: x.sum(dim=dim),
    "vecdot": lambda dim: torch.linalg.vecdot(x, x, dim=dim),
}
taken = []
for name, call in calls.items():
    for dim in (2, -3, 2**31):
        with contextlib.suppress(IndexError):
            call(dim)
            taken.append((name, dim))
assert all(name == "vecdot" for name, _ in taken), f"control: {taken}"
assert not taken, f"vectors of one axis: {taken}"
