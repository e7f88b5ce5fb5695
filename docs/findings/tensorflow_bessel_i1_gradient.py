"""TensorFlow: the gradient of bessel_i1 at zero is 1 instead of 1/2.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0. I1(x) = x / 2 + x**3 / 16
+ ...
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf


def gradient(x):
    x = tf.constant(x, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.math.bessel_i1(x)
    return tape.gradient(y, x).numpy()


np.testing.assert_allclose(gradient([1e-3, -1e-3]), [0.5, 0.5], rtol=1e-6, err_msg="control: beside zero")
slope = tf.math.bessel_i1(tf.constant(1e-6, tf.float64)).numpy() / 1e-6
np.testing.assert_allclose(slope, 0.5, rtol=1e-6, err_msg="control: a finite difference")
np.testing.assert_allclose(gradient([0]), [0.5], err_msg="at zero")
