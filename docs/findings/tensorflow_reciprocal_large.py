"""TensorFlow, float32: reciprocals of large numbers have 13 right bits, when there are enough elements.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

for x, count, label in ((1e33, 64, "control: 1e33"), (1e36, 1, "control: one element"), (1e36, 64, "64 elements")):
    numbers = np.full(count, x, np.float32)
    error = float(np.abs(tf.math.reciprocal(numbers).numpy().astype(float) * numbers - 1).max())
    assert error < 1e-6, f"{label}: the relative error of the reciprocal of {x:g} is {error:.2g}"
