"""torch: the gradient of stft with respect to an expanded tensor is averaged over the elements that share memory.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0. Bin 1 of the two-point transform is
x[0] - x[1], the gradient of which is (1, -1) whatever the strides of x.
"""

import torch

layouts = (("control: contiguous", torch.ones(2)), ("expanded", torch.ones(1).expand(2)))
for label, values in layouts:
    x = values.detach().requires_grad_()
    torch.fft.rfft(x).real[1].backward()
    assert x.grad.tolist() == [1, -1], f"control: rfft, {label}: {x.grad.tolist()}"
for label, values in layouts:
    x = values.detach().requires_grad_()
    y = torch.stft(x, 2, hop_length=2, window=torch.ones(2), center=False, return_complex=True)
    y.real[1].sum().backward()
    assert x.grad.tolist() == [1, -1], f"{label}: the gradient is {x.grad.tolist()}; expected [1, -1]"
