"""Keras on TensorFlow: keras.ops.argpartition of negative numbers returns indices twice.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0. The
result has to be a permutation of the indices.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np


def indices(x):
    """The indices of argpartition with kth = 1."""
    return keras.ops.convert_to_numpy(keras.ops.argpartition(np.array(x, "int32"), 1)).tolist()


positive = indices([9, 2, 5, 1])
assert (sorted(positive), positive[1]) == ([0, 1, 2, 3], 1), f"control: positive numbers: {positive}"
assert sorted(np.argpartition([-1, -2, -3, -4], 1)) == [0, 1, 2, 3], "control: NumPy"
negative = indices([-1, -2, -3, -4])
assert sorted(negative) == [0, 1, 2, 3], f"[-1, -2, -3, -4] gives the indices {negative}"
