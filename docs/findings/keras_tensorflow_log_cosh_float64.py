"""Keras on TensorFlow: the float64 log_cosh of equal numbers is -1.9e-9.

Exit status: 0 once the loss is right, 1 while it is wrong. Seen with keras 3.15.1 and TensorFlow 2.21.0. log(cosh(0)) = log(1) = 0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

x = np.zeros((1, 1))
error = float(keras.losses.mean_squared_error(x, x)[0])
assert error == 0, f"control: another loss is {error}"
found = float(keras.losses.log_cosh(x, x)[0])
assert abs(found) < 1e-15, f"float64 log_cosh of 0: {found}"
