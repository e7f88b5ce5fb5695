"""Keras on TensorFlow: keras.ops.add and multiply of a complex array and True raise TypeError.

Exit status: 0 once they compute, 1 while they raise. Seen with keras 3.15.1 and tensorflow 2.21.0. torch and JAX compute them.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

x = keras.ops.convert_to_tensor(np.array([1 + 2j], "complex64"))
one = keras.ops.convert_to_tensor(np.array([1.0], "float32"))
assert keras.ops.add(x, 1).numpy() == 2 + 2j, "control: 1 in the place of True"
assert keras.ops.add(one, True).numpy() == 2, "control: float32 and True"
assert keras.ops.add(x, keras.ops.convert_to_tensor(True)).numpy() == 2 + 2j, "control: True as a tensor"
assert keras.backend.result_type("complex64", "bool") == "complex64", "control: the documented promotion"
try:
    found = [keras.ops.add(x, True).numpy().tolist(), keras.ops.multiply(x, True).numpy().tolist()]
except TypeError as error:
    found = str(error)
assert found == [[2 + 2j], [1 + 2j]], found
