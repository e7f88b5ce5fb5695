"""TensorFlow: a graph describes reductions along an axis that is named twice, as if along another axis; eager calls are refused.

Exit status: 0 once the description is refused, 1 while it is given. Seen with tensorflow 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf

x = tf.ones((2, 3))
try:
    computed = tf.reduce_sum(x, axis=(0, -2)).shape
except tf.errors.InvalidArgumentError:
    computed = None
assert computed is None, f"control: returns {computed}"

try:
    graph = tf.function(lambda x: tf.reduce_sum(x, axis=(0, -2))).get_concrete_function(
        tf.TensorSpec((2, 3), tf.float32)
    )
except (ValueError, tf.errors.InvalidArgumentError):
    graph = None
assert graph is None, f"described as {tuple(graph.structured_outputs.shape)}; expected a refusal"
