"""TensorFlow, float32: softmax of a row with a NaN is zero in the other places.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0. Every probability is
divided by a sum that contains the NaN.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

for dtype, name in ((tf.float64, "control: float64"), (tf.float16, "control: float16"), (tf.float32, "float32")):
    y = tf.nn.softmax(tf.constant([np.nan, 1, 2], dtype)).numpy()
    np.testing.assert_array_equal(np.isnan(y), [True] * 3, f"{name}: {y}")
