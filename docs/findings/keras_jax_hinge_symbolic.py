"""Keras on JAX: keras.losses.hinge refuses KerasTensors.

Exit status: 0 once the shape is inferred, 1 while it is refused. Seen with keras 3.15.1 and jax 0.10.2. The loss of (3, 4) has shape (3,).
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["KERAS_BACKEND"] = "jax"

import keras

shapes = [keras.KerasTensor((3, 4), "float32") for _ in range(2)]
assert keras.losses.mean_squared_error(*shapes).shape == (3,), "control: another loss"
try:
    found = keras.losses.hinge(*shapes).shape
except ValueError as error:
    found = str(error).split("\n")[0]
assert found == (3,), f"hinge of KerasTensors: {found}"
