"""Keras on TensorFlow: keras.ops.add adds (1, C, 1, 1) along the last axis when that has C elements too.

So the bias of a channels-first layer lands on the wrong axis.
Exit status: 0 once the results are right, 1 while they are wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

zeros, bias = np.zeros((1, 2, 1, 2), np.float32), np.array([1, 2], np.float32).reshape(1, 2, 1, 1)

# Swapped operands and subtraction follow NumPy; so does addition to another length.
np.testing.assert_array_equal(keras.ops.add(bias, zeros), bias + zeros, "control: swapped")
np.testing.assert_array_equal(keras.ops.subtract(zeros, -bias), bias + zeros, "control: subtract")
wide = np.zeros((1, 2, 1, 3), np.float32)
np.testing.assert_array_equal(keras.ops.add(wide, bias), wide + bias, "control: length 3")

layer = keras.layers.Conv1D(2, 1, data_format="channels_first", kernel_initializer="zeros")
layer.build((1, 1, 2))
layer.bias.assign([1.0, 2.0])
y = layer(np.ones((1, 1, 2), np.float32))

np.testing.assert_array_equal(keras.ops.add(zeros, bias), zeros + bias, "add")
np.testing.assert_array_equal(keras.ops.convert_to_numpy(y), [[[1, 1], [2, 2]]], "layer")
