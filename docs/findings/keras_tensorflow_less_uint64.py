"""Keras on TensorFlow: keras.ops.less compares uint64 modulo 2**32.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np


def less(dtype):
    return bool(keras.ops.less(np.array(2**32 + 1, dtype), np.array(2, dtype)))


assert not less("int64"), "control: int64"
assert not less("uint64"), "uint64: 2**32 + 1 is less than 2"
