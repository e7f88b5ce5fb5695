"""torch, float64: gammainc and gammaincc of a shape above 20 and a near limit have nine right digits.

Exit status: 0 once the results are right, 1 while they are wrong. Seen with torch 2.13.0.
"""

import math

import torch


def both(a, x):
    """The lower and the upper function of two numbers in float64."""
    pair = torch.tensor(a, dtype=torch.float64), torch.tensor(x, dtype=torch.float64)
    return torch.special.gammainc(*pair).item(), torch.special.gammaincc(*pair).item()


def upper(a, x):
    """Of a whole a the sum over k below a of exp(-x) x**k / k!, whose terms are positive."""
    return math.fsum(math.exp(k * math.log(x) - x - math.lgamma(k + 1)) for k in range(a))


for a, x in ((19, 25), (37, 45), (100, 100)):
    lower, found = both(float(a), float(x))
    expected = upper(a, x)
    control = "control: " if a < 20 else ""
    assert abs(found - expected) < 1e-12 * expected, f"{control}gammaincc({a}, {x}) is {found!r}; expected {expected!r}"
    assert abs(lower - (1 - expected)) < 1e-12, f"{control}gammainc({a}, {x}) is {lower!r}; expected {1 - expected!r}"
