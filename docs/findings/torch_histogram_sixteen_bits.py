"""torch: histc of 16-bit floats stops counting at 256 (bfloat16) and 2,048 (float16).

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import torch

torch.set_num_threads(1)  # with more, each stops on its own
counts = {}
for dtype in (torch.float32, torch.bfloat16, torch.float16):
    x = torch.zeros(4096, dtype=dtype)  # 2^12, a number of all three dtypes
    counts[str(dtype)] = torch.histc(x, bins=1, min=-8, max=8).item()
assert counts["torch.float32"] == 4096, "control: float32"
assert set(counts.values()) == {4096}, f"{counts}; expected 4096"
