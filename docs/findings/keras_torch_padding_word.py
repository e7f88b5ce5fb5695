"""Keras on torch: pooling and convolution compute with any word for the padding, as if it were "valid".

Exit status: 0 once such a word is refused, 1 while it is not. Seen with keras 3.15.1 and torch 2.13.0; on TensorFlow
and JAX the same calls raise. The documentation: padding is either "valid" or "same".
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

x, w = np.arange(5, dtype="float32").reshape(1, 5, 1), np.ones((2, 1, 1), "float32")
calls = {
    "max_pool": lambda word: keras.ops.max_pool(x, 2, 2, word),
    "average_pool": lambda word: keras.ops.average_pool(x, 2, 2, word),
    "MaxPooling1D": lambda word: keras.layers.MaxPooling1D(2, 2, word)(x),
    "conv": lambda word: keras.ops.conv(x, w, 2, word),
}
try:
    keras.ops.max_pool(keras.KerasTensor(x.shape), 2, 2, "full")
except ValueError:
    pass
else:
    raise SystemExit("control: max_pool of a KerasTensor accepts it as well")
accepted = []
for name, call in calls.items():
    length = call("same").shape[1]
    assert length == 3, f'control: {name} with "same" has the length {length}'
    try:
        call("full")
        accepted.append(name)
    except ValueError:
        pass
assert not accepted, f'"full" was accepted by {accepted}'
