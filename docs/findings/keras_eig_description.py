"""Keras: the eigenvalues and eigenvectors of keras.ops.eig are described as real, and returned as complex numbers.

Exit status: 0 once the description is that of the result, 1 while it is not. Seen with keras 3.15.1 and torch 2.13.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

rotation = np.array([[0, -1], [1, 0]], "float32")
returned = [keras.backend.standardize_dtype(part.dtype) for part in keras.ops.eig(rotation)]
assert returned == ["complex64", "complex64"], "control: the result"
described = [part.dtype for part in keras.ops.eig(keras.KerasTensor((2, 2), "float32"))]
assert described == returned, f"described as {described}, returned as {returned}"
