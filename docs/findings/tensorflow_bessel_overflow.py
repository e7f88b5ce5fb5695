"""TensorFlow, float32: bessel_i0(89) and bessel_i1(89) are infinity.

Exit status: 0 once the results are right, 1 while they are wrong. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

found = [f(np.float32(88)).numpy() for f in (tf.math.bessel_i0, tf.math.bessel_i1)]
np.testing.assert_allclose(found, [7.03402e36, 6.99394e36], rtol=1e-4, err_msg="control: 88")
found = [f(np.float32(89)).numpy() for f in (tf.math.bessel_i0, tf.math.bessel_i1)]
# By mpmath; the largest float32 is 3.4e38.
np.testing.assert_allclose(found, [1.90124e37, 1.89053e37], rtol=1e-4, err_msg="89")
