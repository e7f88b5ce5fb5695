"""torch: i0 and i1 of infinity are NaN, and i0(90) in float32 is infinity.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0. Both functions grow without bound;
I0(90) is 5.139e37 and below the largest float32, 3.403e38.
"""

import torch
from torch.special import i0, i1

double = i0(torch.tensor([90.0], dtype=torch.float64)).item()
assert abs(double - 5.139238345508664e37) < 1e25, f"control: float64: {double}"
assert abs(i0(torch.tensor([88.0])).item() / 7.034019697322303e36 - 1) < 1e-5, "control: i0(88), float32"
found = {
    "i0(inf)": i0(torch.tensor([float("inf")])).item(),
    "i1(inf)": i1(torch.tensor([float("inf")])).item(),
    "i0(90)": i0(torch.tensor([90.0])).item(),
}
right = found["i0(inf)"] == found["i1(inf)"] == float("inf") and abs(found["i0(90)"] / double - 1) < 1e-5
assert right, f"{found}; expected inf, inf, 5.139e37"
