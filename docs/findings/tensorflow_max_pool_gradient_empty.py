"""TensorFlow, CPU: the gradient of a max pooling whose result is empty is uninitialised memory.

Exit status: 0 once the gradients are right, 1 while they are not. Seen with tensorflow-cpu 2.21.0 in float32, float64 and float16, with and
without oneDNN, and with keras 3.15.1. An empty result depends on nothing, so that its gradient is zero; the elements of an adaptive
pooling to the same width are the largest of a column each, so that its gradient has a one in every column.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf


def farthest(function, x, expected, repeats=50):
    """Largest error of the gradient over some repetitions, each after memory of its size was filled with 7.5 and freed."""
    found = 0.0
    for _ in range(repeats):
        used = [tf.fill(x.shape, tf.cast(7.5, x.dtype)) + 0 for _ in range(8)]
        del used
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        error = np.abs(tape.gradient(y, x).numpy() - expected)
        found = max(found, np.nan_to_num(error, nan=np.inf).max())
    return found


x = tf.ones((1, 3, 4, 1), tf.float64)
average = farthest(lambda x: tf.nn.avg_pool2d(x, (4, 1), 1, "VALID"), x, 0)
assert average == 0, f"control: the gradient of an empty average is {average}"
first = np.zeros((1, 1, 3, 4))
first[..., 0, :] = 1
image = tf.constant(first)
errors = {
    "max_pool2d": farthest(lambda x: tf.nn.max_pool2d(x, (4, 1), 1, "VALID"), x, 0),
    "adaptive_max_pool": farthest(lambda x: keras.ops.adaptive_max_pool(x, (1, 4), "channels_first"), image, first),
}
assert not any(errors.values()), f"the gradients are off by {errors}"
