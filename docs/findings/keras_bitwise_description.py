"""Keras: bitwise_and of shapes (1,) and (3,) is described with the shape (1,).

Exit status: 0 once the description is right, 1 while it is wrong. Seen with keras 3.15.1.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

x, y = np.ones(1, np.int32), np.ones(3, np.int32)
assert tuple(keras.ops.bitwise_and(x, y).shape) == (3,), "control: what the call returns"
described = keras.ops.bitwise_and(keras.KerasTensor((1,), "int32"), keras.KerasTensor((3,), "int32")).shape
assert described == (3,), f"bitwise_and of (1,) and (3,): described with the shape {described}; expected (3,)"
