"""Keras on torch: keras.ops.nancumsum replaces an infinity with the largest finite number.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and torch 2.13.0; on tensorflow it
is the same.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

x = np.array([1, np.nan, np.inf], "float32")
expected = np.nancumsum(x)
np.testing.assert_array_equal(expected, [1, 1, np.inf], "control: NumPy")
total = keras.ops.convert_to_numpy(keras.ops.nansum(x))
assert total == np.inf, f"control: nansum: {total}"
np.testing.assert_array_equal(keras.ops.convert_to_numpy(keras.ops.nancumsum(x)), expected, "nancumsum")
