"""TensorFlow, XLA: the float64 singular value decomposition is right to seven digits.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0: with `jit_compile=True` the product of
the factors departs from the matrix by 2.6e-7; without it by 1e-14.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

matrix = np.arange(16.0).reshape(4, 4) % 7


def error(function):
    """Largest difference of U diag(s) V^T from the matrix."""
    s, u, v = (each.numpy() for each in function(tf.constant(matrix)))
    return np.abs((u * s) @ v.T - matrix).max()


eager = error(tf.linalg.svd)
assert eager < 1e-13, f"control: eager departs by {eager}"
compiled = error(tf.function(tf.linalg.svd, jit_compile=True))
assert compiled < 1e-13, f"U diag(s) V^T departs from the float64 matrix by {compiled:.2g}"
