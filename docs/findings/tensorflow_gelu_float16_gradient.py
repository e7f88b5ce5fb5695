"""TensorFlow, float16: the gradient of the tanh form of gelu is NaN from 256 on.

Exit status: 0 once the gradients are 1, 1, 0 and 0, 1 while some are NaN. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf


def gradient(x):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.gelu(x, approximate=True)
    return y.numpy().tolist(), tape.gradient(y, x).numpy().tolist()


x = np.array([250, 256, 1000, -256, -1000])
expected = [1, 1, 1, 0, 0]
value, found = gradient(x.astype(np.float16))
assert value == [250, 256, 1000, 0, 0], "control: the values"
assert gradient(x.astype(np.float32))[1] == expected, "control: float32"
assert found == expected, f"float16, x = {x.tolist()}: the gradient is {found}; expected {expected}"
