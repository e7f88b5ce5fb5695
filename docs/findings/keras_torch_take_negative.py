"""Keras on torch: keras.ops.take without an axis counts a negative index from the length of the first axis.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and torch 2.13.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

x = np.arange(6, dtype="float32").reshape(2, 3)
flat = keras.ops.convert_to_numpy(keras.ops.take(x.ravel(), [-1, -2]))
np.testing.assert_array_equal(flat, [5, 4], "control: flattened before")
y = keras.ops.convert_to_numpy(keras.ops.take(x, [-1, -2]))
np.testing.assert_array_equal(y, np.take(x, [-1, -2]), "take of (2, 3), no axis")
