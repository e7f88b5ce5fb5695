"""Keras on TensorFlow: prod ignores dtype.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

x = np.array([100, 100], "int8")
assert np.prod(x, dtype="float32") == 10000, "control: NumPy"
assert int(keras.ops.prod(x)) == 10000, "control: without dtype"
described = keras.ops.prod(keras.KerasTensor((2,), "int8"), dtype="float32").dtype
assert described == "float32", f"control: the description: {described}"
found = keras.ops.prod(x, dtype="float32")
result = (float(found), keras.backend.standardize_dtype(found.dtype))
assert result == (10000.0, "float32"), f"100 * 100 with dtype float32 is {result}; expected 10000 of float32"
