"""Keras on TensorFlow: searchsorted raises for values of two axes.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

edges, values = np.arange(4, dtype="float32"), np.array([[0.5, 1.5], [2.5, 9]], "float32")
expected = np.searchsorted(edges, values)
np.testing.assert_array_equal(keras.ops.searchsorted(edges, values[0]), expected[0], err_msg="control: one axis")
symbolic = keras.ops.searchsorted(keras.KerasTensor((4,)), keras.KerasTensor((2, 2)))
assert symbolic.shape == (2, 2), f"control: the description: {symbolic.shape}"
try:
    found = keras.ops.searchsorted(edges, values)
except Exception as error:
    raise AssertionError(f"{type(error).__name__}: {str(error)[:120]}") from None
np.testing.assert_array_equal(found, expected)
