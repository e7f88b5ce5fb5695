"""Keras on TensorFlow: the gradient of celu at 0 is 2.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import tensorflow as tf

x = tf.constant([1e-3, -1e-3, 0.0])
with tf.GradientTape() as tape:
    tape.watch(x)
    y = keras.ops.celu(x)
found = [round(float(slope), 2) for slope in tape.gradient(y, x)]
assert found[:2] == [1, 1], "control: the slopes on both sides"
assert found[2] == 1, f"the slope at 0 is {found[2]}"
