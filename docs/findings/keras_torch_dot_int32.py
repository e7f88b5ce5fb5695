"""Keras on torch: dot and tensordot of int32 go through float32.

Exit status: 0 once the results are right, 1 while they are wrong. Seen with keras 3.15.1 and torch 2.13.0. 2**24 + 1 is the smallest
positive integer that float32 does not hold.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

a, b = np.array([2**24 + 1], "int32"), np.array([3], "int32")
expected = (2**24 + 1) * 3
product = keras.ops.matmul(a[None], b[None])
assert keras.ops.convert_to_numpy(product).item() == expected, "control: matmul"
found = {
    "dot": keras.ops.convert_to_numpy(keras.ops.dot(a, b)).item(),
    "tensordot": keras.ops.convert_to_numpy(keras.ops.tensordot(a, b, 1)).item(),
}
assert set(found.values()) == {expected}, f"{found}; expected {expected}"
