"""Keras: the pivots of keras.ops.lu_factor are described with the dtype of the matrix, and returned as int32.

Exit status: 0 once the description is that of the result, 1 while it is not. Seen with keras 3.15.1 and torch 2.13.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

both, pivots = keras.ops.lu_factor(np.eye(3, dtype="float32"))
described = keras.ops.lu_factor(keras.KerasTensor((3, 3), "float32"))
assert keras.backend.standardize_dtype(both.dtype) == described[0].dtype == "float32", "control: the factors"
returned = keras.backend.standardize_dtype(pivots.dtype)
assert described[1].dtype == returned, f"the pivots are described as {described[1].dtype}, returned as {returned}"
