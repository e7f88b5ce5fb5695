"""Keras: reciprocal of float16 is described as float32.

Exit status: 0 once the description is right, 1 while it is wrong. Seen with keras 3.15.1.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

returned = keras.backend.standardize_dtype(keras.ops.reciprocal(np.ones(1, np.float16)).dtype)
assert returned == "float16", "control: what the call returns"
described = keras.ops.reciprocal(keras.KerasTensor((1,), "float16")).dtype
assert described == "float16", f"reciprocal of float16: described as {described}, returned {returned}"
