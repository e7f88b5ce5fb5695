"""TensorFlow with oneDNN, CPU, bfloat16: channels-first conv2d_transpose of an odd number of channels makes NaN of an infinite weight.

Exit status: 0 once the result is right or refused, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0 on a CPU with AVX512_BF16.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

w = np.array([1, -np.inf], np.float32).reshape(1, 1, 2, 1)


def transpose(dtype, data_format):
    """One input channel of ones, two output channels: 1 and -inf everywhere."""
    x, shape = ((1, 1, 1, 2), (1, 2, 1, 2)) if data_format == "NCHW" else ((1, 1, 2, 1), (1, 1, 2, 2))
    y = tf.nn.conv2d_transpose(tf.ones(x, dtype), tf.cast(w, dtype), shape, 1, "VALID", data_format)
    y = tf.cast(y, tf.float32).numpy()
    return y if data_format == "NHWC" else y.transpose(0, 2, 3, 1)


right = np.array([[[[1, -np.inf], [1, -np.inf]]]], np.float32)
np.testing.assert_array_equal(transpose(tf.bfloat16, "NHWC"), right, "control: bfloat16, channels last")
try:
    wide, narrow = transpose(tf.float32, "NCHW"), transpose(tf.bfloat16, "NCHW")
except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
    pass  # without oneDNN the CPU has no channels-first transposed convolution
else:
    np.testing.assert_array_equal(wide, right, "control: float32, channels first")
    np.testing.assert_array_equal(narrow, right, "bfloat16, channels first")
