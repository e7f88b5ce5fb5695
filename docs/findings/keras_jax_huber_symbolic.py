"""Keras on JAX: keras.losses.huber refuses KerasTensors.

Exit status: 0 once the shape is inferred, 1 while it is refused. Seen with keras 3.15.1 and jax 0.10.2. The loss of (3, 4) has shape (3,).
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np

assert keras.losses.huber(np.ones((3, 4)), np.zeros((3, 4))).shape == (3,), "control: arrays"
shapes = [keras.KerasTensor((3, 4), "float32") for _ in range(2)]
assert keras.losses.mean_squared_error(*shapes).shape == (3,), "control: another loss"
try:
    found = keras.losses.huber(*shapes).shape
except ValueError as error:
    found = str(error)[:60]
assert found == (3,), f"huber of KerasTensors: {found}"
