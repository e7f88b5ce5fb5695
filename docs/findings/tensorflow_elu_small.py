"""TensorFlow, float32: elu and selu of small negative numbers are inaccurate or 0.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

x = np.array([-1e-6, -1e-8], np.float32)
expected = np.expm1(x.astype(np.float64))
np.testing.assert_allclose(tf.math.expm1(x).numpy(), expected, rtol=1e-6, err_msg="control: expm1")
np.testing.assert_allclose(tf.nn.elu(x).numpy(), expected, rtol=1e-6, err_msg="elu, float32")
np.testing.assert_allclose(tf.nn.selu(x).numpy(), 1.7580993 * expected, rtol=1e-6, err_msg="selu, float32")
