"""torch: the mean that var_mean and std_mean give of numbers with an infinity is NaN.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import torch

x = torch.tensor([1.0, float("inf"), 2.0])
assert torch.mean(x).item() == float("inf"), "control: mean"
assert np.mean(x.numpy()) == float("inf"), "control: NumPy"
assert torch.var_mean(torch.tensor([1.0, 4.0, 7.0]))[1].item() == 4.0, "control: finite"
assert torch.var_mean(x)[1].item() == float("inf"), f"the mean is {torch.var_mean(x)[1].item()}; expected inf"
