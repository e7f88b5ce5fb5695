"""torch: the greatest common divisor of the smallest integer and 6 is negative.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0; int8, int32 and int64 are the same.
"""

import math

import torch

smallest = -(2**31)
expected = math.gcd(smallest, 6)
x, six = torch.tensor([smallest + 2, smallest], dtype=torch.int32), torch.tensor([6, 6], dtype=torch.int32)
y = torch.gcd(x, six).tolist()
assert y[0] == math.gcd(smallest + 2, 6), "control: another even integer"
assert y[1] == expected, f"gcd(-2**31, 6) is {y[1]}; expected {expected}"
