"""torch: where a float mask hides all four keys of a query, the gradient of scaled_dot_product_attention is four times too large.

Exit status: 0 once the gradients agree, 1 while they do not. Seen with torch 2.13.0, CPU, with the default kernel for float32 (flash
attention).
"""

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

x = torch.tensor([[[[0.3, 0.1]]]], requires_grad=True)
k = torch.tensor([[[[1.0, 0.0], [0.0, 2.0], [3.0, 1.0], [-1.0, 1.0]]]])
v = torch.tensor([[[[1.0, 2.0], [0.0, 1.0], [5.0, 0.0], [2.0, 2.0]]]])


def gradient(hidden):
    y = torch.nn.functional.scaled_dot_product_attention(x, k, v, torch.full((1, 1, 1, 4), hidden))
    return y.detach().flatten().tolist(), torch.autograd.grad(y.sum(), x)[0].flatten()


# All scores are -1e9, so that each key has the weight 1/4: the gradient is sum (sum v_j - sum y) k_j / 4 / sqrt(2).
value = v.double().mean(2, keepdim=True)
right = ((v.double().sum(-1) - value.sum()) / 4 @ k.double()[0, 0]).flatten().float() / 2**0.5
with sdpa_kernel(SDPBackend.MATH):
    torch.testing.assert_close(gradient(-1e9)[1], right, msg="control: the kernel of plain operations")
    shown = gradient(0.0)[1]
torch.testing.assert_close(gradient(0.0)[1], shown, msg="control: nothing hidden")
assert gradient(-1e9)[0] == [2, 1.25], "control: the value"
ratio = (gradient(-1e9)[1] / right).tolist()
assert max(abs(each - 1) for each in ratio) < 1e-5, f"the gradient is {ratio} of the right one"
