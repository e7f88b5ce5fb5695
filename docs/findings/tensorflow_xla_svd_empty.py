"""TensorFlow, XLA: the singular values of a matrix without rows or columns are refused.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0. There are none, as eager says.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf


def values(x):
    return tf.linalg.svd(x, compute_uv=False)


compiled = tf.function(values, jit_compile=True)
assert values(tf.zeros((0, 2))).shape == (0,), "control: eager"
assert compiled(tf.zeros((0, 2, 2))).shape == (0, 2), "control: no matrices"
refused = {}
for shape in ((0, 2), (2, 0), (0, 0)):
    try:
        assert compiled(tf.zeros(shape)).shape == (0,)
    except tf.errors.InvalidArgumentError as error:
        refused[shape] = error.message.splitlines()[0]
assert not refused, f"refused: {refused}"
