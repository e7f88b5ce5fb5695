"""TensorFlow, CPU: atan2 of two subnormal numbers is NaN.

Exit status: 0 once it is right or that of zeros, 1 while it is neither. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

for x, label in ((0.0, "control: zeros"), (2e-38, "control: normal numbers"), (1e-39, "subnormal numbers")):
    number = np.float32(x)
    found, expected = float(tf.math.atan2(number, number)), float(np.arctan2(number, number))
    right = abs(found - expected) <= 1e-6 * expected or (found == 0 and "subnormal" in label)
    assert right, f"{label}: atan2 is {found}; expected {expected:.4f}"
