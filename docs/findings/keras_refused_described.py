"""Keras: convolutions with a dilation of 0, and Einstein sums over axes of two lengths, are described; all of them raise.

Exit status: 0 once the descriptions are refused as well, 1 while they are not. Seen with keras 3.15.1 and torch 2.13.0.
"""

import contextlib
import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

x, w, v = (np.ones(shape, "float32") for shape in ((1, 4, 4, 2), (2, 2, 2, 1), (1, 1, 2, 3)))
calls = {
    "conv": (lambda x, w: keras.ops.conv(x, w, data_format="channels_last", dilation_rate=0), (x, w)),
    "depthwise_conv": (
        lambda x, w: keras.ops.depthwise_conv(x, w, data_format="channels_last", dilation_rate=0),
        (x, w),
    ),
    "separable_conv": (
        lambda *t: keras.ops.separable_conv(*t, data_format="channels_last", dilation_rate=0),
        (x, w, v),
    ),
    "einsum": (
        lambda a, b: keras.ops.einsum("ij,jk->ik", a, b),
        (np.ones((2, 3), "float32"), np.ones((2, 2), "float32")),
    ),
}
described, computed = {}, []
for name, (call, arrays) in calls.items():
    with contextlib.suppress(Exception):
        call(*arrays)
        computed.append(name)
    with contextlib.suppress(Exception):
        described[name] = call(*(keras.KerasTensor(array.shape, "float32") for array in arrays)).shape
assert not computed, f"control: {computed}"
assert not described, described
