"""Keras on torch: average_pool with uneven "same" padding counts copies of the last element.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and torch 2.13.0. Two windows of four with a
stride of three need one element of padding, after the last: the second window holds 4, 6 and 9.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

x = np.array([1, 2, 3, 4, 6, 9], "float32").reshape(1, 6, 1)
for size, expected, name in ((3, [2, 19 / 3], "control: no padding"), (4, [2.5, 19 / 3], "one element of padding")):
    y = keras.ops.average_pool(x, size, 3, "same", data_format="channels_last")
    np.testing.assert_allclose(keras.ops.convert_to_numpy(y).ravel(), expected, rtol=1e-6, err_msg=name)
