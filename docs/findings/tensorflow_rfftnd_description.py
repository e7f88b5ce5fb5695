"""TensorFlow: the static shape of rfftnd has the length of the input, axes out of range are described, norms raise in a graph.

Exit status: 0 once all are right, 1 while they are not. Seen with tensorflow-cpu 2.21.0, which has no CPU kernel for the operation. It is
documented that the length of the last axis transformed is fft_length[-1] // 2 + 1; `rfft` is described so.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf


def described(function, dtype=tf.float32, **arguments):
    def call(x):
        return function(x, **arguments)

    try:
        concrete = tf.function(call, autograph=False).get_concrete_function(tf.TensorSpec((4, 6), dtype))
    except (ValueError, TypeError, tf.errors.OpError) as error:
        return type(error).__name__
    return tuple(concrete.output_shapes)


assert described(tf.signal.rfft) == (4, 4), "control: rfft"
assert described(tf.signal.rfft2d) == (4, 4), "control: rfft2d"
found = {
    "rfftnd": described(tf.signal.rfftnd, axes=[1]) == (4, 4),
    "an axis out of range": isinstance(described(tf.signal.ifftnd, tf.complex64, axes=[1, 5]), str),
    "norm": isinstance(described(tf.signal.rfftnd, norm="ortho"), tuple),
}
assert all(found.values()), f"right: {found}"
