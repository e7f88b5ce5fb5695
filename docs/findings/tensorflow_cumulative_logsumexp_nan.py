"""TensorFlow: cumulative_logsumexp loses a NaN and returns plausible numbers.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

x = np.array([1, np.nan, 2])
expected = np.log(np.cumsum(np.exp(x)))
np.testing.assert_array_equal(np.isnan(expected), [False, True, True], "control: NumPy")
assert np.isnan(tf.reduce_logsumexp(x).numpy()), "control: reduce_logsumexp"
np.testing.assert_allclose(tf.math.cumulative_logsumexp(x).numpy(), expected, err_msg="cumulative_logsumexp")
