"""Keras on TensorFlow: ldexp is infinity or 0 where only the power of two is out of range.

Exit status: 0 once the results are right, 1 while they are wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

for x, exponent, label in ((0.25, 127, "control"), (0.25, 128, "0.25 * 2**128"), (2.0**100, -150, "2**100 * 2**-150")):
    mantissa, power = np.float32(x), np.int32(exponent)
    found, expected = float(keras.ops.ldexp(mantissa, power)), float(np.ldexp(mantissa, power))
    assert found == expected, f"{label} is {found}; expected {expected:.4g}"
