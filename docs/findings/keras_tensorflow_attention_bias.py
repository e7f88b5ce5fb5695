"""Keras on TensorFlow: MultiHeadAttention of depth 1 adds its biases along the positions when these are as many as the heads.

Exit status: 0 once the results are right, 1 while they are wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np


def first_of(positions, heads):
    """The results of the first head, whose values are 1 by its bias; the other heads have none, the kernels are zeros."""
    layer = keras.layers.MultiHeadAttention(heads, 1, kernel_initializer="zeros")
    layer.build((1, positions, 1), (1, positions, 1))
    layer.value_dense.bias.assign(np.eye(heads, 1))
    layer.output_dense.kernel.assign(np.eye(heads, 1)[..., None])  # the first head alone
    x = np.zeros((1, positions, 1), np.float32)
    return keras.ops.convert_to_numpy(layer(x, x, use_causal_mask=True))[0, :, 0]


np.testing.assert_array_equal(first_of(4, 3), np.ones(4), "control: four positions, three heads")
found = [round(float(y), 3) for y in first_of(3, 3)]
assert found == [1, 1, 1], f"three positions, three heads: {found}; expected [1, 1, 1]"
