"""TensorFlow, XLA on the CPU: `maximum` and `minimum` lose a NaN of the second operand.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with tensorflow-cpu 2.21.0 in float16, float32 and float64.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

zero, nan = tf.constant([0.0]), tf.constant([np.nan])
lost = {}
for function in (tf.maximum, tf.minimum):
    compiled = tf.function(function, jit_compile=True)
    assert np.isnan(function(zero, nan)), "control: eager"
    assert np.isnan(compiled(nan, zero)), "control: the first operand"
    value = float(compiled(zero, nan)[0])
    if not np.isnan(value):
        lost[function.__name__] = value
assert not lost, f"of 0 and NaN: {lost}"
