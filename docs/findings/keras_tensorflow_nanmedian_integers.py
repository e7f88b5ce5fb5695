"""Keras on TensorFlow: nanmedian and nanquantile of integers along an axis raise InvalidArgumentError.

Exit status: 0 once both give the medians of the rows, 1 while they raise. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0; along no
axis, of floats, and on torch, jax and NumPy they give them.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

x = np.array([[3, 1, 2], [9, 4, 6]], np.int32)
calls = {
    "nanmedian": lambda x: keras.ops.nanmedian(x, axis=1),
    "nanquantile": lambda x: keras.ops.nanquantile(x, 0.5, axis=1),
}
assert keras.ops.median(x, axis=1).numpy().tolist() == [2, 6], "control: median"
assert keras.ops.nanmedian(x).numpy() == 3.5, "control: along no axis"
assert all(call(x.astype(np.float32)).numpy().tolist() == [2, 6] for call in calls.values()), "control: floats"
assert np.nanmedian(x, axis=1).tolist() == [2, 6], "control: NumPy"


def found(call):
    """The medians, or the exception's name."""
    try:
        return call(x).numpy().tolist()
    except Exception as error:
        return type(error).__name__


results = {name: found(call) for name, call in calls.items()}
assert results == {name: [2, 6] for name in calls}, results
