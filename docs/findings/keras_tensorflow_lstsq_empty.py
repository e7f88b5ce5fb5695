"""Keras on TensorFlow: least squares without equations, or without unknowns, raise.

Exit status: 0 once the solutions are zeros of the right shape, 1 while the calls raise. Seen with keras 3.15.1 and tensorflow-cpu 2.21.0;
torch, jax and NumPy return.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np


def solution(a, b):
    try:
        return keras.ops.lstsq(np.ones(a, np.float32), np.ones(b, np.float32)).numpy().tolist()
    except Exception as error:
        return "refused" if "slice index 0 of dimension 0 out of bounds" in str(error) else f"control: {error}"


np.testing.assert_allclose(solution((2, 1), (2, 1)), [[1]], rtol=1e-6, err_msg="control: two equations")
assert np.linalg.lstsq(np.ones((0, 2)), np.ones((0, 1)), rcond=None)[0].tolist() == [[0], [0]], "control: NumPy"
found = {"no equations": solution((0, 2), (0, 1)), "no unknowns": solution((2, 0), (2, 1))}
assert found == {"no equations": [[0], [0]], "no unknowns": []}, found
