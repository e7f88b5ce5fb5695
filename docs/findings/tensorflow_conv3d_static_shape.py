"""TensorFlow: the static shape of a dilated conv3d exchanges the dilations of height and width.

Exit status: 0 once the static shape is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf


@tf.function
def convolve(x):
    return tf.nn.conv3d(x, tf.ones((2, 2, 2, 1, 1)), [1] * 5, "VALID", dilations=[1, 1, 3, 2, 1])


# Depth, height and width lose dilation * (kernel - 1): 1, 3 and 2 of 9.
right = (1, 8, 6, 7, 1)
static = tuple(convolve.get_concrete_function(tf.TensorSpec((1, 9, 9, 9, 1))).output_shapes)
try:
    eager = tuple(convolve(tf.ones((1, 9, 9, 9, 1))).numpy().shape)
except tf.errors.InvalidArgumentError:
    pass  # without oneDNN the CPU has no dilated conv3d
else:
    assert eager == right, f"control: the result has the shape {eager}"
assert static == right, f"the static shape is {static}; expected {right}"
