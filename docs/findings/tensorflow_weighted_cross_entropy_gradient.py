"""TensorFlow: the gradient of weighted_cross_entropy_with_logits at the logit 0 is 0 or 1.

Exit status: 0 once the gradient is right, 1 while it is wrong. Seen with TensorFlow 2.21.0. Of
-q z log(s(x)) - (1 - z) log(1 - s(x)), s the logistic function, the derivative is
(1 - z) s(x) - q z (1 - s(x)): at 0, where s is 1/2, -q / 2 for the label 1 and 1/2 for the label 0.
"""

import math
import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf


def gradient(function, x, **arguments):
    x = tf.constant(x, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = function(logits=x, **arguments)
    return float(tape.gradient(loss, x))


weighted, plain = tf.nn.weighted_cross_entropy_with_logits, tf.nn.sigmoid_cross_entropy_with_logits
for label, expected in ((1.0, -1.5), (0.0, 0.5)):
    z, q = tf.constant(label, tf.float64), tf.constant(3.0, tf.float64)
    near = gradient(weighted, 1e-9, labels=z, pos_weight=q)
    assert math.isclose(near, expected, rel_tol=1e-6), f"control: {near} at 1e-9; expected {expected}"
    found = gradient(plain, 0.0, labels=z)
    assert found == 0.5 - label, f"control: {found} without a weight"
    found = gradient(weighted, 0.0, labels=z, pos_weight=q)
    assert found == expected, f"label {label}, weight 3: the gradient at 0 is {found}; expected {expected}"
