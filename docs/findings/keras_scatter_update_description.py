"""Keras: keras.ops.scatter_update of KerasTensors describes updates of any shape.

Exit status: 0 once such updates are refused, 1 while they are described. Seen with keras 3.15.1 on torch 2.13.0+cpu; the description is the
same on TensorFlow and JAX. Five updates of rows of four elements have the shape (5, 4).
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np


def refused(make, shape, reduction):
    """Whether scatter_update refuses updates of ``shape``."""
    try:
        operands = make((7, 4), "float32"), make((5, 1), "int32"), make(shape, "float32")
        keras.ops.scatter_update(*operands, reduction=reduction)
    except Exception:
        return True
    return False


described = []
for reduction in (None, "add", "mul", "min", "max"):
    for shape in ((5, 4, 9), (5, 9)):
        assert refused(np.zeros, shape, reduction), f"control: {reduction} of {shape} is computed"
        if not refused(keras.KerasTensor, shape, reduction):
            described.append((reduction, shape))
    assert not refused(np.zeros, (5, 4), reduction), "control: the right shape"
assert not described, f"described: {described}"
