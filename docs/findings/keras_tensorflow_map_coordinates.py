"""Keras on TensorFlow: keras.ops.image.map_coordinates with "mirror" and "reflect" takes the wrong elements beyond the border.

Exit status: 0 once the results are right, 1 while they are wrong. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0. The documentation
extends (a b c d) by "mirror" to (c d c b | a b c d | c b a b) and by "reflect" to (d c b a | a b c d | d c b a).
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

x = np.array([1, 2, 3, 4], "float32")
expected = {
    "nearest": ([1, 1, 1], [4, 4, 4]),
    "wrap": ([2, 3, 4], [1, 2, 3]),
    "mirror": ([4, 3, 2], [3, 2, 1]),
    "reflect": ([3, 2, 1], [4, 3, 2]),
}
wrong = {}
for mode, sides in expected.items():
    for places, right in zip(([-3, -2, -1], [4, 5, 6]), sides, strict=True):
        try:
            y = keras.ops.image.map_coordinates(x, np.array([places], "float32"), order=0, fill_mode=mode)
            found = keras.ops.convert_to_numpy(y).tolist()
        except Exception as error:
            found = type(error).__name__
        if found != right:
            wrong[f"{mode} at {places}"] = found
assert not {name for name in wrong if name.startswith(("nearest", "wrap"))}, f"control: {wrong}"
assert not wrong, wrong
