"""torch, CPU: conv_transpose1d and conv_transpose2d accept a bias of another dtype; conv_transpose3d and convolutions refuse it.

Exit status: 0 once all agree, 1 while they differ. Seen with torch 2.13.0.
"""

import torch

calls = {f"conv{rank}d": getattr(torch, f"conv{rank}d") for rank in (1, 2, 3)}
calls |= {f"conv_transpose{rank}d": getattr(torch, f"conv_transpose{rank}d") for rank in (1, 2, 3)}

accepted = []
for name, call in calls.items():
    ones = torch.ones(1, 1, *[1] * int(name[-2]))
    try:
        call(ones, ones, torch.ones(1, dtype=torch.float64))
    except RuntimeError:
        continue
    accepted.append(name)
assert accepted in ([], list(calls)), f"float32 with a float64 bias: accepted by {accepted} only"
