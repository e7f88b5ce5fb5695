"""TensorFlow, graph: `tf.reshape` takes two open lengths where there are as many as axes.

Exit status: 0 once the call is refused, 1 while it is accepted. Seen with tensorflow-cpu 2.21.0. Eager, XLA, and a graph with
another number of open lengths refuse: "Only one input size may be -1".
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf


def outcome(count, **options):
    """The shape that reshaping (2, 3) to so many open lengths gives in a tf.function, None where it is refused."""
    function = tf.function(lambda x: tf.reshape(x, [-1] * count), **options)
    try:
        return tuple(function(tf.ones((2, 3))).shape)
    except tf.errors.InvalidArgumentError:
        return None


assert outcome(2, jit_compile=True) is None, "control: XLA"
assert outcome(3) is None, "control: three open lengths"
assert outcome(2) is None, f"accepted: {outcome(2)}"
