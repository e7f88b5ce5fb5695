"""TensorFlow: the gradient of signal.rfft with a length below that of the signal is wrong for the length 1, and raises for others.

Exit status: 0 once the gradient is right, 1 while it is not. Seen with tensorflow-cpu 2.21.0; that of irfft, rfft2d and irfft2d raises as
well. The first value of the transform is the sum of the first elements, as many as the length says.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf


def slope(length):
    x = tf.constant(np.arange(6.0))
    with tf.GradientTape() as tape:
        tape.watch(x)
        first = tf.math.real(tf.signal.rfft(x, fft_length=[length]))[0]
    return tape.gradient(first, x).numpy()


np.testing.assert_allclose(slope(6), np.ones(6), atol=1e-12, err_msg="control: as long as the signal")
np.testing.assert_allclose(slope(1), [1, 0, 0, 0, 0, 0], atol=1e-12)
np.testing.assert_allclose(slope(4), [1, 1, 1, 1, 0, 0], atol=1e-12)
