"""torch: sinc of a number of which pi times overflows is NaN.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0. |sinc(x)| is at most 1 / (pi |x|), so that it is below
1e-38 for x of 3e38.
"""

import torch

values = [1e38, 1.08e38]
assert torch.sinc(torch.tensor(values)).abs().max() < 1e-38, "control: below the largest number divided by pi"
assert abs(torch.sinc(torch.tensor(3e38, dtype=torch.float64)).item()) < 1e-38, "control: float64"
found = {str(dtype): torch.sinc(torch.tensor(3e38, dtype=dtype)).item() for dtype in (torch.float32, torch.bfloat16)}
assert all(abs(value) < 1e-38 for value in found.values()), f"sinc(3e38): {found}; expected less than 1e-38"
