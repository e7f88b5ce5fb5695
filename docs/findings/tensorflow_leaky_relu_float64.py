"""TensorFlow, float64: the slope of leaky_relu is that of float32.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

for alpha, label in ((0.25, "control: a slope that float32 holds"), (0.3, "alpha 0.3")):
    found = float(tf.nn.leaky_relu(np.array([-1.0]), alpha=alpha)[0])
    assert abs(found + alpha) <= 1e-15, f"{label}: leaky_relu(-1) is {found}"
