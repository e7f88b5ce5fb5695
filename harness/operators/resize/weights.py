"""Interpolation along one axis as a matrix of weights, with how fast each weight changes with the source coordinate.

A resize is linear in its input and separable: one matrix (outputs, inputs) per axis. Source coordinate of output o, for n inputs
and m outputs:

* half_pixel: (o + 1/2) n / m - 1/2 (torch align_corners=False, tf.image.resize, jax.image.resize);
* align_corners: o (n - 1) / (m - 1), 0 for one output (torch align_corners=True, tf.compat.v1 align_corners=True);
* asymmetric: o n / m (torch mode="nearest", tf.compat.v1 without either flag).

A border is replicated (taps beyond it read the border element) or renormalised (they are left out, and the other weights divided by their
sum). With antialias a kernel is stretched by n / m where that exceeds one. Read by the workers: Python 3.9 syntax.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Callable, Dict, Optional, Tuple

import numpy as np

from harness.operators.pooling.taps import PADDING, adaptive

Real = np.longdouble
Kernel = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Weights:
    """``values`` and ``slopes`` (outputs, inputs): the weights, and bounds of their change per unit of the source coordinate, which is
    ``reach`` (outputs,) in size at most. ``absolute``: the weights have an error of their own that does not shrink with them.
    ``undivided`` is how many times larger than the result the sum is that some implementation divides at last."""

    values: np.ndarray
    slopes: np.ndarray
    reach: np.ndarray
    absolute: bool = False
    undivided: float = 1.0


def coordinates(n: int, m: int, rule: str, step: Optional[Fraction] = None) -> np.ndarray:
    """The source coordinates of ``m`` outputs, ``step`` apart: n / m where there is no other."""
    o = np.arange(m, dtype=Real)
    if rule == "align_corners":
        return o * (n - 1) / max(m - 1, 1)
    over, under = (n, m) if step is None else (step.numerator, step.denominator)
    return o * over / under if rule == "asymmetric" else (o + Real(0.5)) * over / under - Real(0.5)


def nearest_indices(n: int, m: int, rule: str, step: Optional[Fraction] = None) -> Tuple[np.ndarray, np.ndarray]:
    """The element next to each coordinate, and how far the coordinate is above one that gives another (negative: below).

    floor(o step) for asymmetric, floor((o + 1/2) step) for half_pixel, and round half up for align_corners.
    """
    place = coordinates(n, m, rule, step)
    if rule != "asymmetric":
        place = place + Real(0.5)
    over, under = (n, m) if step is None else (step.numerator, step.denominator)
    # In rational arithmetic: a quotient that is an integer must not become less than it.
    if rule == "half_pixel":
        exact = np.array([(2 * o + 1) * over // (2 * under) for o in range(m)], np.int64)
    elif rule == "asymmetric":
        exact = np.array([o * over // under for o in range(m)], np.int64)
    else:
        exact = np.array([(2 * o * (n - 1) + max(m - 1, 1)) // (2 * max(m - 1, 1)) for o in range(m)], np.int64)
    return np.clip(exact, 0, n - 1), np.asarray(place - np.rint(place))


def linear(x: np.ndarray) -> np.ndarray:
    """The triangle of radius 1."""
    return np.maximum(0, 1 - np.abs(x))


def cubic(a: float) -> Kernel:
    """Keys' cubic convolution of radius 2 with parameter ``a`` (R. G. Keys, IEEE Trans. ASSP 29(6), 1981)."""

    def kernel(x: np.ndarray) -> np.ndarray:
        x = np.abs(x)
        inner = ((a + 2) * x - (a + 3)) * x * x + 1
        outer = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
        return np.where(x < 1, inner, np.where(x < 2, outer, 0))

    return kernel


def lanczos(radius: int) -> Kernel:
    """sinc(x) sinc(x / radius) within ``radius``."""

    def kernel(x: np.ndarray) -> np.ndarray:
        pi = Real("3.14159265358979323846")
        safe = np.where(x == 0, 1, x)
        value = radius * np.sin(pi * safe) * np.sin(pi * safe / radius) / (pi * safe) ** 2
        return np.where(np.abs(x) >= radius, 0, np.where(x == 0, 1, value))

    return kernel


