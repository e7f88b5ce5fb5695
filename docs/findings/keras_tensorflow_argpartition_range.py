"""Keras on TensorFlow: argpartition takes a kth that the axis does not have.

Exit status: 0 once the calls are refused, 1 while they are computed. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0; described on
all three backends. NumPy raises "kth out of bounds".
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

x = np.array([4, 1, 3, 2], "int32")
order = np.asarray(keras.ops.argpartition(x, 3))
assert x[order][3] == 4, f"control: kth 3: {order}"


def accepted(function, *arguments):
    try:
        return function(*arguments) is not None
    except Exception:
        return False


assert not accepted(np.argpartition, x, 4), "control: NumPy computes kth 4"
symbolic = keras.KerasTensor((4,), "int32")
found = {
    "computed": [kth for kth in (4, -5, 2**31) if accepted(keras.ops.argpartition, x, kth)],
    "described": [kth for kth in (4, -5, 2**31) if accepted(keras.ops.argpartition, symbolic, kth)],
}
assert found == {"computed": [], "described": []}, f"kth of four elements: {found}"
