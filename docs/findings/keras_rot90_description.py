"""Keras: keras.ops.rot90 of a KerasTensor is described with the axes exchanged for a half turn and for none.

Exit status: 0 once the description is right, 1 while it is wrong. Seen with keras 3.15.1, here on torch.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

failures = []
for turns in (1, 0, 2):
    right = np.rot90(np.ones((2, 3)), turns).shape
    returned = tuple(keras.ops.rot90(keras.ops.ones((2, 3)), k=turns).shape)
    assert returned == right, f"control: k = {turns} returns {returned}"
    described = keras.ops.rot90(keras.KerasTensor((2, 3)), k=turns).shape
    if described != right:
        failures.append(f"k = {turns}: described as {described}, returned {right}")
assert not failures, failures
