"""Keras: keras.ops.image.map_coordinates describes an order that it refuses to compute.

Exit status: 0 once the description raises, 1 while it does not. Seen with keras 3.15.1 on JAX; TensorFlow and torch do the same. The
documentation says that the order must be 0 or 1.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np

x, places = keras.KerasTensor((4,), "float32"), keras.KerasTensor((1, 3), "float32")
described = keras.ops.image.map_coordinates(x, places, order=1)
assert described.shape == (3,), f"control: order 1 is described as {described.shape}"
try:
    keras.ops.image.map_coordinates(np.ones(4, "float32"), np.ones((1, 3), "float32"), order=2)
except (NotImplementedError, ValueError):
    pass
else:
    raise AssertionError("control: order 2 is computed")
try:
    shape = keras.ops.image.map_coordinates(x, places, order=2).shape
except (NotImplementedError, ValueError):
    shape = None
assert shape is None, f"order 2 is described as {shape}"
