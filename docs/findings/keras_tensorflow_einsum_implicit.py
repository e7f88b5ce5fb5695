"""Keras on TensorFlow: einsum without "->" orders the result's axes by other letters than those given.

Exit status: 0 once the results are right, 1 while they are wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0. Without "->" the
axes of the result are in alphabetical order: "ba" is the transpose. The results are compared with NumPy's.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

x, y = np.arange(6, dtype=np.float32).reshape(2, 3), np.arange(12, dtype=np.float32).reshape(3, 4)
np.testing.assert_array_equal(keras.ops.einsum("ba->ab", x), x.T, "control: with the arrow")
np.testing.assert_array_equal(tf.einsum("ba", x), x.T, "control: tf.einsum")
np.testing.assert_array_equal(keras.ops.einsum("kj,ji", x, y), np.einsum("kj,ji", x, y))
np.testing.assert_array_equal(keras.ops.einsum("ba", x), x.T)
