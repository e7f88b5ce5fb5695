"""Keras on TensorFlow: the second result of keras.ops.lu_factor is a permutation instead of pivots, and a stack of matrices raises.

Exit status: 0 once both are right, 1 while they are not. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0. Elimination of this matrix takes
row 1 first, then row 2 of what is left: the pivots, which LAPACK and SciPy give, are 1, 2, 2.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

x = np.array([[0.0, 0, 1], [4, 0, 0], [0, 2, 0]], np.float32)
both, pivots = (keras.ops.convert_to_numpy(part) for part in keras.ops.lu_factor(x))
assert np.array_equal(both, np.diag([4.0, 2, 1])), "control: the factors"
wrong = {}
if pivots.tolist() != [1, 2, 2]:
    wrong["pivots"] = pivots.tolist()
try:
    stack = keras.ops.convert_to_numpy(keras.ops.lu_factor(np.stack([x, x]))[1])
    if stack.tolist() != [[1, 2, 2]] * 2:
        wrong["stack"] = stack.tolist()
except Exception as error:
    wrong["stack"] = type(error).__name__
assert not wrong, f"{wrong}; expected [1, 2, 2]"