KERNELS: Dict[str, Tuple[Kernel, int, float]] = {
    "linear": (linear, 1, 1.0),
    "cubic -0.5": (cubic(-0.5), 2, 1.4),
    "cubic -0.75": (cubic(-0.75), 2, 1.4),
    "lanczos3": (lanczos(3), 3, 1.4),
    "lanczos5": (lanczos(5), 5, 1.4),
}
"""Kernel, radius and a bound of its slope: cubic has its steepest place at 5/9 with 25/18 (a = -1/2) and at 3/5 with 27/20
(a = -3/4), Lanczos below that of sin(pi x) / (pi x), which is 1.371, but for the slope of its window: 1.375."""


def kernel_weights(
    n: int,
    m: int,
    name: str,
    rule: str = "half_pixel",
    border: str = "renormalise",
    antialias: bool = False,
    step: Optional[Fraction] = None,
) -> Weights:
    """The weights of a kernel: at the source coordinate minus the tap, over the stretch."""
    kernel, radius, steepest = KERNELS[name]
    source = coordinates(n, m, rule, step)
    apart = Real(n) / m if step is None else Real(step.numerator) / Real(step.denominator)
    stretch = max(apart, Real(1)) if antialias else Real(1)
    beyond = radius if border == "replicate" else 0
    taps = np.arange(-beyond, n + beyond)
    distance = (source[:, None] - taps[None, :]) / stretch
    raw = kernel(distance)
    slope = np.where(np.abs(distance) <= radius + 1e-3, Real(steepest), 0) / stretch
    if beyond:
        folded, slopes = np.zeros((m, n), Real), np.zeros((m, n), Real)
        for column, tap in enumerate(np.clip(taps, 0, n - 1)):
            folded[:, tap] += raw[:, column]
            slopes[:, tap] += slope[:, column]
        raw, slope = folded, slopes
    total = raw.sum(axis=1, keepdims=True)
    values = raw / total
    # d(w / t) = dw / t - w dt / t**2, where t is the sum of the weights.
    slopes = slope / np.abs(total) + np.abs(values) * slope.sum(axis=1, keepdims=True) / np.abs(total)
    return Weights(values, slopes, np.abs(source) + 1, name != "linear")


def area_weights(n: int, m: int) -> Weights:
    """Overlaps of [o n / m, (o + 1) n / m) with [i, i + 1), over n / m (tf.raw_ops.ResizeArea, jax.image.resize "area")."""
    edges = np.arange(m + 1, dtype=Real) * n / m
    taps = np.arange(n, dtype=Real)
    overlap = np.minimum(edges[1:, None], taps + 1) - np.maximum(edges[:-1, None], taps)
    values = np.maximum(overlap, 0) * m / n
    touched = np.zeros((m, n), Real)
    for edge in (edges[:-1], edges[1:]):
        touched += (edge[:, None] >= taps - 1e-3) & (edge[:, None] <= taps + 1 + 1e-3)
    return Weights(values, touched * m / n, edges[1:] + 1, undivided=max(n / m, 1.0))


def adaptive_weights(n: int, m: int) -> Weights:
    """Averages over torch's adaptive windows, what its mode "area" means."""
    places = adaptive(n, m)
    values = np.zeros((m, n), Real)
    for o, row in enumerate(places):
        kept = row[row != PADDING]
        values[o, kept] = 1 / Real(len(kept))
    return Weights(values, np.zeros((m, n), Real), np.zeros(m, Real), undivided=float(places.shape[1]))


def along(x: np.ndarray, matrix: np.ndarray, axis: int) -> np.ndarray:
    """The matrix times the vectors along ``axis``."""
    return np.moveaxis(np.tensordot(matrix.astype(x.dtype), x, axes=(1, axis)), 0, axis)
