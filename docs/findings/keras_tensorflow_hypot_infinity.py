"""Keras on TensorFlow: hypot of two infinities is NaN.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import math

import keras

for y, label in ((1.0, "control: infinity and 1"), (math.inf, "two infinities")):
    found, expected = float(keras.ops.hypot(math.inf, y)), math.hypot(math.inf, y)
    assert found == expected, f"{label}: hypot is {found}; expected {expected}"
