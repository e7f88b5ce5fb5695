"""Keras: reductions of a KerasTensor along an axis that is named twice are described; the backends refuse them.

Exit status: 0 once the description is refused, 1 while it is given. Seen with keras 3.15.1, here on torch.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras


def refused(x, name):
    """Whether the reduction along the first axis twice is refused, or the shape of its result."""
    try:
        return tuple(getattr(keras.ops, name)(x, axis=(0, -2), keepdims=True).shape)
    except (RuntimeError, ValueError):
        return True


failures = []
for name in ("sum", "max", "nanmedian"):
    computed, described = refused(keras.ops.ones((2, 3)), name), refused(keras.KerasTensor((2, 3)), name)
    assert computed is True, f"control: {name} returns {computed}"
    if described is not True:
        failures.append(f"{name} is described as {described}; expected a refusal")
assert not failures, failures
