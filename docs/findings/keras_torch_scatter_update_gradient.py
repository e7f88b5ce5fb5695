"""Keras on torch: the gradient of scatter_update with the reductions max and min raises.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and torch 2.13.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import torch


def gradient(reduction):
    """Gradient of the sum of what becomes of (1, 1) when 2 goes to the first place."""
    x = torch.ones(2, requires_grad=True)
    y = keras.ops.scatter_update(x, torch.tensor([[0]]), torch.tensor([2.0]), reduction=reduction)
    y.sum().backward()
    return x.grad.tolist()


assert (gradient("add"), gradient("mul")) == ([1, 1], [2, 1]), "control: add, mul"
expected = {"max": [0, 1], "min": [1, 1]}  # by hand
failures = []
for reduction, wanted in expected.items():
    try:
        found = gradient(reduction)
    except RuntimeError as error:
        found = str(error)[:90]
    if found != wanted:
        failures.append(f"{reduction}: {found}")
assert not failures, failures
