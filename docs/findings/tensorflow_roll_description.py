"""TensorFlow: the static shapes of roll and fftshift take an axis that is out of range.

Exit status: 0 once the traces are refused, 1 while they are described. Seen with tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

CALLS = {
    "roll": lambda x: tf.roll(x, [1], axis=[2]),
    "fftshift": lambda x: tf.signal.fftshift(x, axes=[2]),
    "reverse": lambda x: tf.reverse(x, axis=[2]),
}


def refused(function, *arguments):
    try:
        return function(*arguments) is None
    except Exception:
        return True


def describe(function):
    return tf.function(function).get_concrete_function(tf.TensorSpec((2, 3), tf.float32)).structured_outputs.shape


for name, function in CALLS.items():
    assert refused(function, np.ones((2, 3), "float32")), f"control: {name} computes the axis 2 of two axes"
assert refused(describe, CALLS["reverse"]), "control: reverse describes the axis 2 of two axes"
found = {name: describe(CALLS[name]).as_list() for name in ("roll", "fftshift") if not refused(describe, CALLS[name])}
assert not found, f"the axis 2 of two axes is described: {found}"
