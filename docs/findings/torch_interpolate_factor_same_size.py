"""torch: interpolate by a factor that leaves the number of elements copies them, and does not use the factor.

Exit status: 0 once the factor is used, 1 while it is not. Seen with torch 2.13.0. Without recompute_scale_factor outputs lie 1 / factor
apart, so that output o of a linear interpolation of 0, 1, 2, ... is (o + 1/2) / factor - 1/2, not below 0.
"""

import torch
from torch.nn.functional import interpolate


def row(count: int, factor: float, **facts: object) -> list[float]:
    """A row 0, 1, 2, ... resized by a factor."""
    return interpolate(torch.arange(float(count)).reshape(1, 1, -1), scale_factor=factor, **facts).flatten().tolist()


def near(one: list[float], other: list[float]) -> bool:
    """Whether they are the same but for rounding."""
    return len(one) == len(other) and all(abs(a - b) < 1e-5 for a, b in zip(one, other, strict=True))


def by_factor(count: int, factor: float) -> list[float]:
    """The linear interpolation by the documentation."""
    return [max((o + 0.5) / factor - 0.5, 0.0) for o in range(int(count * factor))]


assert near(row(4, 1.3, mode="linear"), by_factor(4, 1.3)), "control: four elements become five"
assert near(row(3, 1.3, mode="linear", recompute_scale_factor=True), [0, 1, 2]), "control: recompute_scale_factor"
assert row(3, 1.3, mode="nearest-exact") == [0, 1, 1], "control: nearest-exact"
assert row(4, 2.3, mode="nearest") == [int(o / 2.3) for o in range(9)], "control: nine elements"
found = {
    "linear, 3 elements, 1.3": (row(3, 1.3, mode="linear"), by_factor(3, 1.3)),
    "nearest, 3 elements, 1.3": (row(3, 1.3, mode="nearest"), [int(o / 1.3) for o in range(3)]),
    "nearest, 4 elements, 2.2": (row(4, 2.2, mode="nearest"), [int(o / 2.2) for o in range(8)]),
}
wrong = [f"{name}: {got}; expected {expected}" for name, (got, expected) in found.items() if not near(got, expected)]
assert not wrong, "; ".join(wrong)
