"""TensorFlow, float32: erfinv of small numbers is inaccurate or zero.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0. The series begins with
sqrt(pi) / 2 * x; the next term is smaller by a factor of x**2.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

x = np.array([1e-8, 1e-7, 1e-6])
expected = np.sqrt(np.pi) / 2 * x
np.testing.assert_allclose(tf.math.erfinv(x).numpy(), expected, rtol=1e-7, err_msg="control: float64")
np.testing.assert_allclose(tf.math.erfinv(x.astype("float32")).numpy(), expected, rtol=1e-3, err_msg="erfinv, float32")
