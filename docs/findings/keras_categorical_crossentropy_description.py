"""Keras: keras.ops.categorical_crossentropy with axis=1 is described without the last axis.

Exit status: 0 once the description is right, 1 while it is wrong. Seen with keras 3.15.1, here on torch.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras

symbolic, array = keras.KerasTensor((5, 7, 3), "float32"), keras.ops.ones((5, 7, 3))
returned = tuple(keras.ops.categorical_crossentropy(array, array, axis=1).shape)
assert returned == (5, 3), f"control: the call returns {returned}"
described = tuple(keras.ops.categorical_crossentropy(symbolic, symbolic, axis=1).shape)
assert described == (5, 3), f"described with the shape {described}; expected (5, 3)"
