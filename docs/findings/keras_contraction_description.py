"""Keras: tensordot over more axes than there are, or over axes of two lengths, and einsum to a letter that no operand has, are described.

Exit status: 0 once the descriptions are refused, as the calls are, 1 while they are not. Seen with keras 3.15.1, here on torch 2.13.0.
"""

import contextlib
import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

calls = {
    "tensordot, 3 axes of 2": (lambda x, y: keras.ops.tensordot(x, y, axes=3), [(3, 2), (3, 2)]),
    "tensordot, 2 and 4": (lambda x, y: keras.ops.tensordot(x, y, axes=1), [(3, 2), (4, 5)]),
    "einsum, ij->iz": (lambda x: keras.ops.einsum("ij->iz", x), [(3, 2)]),
    "einsum, ij->ii": (lambda x: keras.ops.einsum("ij->ii", x), [(3, 2)]),
}
described, computed = {}, []
for name, (call, shapes) in calls.items():
    with contextlib.suppress(Exception):
        call(*(np.ones(shape, "float32") for shape in shapes))
        computed.append(name)
    with contextlib.suppress(Exception):
        described[name] = call(*(keras.KerasTensor(shape, "float32") for shape in shapes)).shape
assert not computed, f"control: {computed}"
assert not described, described
