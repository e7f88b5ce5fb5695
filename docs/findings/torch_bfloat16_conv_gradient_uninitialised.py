"""torch, CPU, bfloat16: in the kernel's gradient of a strided convolution, taps that meet padding only are uninitialised memory.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0 on a CPU with AVX512_BF16.
"""

import ctypes

import torch

M_PERTURB = -6  # of glibc's malloc.h: what is allocated is filled with a pattern, so that it is no zero by chance


def gradient(dtype):
    x = torch.ones(1, 32, 1, dtype=dtype)
    w = torch.ones(1, 32, 3, dtype=dtype, requires_grad=True)
    y = torch.nn.functional.conv1d(x, w, stride=2, padding=1)
    return torch.autograd.grad(y, w, torch.ones_like(y))[0].float()


ctypes.CDLL(None).mallopt(M_PERTURB, 77)
# The one element of x meets the tap in the middle; the first and the last tap only ever meet padding.
right = torch.tensor([0.0, 1.0, 0.0]).expand(1, 32, 3)

for dtype in (torch.float32, torch.float16):
    assert torch.equal(gradient(dtype), right), f"control: {dtype}"
with torch.backends.mkldnn.flags(enabled=False):
    assert torch.equal(gradient(torch.bfloat16), right), "control: bfloat16 without oneDNN"
found = gradient(torch.bfloat16)
assert torch.equal(found, right), f"channel 0 is {found[0, 0].tolist()}; expected [0.0, 1.0, 0.0]"
