"""Keras on JAX: keras.ops.cholesky_inverse of a stack of matrices has another shape, or raises.

Exit status: 0 once it is the stack of inverses, 1 while it is not. Seen with keras 3.15.1 and jax 0.10.2. The factor 2 I is that of 4 I,
whose inverse is I / 4.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np

factor = 2 * np.eye(2, dtype="float32")
one = keras.ops.convert_to_numpy(keras.ops.cholesky_inverse(factor))
assert np.array_equal(one, np.eye(2) / 4), "control: one matrix"
wrong = {}
for x in (np.stack([factor] * 3), np.full((3, 1, 1), 2, "float32")):
    expected = np.broadcast_to(np.eye(x.shape[-1]) / 4, x.shape)
    try:
        found = keras.ops.convert_to_numpy(keras.ops.cholesky_inverse(x))
        if not np.array_equal(found, expected):
            wrong[x.shape] = found.tolist()
    except Exception as error:
        wrong[x.shape] = type(error).__name__
assert not wrong, f"{wrong}; expected stacks of inverses"
