"""TensorFlow, float64: erf of infinity, and of finite numbers whose square overflows, is NaN.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0.
"""

import math
import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

single = tf.math.erf(tf.constant([1e30, np.inf], tf.float32)).numpy()
np.testing.assert_array_equal(single, [1, 1], "control: float32")
x = np.array([1e153, 1e160, -1e160, np.inf])
expected = [math.erf(value) for value in x]
np.testing.assert_array_equal(expected, [1, 1, -1, 1], "control: the C library")
np.testing.assert_array_equal(tf.math.erf(x).numpy(), expected, "erf, float64")
