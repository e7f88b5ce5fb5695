"""Keras on JAX: keras.ops.sparse_categorical_crossentropy of bfloat16 and float16 returns float32.

Exit status: 0 once the result has the dtype that is described, 1 while it has not. Seen with keras 3.15.1 and jax 0.10.2. The control is
the loss of the same scores with the classes written as vectors.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np

classes = np.array([0, 2])
found = {}
for dtype in ("bfloat16", "float16"):
    scores = keras.ops.cast(np.ones((2, 3)), dtype)
    rows = keras.ops.cast(np.eye(3)[classes], dtype)
    control = keras.ops.categorical_crossentropy(rows, scores, from_logits=True)
    assert str(control.dtype) == dtype, "control: the loss of vectors"
    symbols = keras.KerasTensor((2,), "int32"), keras.KerasTensor((2, 3), dtype)
    described = keras.ops.sparse_categorical_crossentropy(*symbols, from_logits=True)
    assert described.dtype == dtype, "control: the description"
    found[dtype] = str(keras.ops.sparse_categorical_crossentropy(classes, scores, from_logits=True).dtype)
assert found == {dtype: dtype for dtype in found}, f"described with the dtypes of the scores, returned as {found}"
