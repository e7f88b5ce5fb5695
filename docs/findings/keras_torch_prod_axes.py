"""Keras on torch: keras.ops.prod takes an axis twice, with keepdims and without.

Exit status: 0 once the call is refused, 1 while it returns. Seen with keras 3.15.1 and torch 2.13.0+cpu. Other reductions refuse the
same axes, and so does NumPy.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

x = np.array([[2, 3, 4], [5, 6, 7]], np.float32)


def accepted(call, **options):
    """The result as a list. None: the call was refused."""
    try:
        return np.asarray(call(x, **options)).tolist()
    except Exception:
        return None


assert accepted(keras.ops.prod, axis=(0, 1)) == 5040, "control: two axes"
assert accepted(keras.ops.sum, axis=(0, 0)) is None, "control: sum"
assert accepted(np.prod, axis=(0, 0)) is None, "control: NumPy"
found = {keepdims: accepted(keras.ops.prod, axis=(0, -2), keepdims=keepdims) for keepdims in (False, True)}
assert found == {False: None, True: None}, f"prod along (0, -2), by keepdims: {found}"
