"""Keras on torch: keras.ops.nextafter(1, 2) in float32 is 1.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and torch 2.13.0; on tensorflow it
is the same.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

one, two = np.float32(1), np.float32(2)
expected = np.float32(1 + 2.0**-23)
assert np.nextafter(one, two) == expected, "control: NumPy"
y = keras.ops.convert_to_numpy(keras.ops.nextafter(one, two))
assert y == expected, f"the number after 1 is {y!r}; expected {expected!r}"
