"""TensorFlow: reductions along the axis 2^32 reduce the first axis.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf


def refused(reduce, axis):
    """Whether the reduction of 2 x 3 elements is refused."""
    try:
        reduce(tf.ones((2, 3)), axis=axis)
    except (tf.errors.InvalidArgumentError, ValueError):
        return True
    return False


reductions = (tf.reduce_sum, tf.reduce_max, tf.reduce_mean)
assert all(refused(reduce, 2) for reduce in reductions), "control: the axis 2"
assert all(refused(reduce, 2**31) for reduce in reductions), "control: the axis 2^31"
accepted = [reduce.__name__ for reduce in reductions if not refused(reduce, 2**32)]
assert not accepted, f"{accepted} of 2 x 3 elements take the axis 2^32"
