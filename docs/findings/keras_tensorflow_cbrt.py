"""Keras on TensorFlow: cbrt is a power with a third that is rounded to the dtype, and loses the sign of -0.

Exit status: 0 once the roots are right, 1 while they are not. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

wrong = {}
for dtype, most in (("float64", 1e-14), ("float32", 5e-7), ("bfloat16", 0.008)):
    x = keras.ops.cast([1e-30, 1.0], dtype)
    found, one = keras.ops.cast(keras.ops.cbrt(x), "float64").numpy()
    assert one == 1, f"control: the root of 1, {dtype}"
    error = abs(found / np.cbrt(keras.ops.cast(x, "float64").numpy()[0]) - 1)
    if error > most:
        wrong[dtype] = f"{error:.1e}"
sign = np.signbit(keras.ops.cbrt(np.array([-0.0], np.float32)).numpy())[0]
right = sign and not wrong
assert right, f"the relative errors at 1e-30 are {wrong}; the root of -0 is {-0.0 if sign else 0.0}"
