"""Keras on torch: keras.ops.pad of integers with "reflect" rounds them to float32; of complex numbers it keeps the real parts.

Exit status: 0 once the results are right, 1 while they are wrong. Seen with keras 3.15.1 and torch 2.13.0. Padding copies elements.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

wrong = {}
for dtype, mode, name in (
    ("int32", "constant", "control: constant"),
    ("float64", "reflect", "control: float64"),
    ("int32", "reflect", "int32"),
    ("int64", "reflect", "int64"),
    ("complex64", "constant", "control: complex64"),
    ("complex64", "reflect", "complex64"),
):
    x = np.array([5, 3 + 4j, 7] if dtype == "complex64" else [5, 2**24 + 1, 7], dtype)
    y = keras.ops.convert_to_numpy(keras.ops.pad(x, ((1, 1),), mode=mode)).tolist()
    if y != np.pad(x, 1, mode=mode).tolist():
        wrong[name] = y
assert not any(name.startswith("control") for name in wrong), f"control: {wrong}"
assert not wrong, wrong
