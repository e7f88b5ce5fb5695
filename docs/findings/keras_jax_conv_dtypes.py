"""Keras on JAX: keras.ops.conv of float16 with a float32 kernel is described as float16 and returns float32.

Exit status: 0 once both are the same or both are refused, 1 while they differ. Seen with keras 3.15.1 and jax 0.10.2.
"""

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

import keras


def dtypes(x, w):
    """Described and returned dtype of a convolution of (1, 4, 2) with a kernel of (2, 2, 3)."""
    described = keras.ops.conv(keras.KerasTensor((1, 4, 2), x), keras.KerasTensor((2, 2, 3), w)).dtype
    returned = keras.ops.conv(keras.ops.ones((1, 4, 2), x), keras.ops.ones((2, 2, 3), w)).dtype
    return described, str(returned)


same = dtypes("float16", "float16")
assert same == ("float16", "float16"), f"control: one dtype: {same}"
try:
    described, returned = dtypes("float16", "float32")
except (TypeError, ValueError):
    raise SystemExit(0) from None
assert described == returned, f"described as {described}, returned {returned}"
