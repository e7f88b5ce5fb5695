"""Keras on TensorFlow: matmul, dot, inner, vdot and einsum of int32 go through float32.

Exit status: 0 once the results are right, 1 while they are wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0. 2**24 + 1 is the
smallest positive integer that float32 does not hold.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

a, b = np.array([[2**24 + 1]], "int32"), np.array([[3]], "int32")
expected = (2**24 + 1) * 3
assert tf.matmul(a, b).numpy().item() == expected, "control: tf.matmul"
assert keras.ops.convert_to_numpy(keras.ops.multiply(a, b)).item() == expected, "control: multiply"
functions = (keras.ops.matmul, keras.ops.dot, keras.ops.inner, keras.ops.vdot)
found = {f.__name__: keras.ops.convert_to_numpy(f(a, b)).item() for f in functions[:2]}
found |= {f.__name__: keras.ops.convert_to_numpy(f(a[0], b[0])).item() for f in functions[2:]}
found["einsum"] = keras.ops.convert_to_numpy(keras.ops.einsum("ij,ji->", a, b)).item()
assert set(found.values()) == {expected}, f"{found}; expected {expected}"
