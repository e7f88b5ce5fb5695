"""Keras on TensorFlow: keras.ops.scatter_update ignores updates for which there is no index.

Exit status: 0 once they are refused, 1 while they are taken. Seen with keras 3.15.1. The updates are documented to have
the shape `(num_updates, inputs.shape[k:])`, num_updates being the length of the indices; the other reductions refuse them.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

INDICES = np.array([[0], [1]])


def scattered(reduction, count):
    """The result for so many updates of 5 and two indices, or None where it is refused."""
    try:
        y = keras.ops.scatter_update(keras.ops.ones(3), INDICES, np.full(count, 5.0, "float32"), reduction=reduction)
    except Exception:
        return None
    return keras.ops.convert_to_numpy(y).tolist()


assert scattered("max", 2) is not None, "control: as many updates as indices"
assert scattered("max", 3) is None, "control: another reduction"
assert scattered("mul", 2) == [5, 5, 1], "control: a product"
taken = {reduction: y for reduction in ("mul",) if (y := scattered(reduction, 3)) is not None}
assert not taken, f"three updates for two indices: {taken}"
