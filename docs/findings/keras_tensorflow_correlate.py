"""Keras on TensorFlow: correlate with "valid" and a longer second operand raises InvalidArgumentError.

Exit status: 0 once the result is right, 1 while the call raises. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0. "valid" is documented to
return an output of length max(M, N) - min(M, N) + 1. The results are compared with NumPy's.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

x, w = np.array([1, 2, 3], np.float32), np.arange(5, dtype=np.float32)
np.testing.assert_allclose(keras.ops.correlate(w, x), np.correlate(w, x), err_msg="control: the longer one first")
np.testing.assert_allclose(keras.ops.correlate(x, w, mode="full"), np.correlate(x, w, "full"), err_msg="control: full")
np.testing.assert_allclose(keras.ops.correlate(x, w), np.correlate(x, w))
