"""Keras: meshgrid of KerasTensors with indexing "ij" is described as float32.

Exit status: 0 once the description is right, 1 while it is wrong. Seen with keras 3.15.1; the same on torch, TensorFlow and JAX.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

x, y = np.arange(3, dtype="int8"), np.arange(2, dtype="int8")
symbolic = keras.KerasTensor((3,), "int8"), keras.KerasTensor((2,), "int8")
xy = [keras.backend.standardize_dtype(grid.dtype) for grid in keras.ops.meshgrid(*symbolic, indexing="xy")]
assert xy == ["int8", "int8"], f'control: "xy" is described as {xy}'
returned = [keras.backend.standardize_dtype(grid.dtype) for grid in keras.ops.meshgrid(x, y, indexing="ij")]
assert returned == ["int8", "int8"], f"control: returned as {returned}"
described = [grid.dtype for grid in keras.ops.meshgrid(*symbolic, indexing="ij")]
assert described == returned, f"described as {described}, returned as {returned}"
