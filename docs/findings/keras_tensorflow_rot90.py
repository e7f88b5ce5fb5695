"""Keras on TensorFlow: keras.ops.rot90 scrambles an array that is not square when k is 2.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

x = np.arange(6).reshape(2, 3)
for k, name in ((1, "control: one quarter"), (3, "control: three quarters"), (2, "half a turn")):
    y = keras.ops.convert_to_numpy(keras.ops.rot90(x, k=k))
    np.testing.assert_array_equal(y, np.rot90(x, k), name)
