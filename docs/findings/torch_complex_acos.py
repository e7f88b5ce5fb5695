"""torch, complex128: acos of a number near 1 has nine right digits.

Exit status: 0 once the result is right, 1 while it is wrong. Seen with torch 2.13.0.
"""

import cmath

import torch

near = 1 + 1e-13j
first = cmath.sqrt(2 * (1 - near))  # the first term of the expansion at 1; the next is 1e-14 of it
assert abs(cmath.acos(near) - first) < 1e-12 * abs(first), "control: cmath.acos is the square root of 2 (1 - z) near 1"
for z in (0.5 + 0.5j, near):
    found, expected = torch.acos(torch.tensor(z, dtype=torch.complex128)).item(), cmath.acos(z)
    control = "control: " if z != near else ""
    assert abs(found - expected) < 1e-13 * abs(expected), f"{control}acos({z}) is {found}; expected {expected}"
