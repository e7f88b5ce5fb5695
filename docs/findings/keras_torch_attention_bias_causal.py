"""Keras on torch: dot_product_attention with is_causal and a bias that is trained raises.

Exit status: 0 once it returns, 1 while it raises. Seen with keras 3.15.1 and torch 2.13.0; on tensorflow and jax it returns.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import torch

x, bias = torch.ones(1, 3, 1, 2), torch.zeros(1, 1, 3, 3)
trained = torch.zeros(1, 1, 3, 3, requires_grad=True)
attention = keras.ops.dot_product_attention
assert attention(x, x, x, bias=trained).shape == x.shape, "control: a trained bias"
assert attention(x, x, x, mask=bias == 0, is_causal=True).shape == x.shape, "control: a mask and is_causal"
assert attention(x, x, x, bias=bias, is_causal=True).shape == x.shape, "control: a bias and is_causal"
assert attention(x, x, x, bias=trained, is_causal=True).shape == x.shape
