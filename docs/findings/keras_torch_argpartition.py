"""Keras on torch: keras.ops.argpartition truncates floating-point numbers to integers.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and torch 2.13.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np


def second(x):
    """The element that argpartition with kth = 1 puts at position 1."""
    x = np.array(x, "float32")
    return x[keras.ops.convert_to_numpy(keras.ops.argpartition(x, 1))[1]]


assert second([9, 2, 5, 1]) == 2, f"control: integral numbers: {second([9, 2, 5, 1])}"
found = second([0.9, 0.2, 0.5, 0.1])
assert found == np.float32(0.2), f"kth = 1 puts {found} there; the second smallest is 0.2"
