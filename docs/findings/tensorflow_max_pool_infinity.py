"""TensorFlow: max_pool of -infinity is the lowest finite number.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

x = tf.fill([1, 2, 2, 1], -np.inf)
assert tf.reduce_max(x).numpy() == -np.inf, "control: reduce_max"
with_argmax, _ = tf.nn.max_pool_with_argmax(x, 2, 2, "VALID")
assert with_argmax.numpy().item() == -np.inf, "control: max_pool_with_argmax"
y = tf.nn.max_pool(x, 2, 2, "VALID").numpy().item()
assert y == -np.inf, f"max_pool: {y}; expected -inf"
