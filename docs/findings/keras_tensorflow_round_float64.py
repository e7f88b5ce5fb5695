"""Keras on TensorFlow, float64: rounding to decimals uses a factor of float32.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

for x, decimals, label in ((150.25, 0, "control"), (1234567.0, -2, "round(1234567, -2)")):
    found, expected = float(keras.ops.round(np.array([x]), decimals)[0]), float(np.round(x, decimals))
    assert abs(found - expected) <= 1e-9, f"{label} is {found!r}; expected {expected!r}"
