"""Keras: logsumexp of float16 is described as float32 and returns float16.

Exit status: 0 once the description is right, 1 while it is wrong. Seen with keras 3.15.1, torch 2.13.0 (any backend).
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np


def dtypes(function, dtype):
    """The dtype that a reduction has, and the one that it is described with."""
    found = function(keras.ops.convert_to_tensor(np.ones(2), dtype))
    return keras.backend.standardize_dtype(found.dtype), function(keras.KerasTensor((2,), dtype)).dtype


assert dtypes(keras.ops.logsumexp, "float32") == ("float32", "float32"), "control: float32"
assert dtypes(keras.ops.max, "float16") == ("float16", "float16"), "control: max"
computed, described = dtypes(keras.ops.logsumexp, "float16")
assert described == computed, f"described as {described}, computed as {computed}"
