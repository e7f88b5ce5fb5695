"""TensorFlow with oneDNN, CPU: a convolution of an empty batch has the shape of its input.

Exit status: 0 once the shapes are right, 1 while they are wrong. Seen with tensorflow-cpu 2.21.0; with
TF_ENABLE_ONEDNN_OPTS=0 in the environment they are right.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf


def shape(dtype):
    """Of a convolution of (0, 9, 9, 2) with 5 kernels of (3, 3, 2)."""
    return tuple(tf.nn.conv2d(tf.ones((0, 9, 9, 2), dtype), tf.ones((3, 3, 2, 5), dtype), 1, "VALID").shape)


right = (0, 9 - 3 + 1, 9 - 3 + 1, 5)
assert shape(tf.float64) == right, f"control: float64, which oneDNN does not take: {shape(tf.float64)}"
assert shape(tf.float32) == right, f"float32 has the shape {shape(tf.float32)}; expected {right}"
