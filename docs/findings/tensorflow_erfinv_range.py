"""TensorFlow, float32: how far the inaccuracy of erfinv of small numbers reaches.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0. Of 1,000 numbers from each power of two to
the next it counts those that are off by more than 2**-20 of the result, 16 units of roundoff; float64 gives what is right. The control
are numbers from 1/4 to 1/2.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf


def wrong(sign: int, exponent: int) -> int:
    """How many of 1,000 numbers from a power of two to the next are wrong."""
    x = (sign * np.linspace(2.0**exponent, 2.0 ** (exponent + 1), 1000)).astype("float32")
    expected = tf.math.erfinv(x.astype("float64")).numpy()
    return int(np.sum(abs(tf.math.erfinv(x).numpy() - expected) > 2.0**-20 * abs(expected)))


counts = {sign: [wrong(sign, exponent) for exponent in range(-12, -2)] for sign in (1, -1)}
assert wrong(1, -2) == wrong(-1, -2) == 0, "control: from 1/4 to 1/2"
assert not any(counts[1] + counts[-1]), f"erfinv, float32: {counts}"
