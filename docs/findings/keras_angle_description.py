"""Keras: angle, abs, real and imag of complex numbers are described as complex.

Exit status: 0 once the description is right, 1 while it is wrong. Seen with keras 3.15.1.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

functions = (keras.ops.angle, keras.ops.abs, keras.ops.real, keras.ops.imag)
number = keras.ops.convert_to_tensor(np.array([1j], np.complex64))
returned = {f.__name__: keras.backend.standardize_dtype(f(number).dtype) for f in functions}
assert set(returned.values()) == {"float32"}, f"control: what the calls return: {returned}"
described = {f.__name__: f(keras.KerasTensor((1,), "complex64")).dtype for f in functions}
assert described == returned, f"complex64: described as {described}, returned as float32"
