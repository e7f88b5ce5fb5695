"""Keras on torch: gradients of scatter_update with the reductions max, min and mul raise.

Exit status: 0 once the results are right, 1 while one is wrong. Seen with keras 3.15.1 and torch 2.13.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import torch


def gradients(reduction, of_updates=False):
    """Gradients of the sum of what becomes of (1, 1) when 2 goes to the first place: of (1, 1), and of 2 where asked."""
    x, updates = torch.ones(2, requires_grad=True), torch.tensor([2.0], requires_grad=of_updates)
    y = keras.ops.scatter_update(x, torch.tensor([[0]]), updates, reduction=reduction)
    y.sum().backward()
    return x.grad.tolist() + (updates.grad.tolist() if of_updates else [])


assert (gradients("add"), gradients("add", True), gradients("mul")) == ([1, 1], [1, 1, 1], [2, 1]), "control: add, mul"
expected = {("max", False): [0, 1], ("min", False): [1, 1], ("mul", True): [2, 1, 1]}  # by hand
failures = []
for (reduction, of_updates), wanted in expected.items():
    try:
        found = gradients(reduction, of_updates)
    except RuntimeError as error:
        found = str(error)[:90]
    if found != wanted:
        failures.append(f"{reduction}: {found}")
assert not failures, failures
