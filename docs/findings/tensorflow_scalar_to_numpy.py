"""TensorFlow: numpy.array of a bfloat16 scalar raises ValueError.

Exit status: 0 once it is converted, 1 while it raises. Seen with tensorflow-cpu 2.21.0 and NumPy 2.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

assert np.array(tf.constant([1], tf.bfloat16)) == [1], "control: a vector"
assert np.array(tf.constant(1, tf.float16)) == 1, "control: float16"
assert np.array(tf.constant(1, tf.bfloat16)) == 1, "bfloat16"
