"""torch, CPU, bfloat16, channels last: a NaN in the input of the first group reaches the output of the last group.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0 on a CPU with AVX512_BF16.
"""

import math

import torch

x = torch.full((1, 9, 3, 3), 2.0, dtype=torch.bfloat16)
x[0, 0] = math.nan
x = x.to(memory_format=torch.channels_last)
w = torch.ones(3, 3, 1, 1, dtype=torch.bfloat16)

y = torch.conv2d(x, w, groups=3)
# Groups 1 and 2 read channels 3 to 8, which hold 2: every output there is 2 + 2 + 2.
right = torch.full((1, 2, 3, 3), 6.0)

assert torch.equal(torch.conv2d(x.float(), w.float(), groups=3)[:, 1:], right), "control: float32"
with torch.backends.mkldnn.flags(enabled=False):
    assert torch.equal(torch.conv2d(x, w, groups=3)[:, 1:].float(), right), "control: bfloat16 without oneDNN"
assert torch.equal(y[:, 1:].float(), right), f"group 2 is {y[0, 2].flatten().tolist()}; expected 6"
