"""Keras on torch: rgb_to_hsv of a dark bfloat16 image is black: components below 2**-7 are taken for zero.

Exit status: 0 once the result is right, 1 while it is black. Seen with keras 3.15.1 and torch 2.13.0. The
number 1/256 is exact in bfloat16, and float32 gives the right colour, that of the standard library's colorsys.
"""

import colorsys
import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

dark = [0.0, 1 / 256, 0.0]
expected = colorsys.rgb_to_hsv(*dark)


def converted(dtype):
    image = keras.ops.convert_to_tensor(np.array([[dark]]), dtype)
    return keras.ops.image.rgb_to_hsv(image, data_format="channels_last")[0, 0].float()


np.testing.assert_allclose(converted("float32").numpy(), expected, rtol=1e-6, err_msg="control: float32")
np.testing.assert_allclose(converted("bfloat16").numpy(), expected, rtol=0.01)
