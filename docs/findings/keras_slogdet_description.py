"""Keras: slogdet of a stack of matrices is described with a sign of shape (); the sign that it computes has one number per matrix.

Exit status: 0 once description and result agree, 1 while they differ. Seen with keras 3.15.1 and torch 2.13.0; on TensorFlow and JAX it
is the same.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras

described = [tuple(part.shape) for part in keras.ops.slogdet(keras.KerasTensor((5, 2, 2)))]
returned = [tuple(part.shape) for part in keras.ops.slogdet(keras.ops.ones((5, 2, 2)))]
assert returned == [(5,), (5,)], f"control: {returned}"
assert described == returned, f"described as {described}, returned {returned}"
