"""Keras on TensorFlow: the median of one infinity is NaN.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

x = np.array([np.inf], "float32")
assert np.median(x) == np.inf, "control: NumPy"
assert float(keras.ops.median(np.array([1.0, 2.0, np.inf], "float32"))) == 2.0, "control: a finite middle"
found = float(keras.ops.median(x))
assert found == np.inf, f"the median of {x} is {found}; expected inf"
