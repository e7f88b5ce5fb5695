"""Keras on JAX with x64: a SimpleRNN of float64 raises TypeError.

Exit status: 0 once it returns, 1 while it raises. Seen with keras 3.15.1 and jax 0.10.2; LSTM and GRU return, and so does SimpleRNN of
float64 on torch and TensorFlow.
"""

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import keras
import numpy as np

jax.config.update("jax_enable_x64", True)

x = np.ones((2, 3, 5))
for layer in (keras.layers.GRU(4, dtype="float64"), keras.layers.LSTM(4, dtype="float64")):
    assert layer(x).dtype == "float64", "control: the other layers"
assert keras.layers.SimpleRNN(4)(x.astype(np.float32)).dtype == "float32", "control: float32"
layer = keras.layers.SimpleRNN(4, dtype="float64")
try:
    found = str(layer(x).dtype)
except TypeError as error:
    found = "TypeError, of a scan's carry" if "carry" in str(error) else f"control: {error}"
assert found == "float64", f"SimpleRNN of float64: {found}"
