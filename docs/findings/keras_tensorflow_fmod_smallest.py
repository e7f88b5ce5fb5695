"""Keras on TensorFlow: fmod of the smallest integer is no remainder.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

for x, label in ((-(2**31) + 1, "control: the next integer"), (-(2**31), "fmod(-2**31, 6)")):
    found, expected = int(keras.ops.fmod(np.int32(x), np.int32(6))), int(np.fmod(np.int32(x), np.int32(6)))
    assert found == expected, f"{label} is {found}; expected {expected}"
