"""torch, CPU, bfloat16: a grouped convolution with an odd number of channels per group turns an infinite weight into NaN.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0 on a CPU with AVX512_BF16.
"""

import math

import torch

x = torch.full((1, 6, 4), 2.0, dtype=torch.bfloat16)
w = torch.ones(4, 3, 1, dtype=torch.bfloat16)
w[0, 2] = -math.inf

y = torch.conv1d(x, w, groups=2)
# Output channel 0 is 2 * 1 + 2 * 1 + 2 * -inf at every position; the other channels are 2 + 2 + 2.
right = torch.tensor([-math.inf, 6.0, 6.0, 6.0]).reshape(1, 4, 1).expand(1, 4, 4)

assert torch.equal(torch.conv1d(x.float(), w.float(), groups=2), right), "control: float32"
with torch.backends.mkldnn.flags(enabled=False):
    assert torch.equal(torch.conv1d(x, w, groups=2).float(), right), "control: bfloat16 without oneDNN"
assert torch.equal(y.float(), right), f"channel 0 is {y[0, 0].tolist()}; expected -inf"
