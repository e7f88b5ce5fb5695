"""tf_keras: Conv3DTranspose takes and documents dilation_rate and ignores it.

Exit status: 0 once the dilation is used or refused, 1 while it is ignored. Seen with tf_keras 2.21.0 and tensorflow-cpu 2.21.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf
import tf_keras

x = tf.ones((1, 3, 3, 3, 1))
plane = tf_keras.layers.Conv2DTranspose(1, 3, dilation_rate=2)(x[0])
assert tuple(plane.shape) == (3, 7, 7, 1), f"control: Conv2DTranspose: {plane.shape}"
try:
    y = tf_keras.layers.Conv3DTranspose(1, 3, dilation_rate=2)(x)
except (ValueError, tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
    pass
else:
    # (3 - 1) * 1 + 2 * (3 - 1) + 1 in every dimension.
    assert tuple(y.shape) == (1, 7, 7, 7, 1), f"Conv3DTranspose: {tuple(y.shape)}; expected (1, 7, 7, 7, 1)"
