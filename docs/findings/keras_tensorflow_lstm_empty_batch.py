"""Keras on TensorFlow: an LSTM of an empty batch raises, because keras.ops.add takes an empty matrix for a bias.

Exit status: 0 once both calls return, 1 while one raises. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0; torch and jax return.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

empty = np.zeros((0, 3, 5), np.float32)
assert keras.layers.GRU(4)(empty).shape == (0, 4), "control: GRU"
assert keras.layers.LSTM(4)(np.zeros((1, 3, 5), np.float32)).shape == (1, 4), "control: a batch of one"
refused = []
for name, call, shape in (
    ("LSTM(4)", lambda: keras.layers.LSTM(4)(empty), (0, 4)),
    ("add", lambda: keras.ops.add(np.zeros((0, 16), np.float32), np.zeros((0, 16), np.float32)), (0, 16)),
):
    try:
        assert call().shape == shape, f"control: {name}"
    except Exception as error:
        refused.append(name if "Biases must be 1D: [0,16]" in str(error) else f"control: {error}")
assert not refused, f"an empty batch is refused by {refused}"
