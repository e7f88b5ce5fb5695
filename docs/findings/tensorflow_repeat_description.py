"""TensorFlow: repeat and tile a negative number of times are described, with an unknown length.

Exit status: 0 once the traces are refused, 1 while they are described. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

CALLS = {
    "repeat": lambda x, times: tf.repeat(x, times),
    "tile": lambda x, times: tf.tile(x, [times]),
}


def computed(function, times):
    try:
        return function(np.ones(3, "float32"), times).shape.as_list()
    except Exception:
        return None


def described(function, times):
    try:
        traced = tf.function(function).get_concrete_function(tf.TensorSpec((3,), tf.float32), times)
    except Exception:
        return None
    return traced.structured_outputs.shape.as_list()


for name, function in CALLS.items():
    assert computed(function, -1) is None, f"control: {name} is computed: {computed(function, -1)}"
    assert described(function, 2) == [6], f"control: {name} twice is described as {described(function, 2)}"
found = {name: described(function, -1) for name, function in CALLS.items()}
assert found == {"repeat": None, "tile": None}, f"-1 times: described as {found}"
