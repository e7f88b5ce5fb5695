"""Means and variances, and what normalisations share."""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np

from harness.operators import functions as f
from harness.operators.tracked import Tracked, reshape

Axes = Tuple[int, ...]


def moments(x: Tracked, axes: Axes) -> Tuple[Tracked, Tracked]:
    """Mean and biased variance over axes, which are kept.

    Where the arithmetic is ``normwise`` the variance may be the mean square less the squared mean, which cancels.
    """
    mean = x.mean(axes, True)
    centred = f.square(x - mean).mean(axes, True)
    if not x.how.normwise:
        return mean, centred
    difference = f.square(x).mean(axes, True) - f.square(mean)
    return mean, Tracked(x.how, centred.value, np.maximum(centred.error, difference.error), centred.parents)


def normalised(x: Tracked, axes: Axes, epsilon: float) -> Tracked:
    """(x - mean) / sqrt(variance + epsilon)."""
    mean, variance = moments(x, axes)
    return affine(x, mean, variance, epsilon, None, None)


def affine(
    x: Tracked, mean: Tracked, variance: Tracked, epsilon: float, w: Optional[Tracked], bias: Optional[Tracked]
) -> Tracked:
    """(x - mean) / sqrt(variance + epsilon) w + bias.

    The factors of x and the constant terms may be collected first, which cancels, in the gradient of w as well.
    """
    deviation = f.sqrt(variance + epsilon)
    y = scaled(f.worst((x - mean) / deviation, x / deviation - mean / deviation), w, bias)
    factor = 1.0 / deviation if w is None else w / deviation
    other = x * factor + (-(mean * factor) if bias is None else bias - mean * factor)
    return Tracked(x.how, y.value, np.maximum(y.error, other.error), y.parents)


def scaled(y: Tracked, w: Optional[Tracked], bias: Optional[Tracked]) -> Tracked:
    """y w + bias, where they are given."""
    if w is not None:
        y = y * w
    return y if bias is None else y + bias


def by_channel(v: Optional[Tracked], rank: int) -> Optional[Tracked]:
    """A vector along axis 1 of an array of that rank."""
    return None if v is None else reshape(v, (-1, *(1,) * (rank - 2)))
