"""TensorFlow, XLA: the gradient of an empty slice with a step is longer than the tensor.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0: the gradient of x[0:0:2] of three elements
has four.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf

tf.get_logger().setLevel("ERROR")  # each slice is traced anew


def lengths(part, count):
    """Length of the gradient of x[part], x of three elements, without and with tf.function."""

    def gradient(x, cotangent):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x[part]
        return tape.gradient(y, x, cotangent)

    functions = (gradient, tf.function(gradient), tf.function(gradient, jit_compile=True))
    return [len(function(tf.ones(3), tf.ones(count)).numpy()) for function in functions]


assert lengths(slice(0, 3, 2), 2) == [3] * 3, "control: two elements"
assert lengths(slice(0, 0), 0) == [3] * 3, "control: no step"
found = {str(part): lengths(part, 0) for part in (slice(0, 0, 2), slice(2, 1, 2), slice(5, 9, 2))}
assert all(each == [3] * 3 for each in found.values()), f"lengths in eager, graph and XLA: {found}"
