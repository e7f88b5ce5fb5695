"""TensorFlow, CPU: depthwise_conv2d_backprop_input has no dilation although it takes and documents one.

Exit status: 0 once the result is right, 1 while it is refused or wrong. Seen with tensorflow-cpu 2.21.0, with and without oneDNN.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

w, dy = tf.ones((5, 5, 2, 1)), tf.ones((1, 5, 5, 2))

# dx[i + 2 a, j + 2 b] collects dy[i, j] w[a, b]; everything is 1.
right = np.zeros((1, 13, 13, 2), np.float32)
for row in range(5):
    for column in range(5):
        right[:, row : row + 9 : 2, column : column + 9 : 2] += 1

with tf.GradientTape() as tape:
    x = tf.ones((1, 13, 13, 2))
    tape.watch(x)
    y = tf.nn.depthwise_conv2d(x, w, [1] * 4, "VALID", dilations=[2, 2])
np.testing.assert_array_equal(tape.gradient(y, x), right, "control: the gradient of depthwise_conv2d")

dx = tf.nn.depthwise_conv2d_backprop_input((1, 13, 13, 2), w, dy, [1] * 4, "VALID", dilations=[1, 2, 2, 1])
np.testing.assert_array_equal(dx, right, "depthwise_conv2d_backprop_input")
