"""torch: median along an axis of an expanded tensor reads memory that is not the tensor's.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0 on the CPU.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import torch

base = torch.tensor([5.0, 1.0, 2.0, 3.0, 4.0])
x = base[:1].expand(5)  # five times the 5
assert x.tolist() == [5.0] * 5, "control: the tensor"
assert torch.median(x).item() == 5, "control: no axis"
assert torch.median(x.contiguous(), dim=0).values.item() == 5, "control: a contiguous copy"
assert torch.kthvalue(x, 3, dim=0).values.item() == 5, "control: kthvalue"
found = {name: getattr(torch, name)(x, dim=0).values.item() for name in ("median", "nanmedian")}
assert set(found.values()) == {5}, f"of five times 5: {found}; expected 5"
