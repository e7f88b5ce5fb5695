"""Keras on TensorFlow: the sign of large uint32 numbers is 4294967295.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

found = [int(sign) for sign in keras.ops.sign(np.array([3, 2**31 + 5], np.uint32))]
assert found[0] == 1, "control: 3"
assert found[1] == 1, f"the sign of 2**31 + 5 is {found[1]}"
