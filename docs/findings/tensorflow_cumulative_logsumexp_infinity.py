"""TensorFlow: cumulative_logsumexp of two infinities is NaN.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

inf = float("inf")
x = tf.constant([inf, inf])
np.testing.assert_array_equal(np.logaddexp.accumulate(x.numpy()), [inf, inf], err_msg="control: NumPy")
assert tf.reduce_logsumexp(x).numpy() == inf, "control: reduce_logsumexp"
np.testing.assert_array_equal(
    tf.math.cumulative_logsumexp(tf.constant([1.0, inf, 2.0])), [1, inf, inf], err_msg="control: one"
)
np.testing.assert_array_equal(tf.math.cumulative_logsumexp(x), [inf, inf], err_msg="two infinities")
