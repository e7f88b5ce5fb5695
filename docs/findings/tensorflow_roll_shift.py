"""TensorFlow: tf.roll cuts an int64 shift to 32 bits.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0. By hand: 2**31 is 2
modulo 3.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf


def roll(shift):
    return tf.roll(tf.range(3), tf.constant(shift, tf.int64), 0).numpy()


np.testing.assert_array_equal(roll(2), [1, 2, 0], "control: a shift of 2")
np.testing.assert_array_equal(np.roll(np.arange(3), 2**31), [1, 2, 0], "control: NumPy")
np.testing.assert_array_equal(roll(2**31 - 1), np.roll(np.arange(3), 2**31 - 1), "control: the largest 32-bit shift")
np.testing.assert_array_equal(roll(2**31), [1, 2, 0], "a shift of 2**31")
