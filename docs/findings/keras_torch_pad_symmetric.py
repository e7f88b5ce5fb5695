"""Keras on torch: keras.ops.pad with mode "symmetric" repeats the edge.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and torch 2.13.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

x = np.array([1, 2, 3, 4], "float32")
np.testing.assert_array_equal(np.pad(x, 2, "symmetric"), [2, 1, 1, 2, 3, 4, 4, 3], "control: NumPy")
for width, name in ((1, "control: one element, which is the edge"), (2, "symmetric, two elements")):
    y = keras.ops.convert_to_numpy(keras.ops.pad(x, [[width, width]], mode="symmetric"))
    np.testing.assert_array_equal(y, np.pad(x, width, "symmetric"), name)
