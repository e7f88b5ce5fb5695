"""Keras on torch: keras.losses.mean_squared_logarithmic_error of float16 is float32.

Exit status: 0 once the loss has the dtype of its operands, 1 while it has not. Seen with keras 3.15.1 and torch 2.13.0. The controls are
other losses.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

x, y = (keras.ops.cast(np.full((2, 3), value), "float16") for value in (0.5, 0.25))
for control in (keras.losses.mean_squared_error, keras.losses.mean_absolute_percentage_error, keras.losses.poisson):
    assert keras.backend.standardize_dtype(control(x, y).dtype) == "float16", f"control: {control.__name__}"
found = keras.backend.standardize_dtype(keras.losses.mean_squared_logarithmic_error(x, y).dtype)
assert found == "float16", f"the loss of float16 is {found}"
