"""Keras on TensorFlow: nanquantile at several q raises where all numbers of a row are NaN.

Exit status: 0 once the row is NaN, 1 while the call raises. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0; one q gives NaN, and so do
torch, jax and NumPy.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

x = np.array([[1, 2, 3], [np.nan] * 3], np.float32)
assert str(keras.ops.nanquantile(x, 0.5, axis=1).numpy().tolist()) == "[2.0, nan]", "control: one q"
assert str(keras.ops.nanquantile(x[:1], [0.5, 1.0], axis=1).numpy().tolist()) == "[[2.0], [3.0]]", (
    "control: no row of NaN"
)
found = str(keras.ops.nanquantile(x, [0.5, 1.0], axis=1).numpy().tolist())
assert found == "[[2.0, nan], [3.0, nan]]", found
