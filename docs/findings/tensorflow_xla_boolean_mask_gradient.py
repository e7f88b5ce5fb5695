"""TensorFlow, XLA: the gradient of boolean_mask takes no cotangent of the result's length, nor a product with such weights.

Exit status: 0 once the gradients are right, 1 while they are refused. Seen with tensorflow-cpu 2.21.0; with `tf.function` alone, with a
mask that is a constant, and for a sum of the elements, the gradient is right.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf


def cotangent(x, mask, weights):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.boolean_mask(x, mask)
    return tape.gradient(y, x, weights)


def weighted(x, mask, weights):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.boolean_mask(x, mask) * weights)
    return tape.gradient(y, x)


def summed(x, mask, weights):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.boolean_mask(x, mask))
    return tape.gradient(y, x)


x, mask = tf.constant([1.0, 2.0, 3.0, 4.0]), tf.constant([True, False, True, True])
weights = tf.constant([10.0, 20.0, 30.0])
product = tf.function(lambda: tf.boolean_mask(x, mask) * weights, jit_compile=True)
assert product().numpy().tolist() == [10, 60, 120], "control: the product of the same lengths"
assert tf.function(summed, jit_compile=True)(x, mask, weights).numpy().tolist() == [1, 0, 1, 1], "control: the sum"
refused = {}
for function in (cotangent, weighted):
    for control in (function, tf.function(function)):
        assert control(x, mask, weights).numpy().tolist() == [10, 0, 20, 30], "control: without XLA"
    try:
        assert tf.function(function, jit_compile=True)(x, mask, weights).numpy().tolist() == [10, 0, 20, 30]
    except tf.errors.InvalidArgumentError as error:
        refused[function.__name__] = error.message.splitlines()[0]
assert not refused, f"refused: {refused}; expected [10, 0, 20, 30]"
