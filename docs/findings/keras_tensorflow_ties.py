"""Keras on TensorFlow: the gradients of hypot and logaddexp where both operands are equal.

Exit status: 0 once the gradients are right, 1 while they are wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf


def gradients(function, x, y):
    """The derivatives of the function by x and by y."""
    x, y = tf.constant(x), tf.constant(y)
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        result = function(x, y)
    return [round(float(slope), 4) for slope in tape.gradient(result, [x, y])]


assert gradients(keras.ops.hypot, 3.0, 4.0) == [0.6, 0.8], "control: hypot of 3 and 4"
half = float(np.log(0.5))
assert gradients(keras.ops.logaddexp, half, 0.0) == [0.3333, 0.6667], "control: logaddexp of log(0.5) and 0"
found = {"hypot": gradients(keras.ops.hypot, 3.0, 3.0), "logaddexp": gradients(keras.ops.logaddexp, 1.0, 1.0)}
expected = {"hypot": [0.7071, 0.7071], "logaddexp": [0.5, 0.5]}
assert found == expected, f"at a tie: {found}; expected {expected}"
