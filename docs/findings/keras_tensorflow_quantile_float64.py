"""Keras on TensorFlow: quantiles of float64 are those at a q that is rounded to float32.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

x = np.array([0.0, 1.0], "float64")  # between them the quantile is q itself
assert np.quantile(x, 0.1) == 0.1, "control: NumPy"
assert float(keras.ops.quantile(x, 0.25)) == 0.25, "control: a q that float32 holds"
found = keras.ops.quantile(x, 0.1)
assert keras.backend.standardize_dtype(found.dtype) == "float64", f"control: the dtype: {found.dtype}"
assert abs(float(found) - 0.1) < 1e-15, f"the quantile of (0, 1) at 0.1 is {float(found)!r}; expected 0.1"
