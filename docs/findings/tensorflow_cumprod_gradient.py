"""TensorFlow: the gradient of cumprod is zero where the operand is zero.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0. By hand: a + ab + abc has
the derivatives 1 + b + bc, a + ac and ab; at (2, 0, 3) these are 1, 8 and 0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf


def gradient(x):
    """Gradient of the sum of the cumulative products."""
    x = tf.constant(x, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.math.cumprod(x))
    return tape.gradient(y, x).numpy()


np.testing.assert_allclose(gradient([2, 1, 3]), [5, 8, 2], err_msg="control: no zero")
np.testing.assert_allclose(gradient([2, 1e-6, 3]), [1 + 4e-6, 8, 2e-6], err_msg="control: almost zero")
np.testing.assert_allclose(gradient([2, 0, 3]), [1, 8, 0], err_msg="a zero in the middle")
