"""Keras: keras.ops.normalize of a bfloat16 KerasTensor is described as float32.

Exit status: 0 once the description is right, 1 while it is wrong. Seen with keras 3.15.1, here on torch.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras

for dtype in ("float32", "bfloat16"):
    described = keras.ops.normalize(keras.KerasTensor((3, 4), dtype)).dtype
    returned = keras.backend.standardize_dtype(keras.ops.normalize(keras.ops.ones((3, 4), dtype=dtype)).dtype)
    assert returned == dtype, f"control: {returned} of {dtype}"
    label = "control: float32" if dtype == "float32" else dtype
    assert described == returned, f"{label}: described as {described}, returned {returned}"
