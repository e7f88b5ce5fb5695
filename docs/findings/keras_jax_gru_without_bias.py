"""Keras on JAX: a bfloat16 or float16 GRU with use_bias=False raises TypeError.

Exit status: 0 once the layer computes, 1 while it raises. Seen with keras 3.15.1 and jax 0.10.2. Of zero weights and a zero
state the states are 0: z = 1/2, n = tanh(0).
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np


def states(dtype, use_bias):
    layer = keras.layers.GRU(
        3,
        use_bias=use_bias,
        kernel_initializer="zeros",
        recurrent_initializer="zeros",
        return_sequences=True,
        dtype=dtype,
    )
    return layer(keras.ops.ones((2, 4, 3), dtype=dtype))


assert states("bfloat16", True).shape == (2, 4, 3), "control: with a bias"
assert states("float32", False).shape == (2, 4, 3), "control: float32"
for dtype in ("bfloat16", "float16"):
    try:
        found = np.asarray(states(dtype, False)).astype("float32")
    except TypeError as error:
        found = str(error).split("\n")[2]
    assert np.array_equal(found, np.zeros((2, 4, 3))), f"{dtype} without a bias: {found}"
