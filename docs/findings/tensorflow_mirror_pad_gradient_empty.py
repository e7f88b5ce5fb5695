"""TensorFlow, CPU: the gradient of tf.pad with "SYMMETRIC" refuses an empty batch that tf.pad takes.

Exit status: 0 once the gradient has the shape of the input, 1 while it raises. Seen with tensorflow-cpu 2.21.0. The documentation wants
widths no greater than the length, which zero is.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf

for batch, mode, name in (
    (0, "CONSTANT", "control: constant"),
    (2, "SYMMETRIC", "control: a batch of two"),
    (0, "SYMMETRIC", "an empty batch"),
):
    x = tf.zeros((batch, 3))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.pad(x, [[0, 0], [1, 1]], mode)
    assert y.shape == (batch, 5), f"control: {name}: the result has the shape {y.shape}"
    try:
        shape = tuple(tape.gradient(y, x).shape)
    except tf.errors.InvalidArgumentError as error:
        shape = error.message
    assert shape == (batch, 3), f"{name}: {shape}"
