"""Keras on JAX: keras.ops.moments clips bfloat16 results to the range of float16.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and jax 0.10.2. The mean of 1e5 and
3e5 is 2e5, which bfloat16 holds within 1 in 256.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np


def mean(dtype):
    x = keras.ops.cast(np.array([1e5, 3e5], "float32"), dtype)
    return float(keras.ops.cast(keras.ops.moments(x, axes=[0])[0], "float32"))


assert mean("float32") == 2e5, f"control: float32: {mean('float32')}"
plain = float(keras.ops.cast(keras.ops.mean(keras.ops.cast(np.array([1e5, 3e5], "float32"), "bfloat16")), "float32"))
assert abs(plain - 2e5) <= 2e5 / 128, f"control: keras.ops.mean of bfloat16: {plain}"
assert abs(mean("bfloat16") - 2e5) <= 2e5 / 128, f"the mean of 1e5 and 3e5 is {mean('bfloat16')}"
