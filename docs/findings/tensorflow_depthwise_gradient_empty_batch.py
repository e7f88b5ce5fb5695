"""TensorFlow, CPU: the gradient of a depthwise convolution's kernel is uninitialised memory when the batch is empty.

Exit status: 0 once the gradient is zero, 1 while it is not. Seen with tensorflow-cpu 2.21.0, float64 and float16. The gradient is a sum
over the batch, so that of an empty batch is zero.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf


def largest(function, kernel, repeats=50):
    """Largest magnitude in the kernel's gradient over some repetitions, each after memory of that size was filled with 7.5 and freed."""
    found = 0.0
    for _ in range(repeats):
        used = [tf.constant(np.full(kernel, 7.5)) + 0 for _ in range(8)]
        del used
        w = tf.ones(kernel, tf.float64)
        with tf.GradientTape() as tape:
            tape.watch(w)
            y = function(tf.ones((0, 5, 5, 2), tf.float64), w)
        gradient = tape.gradient(y, w).numpy()
        found = max(found, np.abs(np.nan_to_num(gradient, nan=np.inf)).max())
    return found


plain = largest(lambda x, w: tf.nn.conv2d(x, w, 1, "VALID"), (3, 3, 2, 1))
assert plain == 0, f"control: the gradient of conv2d has {plain}"
wrong = largest(lambda x, w: tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "VALID"), (3, 3, 2, 1))
assert wrong == 0, f"the gradient has {wrong}; expected zeros"
