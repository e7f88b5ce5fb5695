"""Keras on TensorFlow: argpartition of a matrix mixes its rows, or raises.

Exit status: 0 once the results are right, 1 while they are wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0. Every row of the
result has to be a permutation of the indices.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

x = np.array([[4, 1, 3, 2], [1, 2, 3, 4]], "int32")
for row in x:
    for kth in (1, 2):
        indices = np.asarray(keras.ops.argpartition(row, kth))
        assert sorted(indices) == [0, 1, 2, 3], f"control: {row} gives the indices {indices}"
        assert row[indices][kth] == kth + 1, f"control: {row} gives the indices {indices}"
found = {}
for kth in (1, 2):
    try:
        found[kth] = np.asarray(keras.ops.argpartition(x, kth)).tolist()
    except Exception as error:
        found[kth] = f"{type(error).__name__}: {str(error).partition('}} ')[2][:52]}"
right = {kth: np.argpartition(x, kth) for kth in (1, 2)}
assert all((np.sort(indices) == np.arange(4)).all() for indices in right.values()), "control: NumPy"
assert all(
    isinstance(rows, list) and np.array_equal(np.sort(rows), np.sort(right[kth])) for kth, rows in found.items()
), found
