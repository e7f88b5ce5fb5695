"""TensorFlow, float64: gelu has the accuracy of float32.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0.
"""

import math
import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

x = np.array([1.0])
expected = [0.5 * (1 + math.erf(math.sqrt(0.5)))]
composed = 0.5 * x * (1 + tf.math.erf(x / math.sqrt(2)).numpy())
np.testing.assert_allclose(composed, expected, rtol=1e-14, err_msg="control: the definition with tf.math.erf")
np.testing.assert_allclose(tf.nn.gelu(x).numpy(), expected, rtol=1e-14, err_msg="gelu, float64")
