"""Keras on TensorFlow: eye(5, 2, k=-1) is 6 x 3, and trace of a 5 x 2 matrix with the offset -1, which uses it, raises.

Exit status: 0 once both are right, 1 while they are not. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0. The results are compared
with NumPy's.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

x = np.arange(10, dtype=np.float32).reshape(5, 2)
np.testing.assert_array_equal(keras.ops.eye(5, 2, k=1), np.eye(5, 2, k=1), "control: above the diagonal")
assert float(keras.ops.trace(x, offset=1)) == np.trace(x, offset=1) == 1, "control: above the diagonal"
np.testing.assert_array_equal(keras.ops.eye(5, 2, k=-1), np.eye(5, 2, k=-1))
assert float(keras.ops.trace(x, offset=-1)) == np.trace(x, offset=-1) == 7
