"""Keras on torch: a sum of two float64 KerasTensors is described as float32; the sum itself is float64.

Exit status: 0 once description and result agree, 1 while they differ. Seen with keras 3.15.1 and torch 2.13.0; on jax with
JAX_ENABLE_X64 it is the same.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras

described = keras.ops.add(keras.KerasTensor((2,), "float64"), keras.KerasTensor((2,), "float64")).dtype
returned = keras.ops.add(keras.ops.ones(2, "float64"), keras.ops.ones(2, "float64")).dtype
returned = keras.backend.standardize_dtype(returned)
assert described == returned, f"described as {described}, returned {returned}"
