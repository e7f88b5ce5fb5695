"""Keras on torch: sum, prod, min and max ignore keepdims=True when axis is None.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and torch 2.13.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

x = keras.ops.convert_to_tensor(np.ones((2, 3), "float32"))
symbolic = keras.ops.sum(keras.KerasTensor((2, 3), "float32"), axis=None, keepdims=True)
assert symbolic.shape == (1, 1), f"control: the description: {symbolic.shape}"
assert tuple(keras.ops.mean(x, axis=None, keepdims=True).shape) == (1, 1), "control: mean"
names = ("sum", "prod", "min", "max")
shapes = {name: tuple(getattr(keras.ops, name)(x, axis=None, keepdims=True).shape) for name in names}
assert set(shapes.values()) == {(1, 1)}, f"{shapes}; expected (1, 1)"
