"""Keras on torch: keras.ops.dot of stacks of matrices is a product of pairs of them.

Exit status: 0 once it is right, 1 while it is not. Seen with keras 3.15.1 and torch 2.13.0. The control is a matrix with a stack.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

x, y = np.arange(24, dtype="float32").reshape(2, 3, 4), np.arange(40, dtype="float32").reshape(2, 4, 5)
np.testing.assert_array_equal(keras.ops.dot(x, y[0]).numpy(), np.dot(x, y[0]), "control")
described = keras.ops.dot(keras.KerasTensor(x.shape), keras.KerasTensor(y.shape)).shape
found = tuple(keras.ops.dot(x, y).shape)
assert found == np.dot(x, y).shape, f"the shape is {found}, described as {described}; expected {np.dot(x, y).shape}"
