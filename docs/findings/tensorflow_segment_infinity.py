"""TensorFlow: the minimum of a segment of infinities, and the maximum of one of -infinities, are finite.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf

inf = float("inf")
x = tf.constant([inf, inf])
assert tf.math.unsorted_segment_min(tf.constant([inf, 2.0]), [0, 0], 1).numpy()[0] == 2, "control: a number beside it"
assert tf.math.unsorted_segment_max(x, [0, 0], 1).numpy()[0] == inf, "control: the maximum of infinities"
assert tf.reduce_min(x).numpy() == inf, "control: reduce_min"
found = tf.math.unsorted_segment_min(x, [0, 0], 1).numpy()[0], tf.math.unsorted_segment_max(-x, [0, 0], 1).numpy()[0]
assert found == (inf, -inf), f"the extremes are {found[0]:.4g} and {found[1]:.4g}; expected infinities"
