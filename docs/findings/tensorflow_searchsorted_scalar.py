"""TensorFlow: searchsorted of a scalar raises.

Exit status: 0 once the result is right, 1 while the call raises. Seen with tensorflow-cpu 2.21.0 and with keras 3.15.1 on it.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

edges, value = np.arange(4, dtype="float32"), np.float32(1.5)
expected = np.searchsorted(edges, value)
assert tf.searchsorted(edges, value[None]).numpy() == [expected], "control: a vector of one element"
symbolic = keras.ops.searchsorted(keras.KerasTensor((4,)), keras.KerasTensor(()))
assert symbolic.shape == (), f"control: the description: {symbolic.shape}"
found = {}
for name, function in (("tf", tf.searchsorted), ("keras.ops", keras.ops.searchsorted)):
    try:
        found[name] = int(function(edges, value))
    except Exception as error:
        found[name] = f"{type(error).__name__}: {str(error).partition('}} ')[2][:44]}"
assert found == {"tf": expected, "keras.ops": expected}, found
