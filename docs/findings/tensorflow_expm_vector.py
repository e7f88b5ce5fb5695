"""TensorFlow: the exponential of one number without a second axis is a matrix.

Exit status: 0 once the vector is refused, 1 while a matrix is returned. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf


def shape(x):
    try:
        return tuple(tf.linalg.expm(x).shape)
    except (ValueError, tf.errors.InvalidArgumentError):
        return "refused"


assert shape(tf.zeros((1, 1))) == (1, 1), "control: a matrix"
assert shape(tf.zeros(2)) == "refused", "control: two numbers"
assert shape(tf.zeros(1)) == "refused", f"of shape (1,): {shape(tf.zeros(1))}; expected a refusal"
