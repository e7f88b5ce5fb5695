"""Keras: keras.ops.vstack of vectors is joined, not stacked, on TensorFlow; hstack refuses to describe vectors.

Exit status: 0 once the shapes are right, 1 while they are wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0; on torch and JAX
vstack has the right shape and describes the wrong one. Vectors are the rows of the result of vstack, and hstack joins them, as in NumPy.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

x, described = np.ones(3, "float32"), keras.KerasTensor((3,), "float32")
matrices = keras.ops.vstack((x[None], x[None])).shape
assert tuple(matrices) == (2, 3), f"control: matrices of one row give {matrices}"
found = {
    "vstack": tuple(keras.ops.vstack((x, x)).shape),
    "vstack, described": keras.ops.vstack((described, described)).shape,
}
try:
    found["hstack, described"] = keras.ops.hstack((described, described)).shape
except IndexError as error:
    found["hstack, described"] = repr(error)
assert found == {"vstack": (2, 3), "vstack, described": (2, 3), "hstack, described": (6,)}, found
