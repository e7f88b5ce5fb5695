"""Keras on torch: keras.ops.layer_normalization and rms_normalization over axis 1 of 3 normalise over the last axis.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and torch 2.13.0. Every column has mean 0 after layer
normalisation over axis 1. Where the lengths differ, both raise RuntimeError.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

x = np.array([[[0.0, 1.0], [4.0, 9.0]]], "float32")
for name, function, definition in (
    ("layer_normalization", keras.ops.layer_normalization, lambda x: (x - x.mean(1)) / x.std(1)),
    ("rms_normalization", keras.ops.rms_normalization, lambda x: x / np.sqrt((x * x).mean(1))),
):
    turned = keras.ops.convert_to_numpy(function(x.swapaxes(1, 2), axis=-1)).swapaxes(1, 2)
    assert np.allclose(turned, definition(x), atol=1e-3), f"control: {name} over the last axis: {turned}"
    found = keras.ops.convert_to_numpy(function(x, axis=1))
    assert np.allclose(found, definition(x), atol=1e-3), f"{name} over axis 1: {found}; expected {definition(x)}"
