"""Keras on TensorFlow: keras.ops.eye with a diagonal beyond the array has another shape, or raises.

Exit status: 0 once the results are right, 1 while they are wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0. An array of n rows and
m columns has n rows and m columns, whichever diagonal has the ones.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

wrong = {}
for n, m, k in ((3, 4, 0), (4, 2, 1), (4, 2, -3), (8, 4, -3), (1, 1, 2)):
    try:
        y = keras.ops.convert_to_numpy(keras.ops.eye(n, m, k))
        found = y.shape if y.shape != (n, m) else y.tolist()
    except Exception as error:
        found = type(error).__name__
    if found != np.eye(n, m, k).tolist():
        wrong[n, m, k] = found
assert not {(3, 4, 0), (4, 2, 1)} & set(wrong), f"control: {wrong}"
assert not wrong, wrong
