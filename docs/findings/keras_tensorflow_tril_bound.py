"""Keras on TensorFlow: keras.ops.tril of a diagonal far below the array keeps elements, tril and triu of one beyond the array raise.

Exit status: 0 once the results are right, 1 while they are wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0. All four rows lie
above the diagonal -2^31, so that tril has zeros and triu has the array.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

x = np.arange(1, 13).reshape(4, 3)
wrong = {}
for name, k in (("tril", -1), ("triu", 1), ("tril", -5), ("triu", 5), ("tril", -(2**31)), ("triu", -5), ("tril", 5)):
    try:
        found = keras.ops.convert_to_numpy(getattr(keras.ops, name)(x, k)).tolist()
    except Exception as error:
        found = type(error).__name__
    if found != getattr(np, name)(x, k).tolist():
        wrong[name, k] = found
assert not {("tril", -1), ("triu", 1), ("tril", -5), ("triu", 5)} & set(wrong), f"control: {wrong}"
assert not wrong, wrong
