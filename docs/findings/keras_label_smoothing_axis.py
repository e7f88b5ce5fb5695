"""Keras: categorical_crossentropy with axis=1 smooths targets by the length of the last axis.

Exit status: 0 once the loss is right, 1 while it is wrong. Seen with keras 3.15.1, here on torch. Two classes along axis 1 have
equal scores, so the loss is log 2 for any targets that sum to 1, which smoothed ones do.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

target = np.zeros((1, 2, 8), "float32")
target[:, 0] = 1
scores = np.zeros((1, 2, 8), "float32")
last = keras.losses.categorical_crossentropy(
    target.transpose(0, 2, 1), scores.transpose(0, 2, 1), from_logits=True, label_smoothing=0.5
)
assert np.allclose(keras.ops.convert_to_numpy(last), np.log(2)), f"control: classes last: {last}"
loss = keras.losses.categorical_crossentropy(target, scores, from_logits=True, label_smoothing=0.5, axis=1)
found = keras.ops.convert_to_numpy(loss)[0, 0]
assert np.isclose(found, np.log(2)), f"axis 1: the loss is {found}; expected {np.log(2)}"
