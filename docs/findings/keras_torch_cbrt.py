"""Keras on torch: bfloat16 cbrt is a power with a third that is rounded to bfloat16, and cbrt loses the sign of -0.

Exit status: 0 once the roots are right, 1 while they are not. Seen with keras 3.15.1 and torch 2.13.0.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch

x = torch.tensor([1e30], dtype=torch.bfloat16)
root = float(np.cbrt(x.item()))
np.testing.assert_allclose(keras.ops.cbrt(x.float()).item(), root, rtol=5e-7, err_msg="control: float32")
assert keras.ops.cbrt(torch.tensor([-8.0])).item() == -2, "control: -8"
found = keras.ops.cbrt(x).item()
sign = torch.signbit(keras.ops.cbrt(torch.tensor([-0.0]))).item()
right = sign and abs(found / root - 1) < 0.008
assert right, f"the root of 1e30 is {found:.3g}, that of -0 is {-0.0 if sign else 0.0}; expected {root:.3g} and -0.0"
