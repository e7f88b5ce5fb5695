"""TensorFlow: a graph describes cumsum, cumprod and cumulative_logsumexp along an axis that the operand does not have.

Exit status: 0 once the graph refuses the axis, 1 while it describes the call. Seen with tensorflow-cpu 2.21.0. The call itself is refused.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf


def described(function, shape, axis):
    """The static shape of the result. None: the call was refused."""
    try:
        graph = tf.function(lambda x: function(x, axis=axis))
        return tuple(graph.get_concrete_function(tf.TensorSpec(shape, tf.float32)).output_shapes)
    except (ValueError, tf.errors.InvalidArgumentError):
        return None


wrong = {}
for function in (tf.math.cumsum, tf.math.cumprod, tf.math.cumulative_logsumexp):
    assert described(function, (3,), 0) == (3,), "control: the axis 0"
    for shape, axis in (((3,), 7), ((), 1)):
        try:
            function(tf.ones(shape), axis=axis)
            raise AssertionError("control: the call returns")
        except tf.errors.InvalidArgumentError:
            pass
        if described(function, shape, axis) is not None:
            wrong[function.__name__, axis] = described(function, shape, axis)
assert described(tf.math.reduce_sum, (3,), 7) is None, "control: reduce_sum"
assert not wrong, f"described: {wrong}"
