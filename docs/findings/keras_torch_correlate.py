"""Keras on torch: correlate with "same" is as long as its first operand, and a result of one number has no axis.

Exit status: 0 once both are right, 1 while they are not. Seen with keras 3.15.1 and torch 2.13.0+cpu. "same" is documented to return an
output of length max(M, N), "valid" one of length max(M, N) - min(M, N) + 1. The results are compared with NumPy's.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np

x, w = np.array([1, 2, 3], np.float32), np.arange(5, dtype=np.float32)


def check(first, second, mode, words=""):
    found = keras.ops.convert_to_numpy(keras.ops.correlate(first, second, mode=mode))
    expected = np.correlate(first, second, mode)
    assert found.shape == expected.shape, f"{mode}: shape {found.shape}; expected {expected.shape} {words}"
    np.testing.assert_allclose(found, expected, err_msg=f"{mode} {words}")


check(w, x, "same", "control: the longer one first")
check(x, w, "full", "control: full")
assert keras.ops.correlate(keras.KerasTensor((3,)), keras.KerasTensor((5,)), mode="same").shape == (5,), (
    "control: described"
)
wrong = []
for case in ((x, w, "same"), (x, x, "valid")):
    try:
        check(*case)
    except AssertionError as error:
        wrong.append(str(error).strip())
assert not wrong, "; ".join(wrong)
