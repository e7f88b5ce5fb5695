"""TensorFlow, CPU, bfloat16: a NaN in the input of the first group reaches the output of the last group.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0 on a CPU with AVX512_BF16;
with TF_ENABLE_ONEDNN_OPTS=0 in the environment it is right.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

x = np.full((1, 3, 3, 9), 2.0, np.float32)
x[..., 0] = np.nan


def last_groups(dtype):
    """Groups 1 and 2: they read channels 3 to 8, which hold 2."""
    y = tf.nn.conv2d(tf.cast(x, dtype), tf.ones((1, 1, 3, 3), dtype), 1, "VALID")
    return tf.cast(y, tf.float32).numpy()[..., 1:]


right = np.full((1, 3, 3, 2), 6.0, np.float32)
np.testing.assert_array_equal(last_groups(tf.float32), right, "control: float32")
np.testing.assert_array_equal(last_groups(tf.bfloat16), right, "bfloat16")
