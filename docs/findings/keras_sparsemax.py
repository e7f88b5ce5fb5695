"""Keras: keras.ops.sparsemax of a row with more than one positive probability does not sum to one.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 on jax 0.10.2; torch and tensorflow
give the same. By hand (Martins and Astudillo 2016, Algorithm 1): sorted 2, 1.5, -1; two are in the support, the
threshold is (2 + 1.5 - 1) / 2 = 1.25.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np

one = keras.ops.convert_to_numpy(keras.ops.sparsemax(np.array([[3, 1, -1]], "float32")))
np.testing.assert_array_equal(one, [[1, 0, 0]], "control: one in the support")
two = keras.ops.convert_to_numpy(keras.ops.sparsemax(np.array([[2, -1, 1.5]], "float32")))
np.testing.assert_array_equal(two, [[0.75, 0, 0.25]], "sparsemax: two in the support")
