"""Keras on torch: count_nonzero along an axis is transposed.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and torch 2.13.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

x = np.array([[[1, 0], [1, 1]], [[0, 0], [0, 1]]], "float32")  # 2 x 2 x 2
expected = [[2, 1], [0, 1]]  # by hand, and NumPy
np.testing.assert_array_equal(np.count_nonzero(x, axis=1), expected, err_msg="control: NumPy")
tensor = keras.ops.convert_to_tensor(x)
np.testing.assert_array_equal(keras.ops.count_nonzero(tensor, axis=(1, 2)), [3, 1], err_msg="control: one axis left")
symbolic = keras.ops.count_nonzero(keras.KerasTensor((2, 3, 4)), axis=1)
assert symbolic.shape == (2, 4), f"control: the description: {symbolic.shape}"
np.testing.assert_array_equal(keras.ops.count_nonzero(tensor, axis=1), expected, err_msg="two axes left")
