"""Keras on TensorFlow: Conv2DTranspose refuses padding="same", output_padding=0 with an even kernel.

Exit status: 0 once the layer returns what it describes, 1 while it raises. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0;
the backends torch and jax return it.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

options = {"padding": "same", "output_padding": 0, "use_bias": False, "kernel_initializer": "ones"}
layer = keras.layers.Conv2DTranspose(1, 4, strides=2, **options)
described = tuple(layer.compute_output_shape((1, 3, 3, 1)))
# Documented: (3 - 1) * 2 + 4 - 2 * padding + 0 with padding 4 // 2.
assert described == (1, 4, 4, 1), f"control: described as {described}"

# Cells 2 to 5 of the 8 x 8 canvas: in each dimension two products reach every one of them.
y = layer(np.ones((1, 3, 3, 1), np.float32))
np.testing.assert_array_equal(keras.ops.convert_to_numpy(y), np.full(described, 4.0), "output")
