"""Keras: angle of complex numbers is described as complex.

Exit status: 0 once the description is right, 1 while it is wrong. Seen with keras 3.15.1.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

returned = keras.backend.standardize_dtype(keras.ops.angle(np.array([1j], np.complex64)).dtype)
assert returned == "float32", "control: what the call returns"
described = keras.ops.angle(keras.KerasTensor((1,), "complex64")).dtype
assert described == "float32", f"angle of complex64: described as {described}, returned {returned}"
