"""Keras on torch: the median of infinities is NaN.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with keras 3.15.1 and torch 2.13.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch

x = np.array([1.0, np.inf, np.inf], "float32")
assert np.median(x) == np.inf, "control: NumPy"
assert torch.median(torch.tensor(x)).item() == np.inf, "control: torch"
assert float(keras.ops.median(np.array([1.0, 2.0, np.inf], "float32"))) == 2.0, "control: a finite middle"
found = float(keras.ops.median(x))
assert found == np.inf, f"the median of {x} is {found}; expected inf"
