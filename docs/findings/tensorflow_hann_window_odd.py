"""TensorFlow: the periodic Hann window of an odd length is the symmetric one.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0. Element k of the periodic window of
length n is 0.5 - 0.5 * cos(2 * pi * k / n): the symmetric window of length n + 1 without its last element.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf


def periodic(length):
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)


symmetric = tf.signal.hann_window(6, periodic=False).numpy()
np.testing.assert_allclose(symmetric[:5], periodic(5), atol=1e-6, err_msg="control: symmetric, length 6")
for length, name in ((4, "control: length 4"), (5, "length 5")):
    y = tf.signal.hann_window(length, periodic=True).numpy()
    np.testing.assert_allclose(y, periodic(length), atol=1e-6, err_msg=name)
