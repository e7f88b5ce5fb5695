"""Samples of an array at places between its elements: the value, and the vector-Jacobian products for the array and for the places.

A sample is the sum over all combinations of one tap per axis of the product of their weights times the element there. An implementation
computes each place with an error of its own, which moves each weight by its slope times that error; where the place lies so close to a
kink (an element of a linear interpolation, a border) that rounding decides on which side it is, the derivative is left open.

Bounds: the sum of K products of r weights costs K + 4 r + 4 roundings of the dtype, every one relative to the sum of magnitudes.
Read by the workers: Python 3.9 syntax; standard library and NumPy only.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any, Iterator, List, Sequence, Tuple

import numpy as np

from harness.formats import FLOATS
from harness.meaning import Accuracy, Expected


@dataclass(frozen=True)
class Tap:
    """One tap along an axis, arrays over the places: ``index`` within the axis, whether it is ``inside`` the array, ``weight`` and its
    derivative ``slope`` with the largest errors of both."""

    index: np.ndarray
    inside: np.ndarray
    weight: np.ndarray
    slope: np.ndarray
    error: np.ndarray
    slope_error: np.ndarray


Axis = List[Tap]
Rows = List[Tuple[Any, ...]]
"""(position, weight, slope, error, slope error) of the taps along an axis."""


@dataclass(frozen=True)
class Sampled:
    """A sum and what its bound is made of: ``size`` the sum of magnitudes, ``lost`` what errors of the weights may change."""

    value: np.ndarray
    size: np.ndarray
    lost: np.ndarray

    def scaled(self, factor: Any) -> Sampled:
        """Times a factor that is known exactly."""
        return Sampled(self.value * factor, self.size * np.abs(factor), self.lost * np.abs(factor))

    def sum(self, axis: Tuple[int, ...]) -> Sampled:
        """Summed over axes."""
        return Sampled(self.value.sum(axis), self.size.sum(axis), self.lost.sum(axis))

    def expected(
        self, shape: Tuple[int, ...], dtype: str, roundings: Any, name: str = "y", free: Any = None
    ) -> Expected:
        """As an output whose arithmetic costs so many roundings of the dtype."""
        form = FLOATS[dtype]
        value, size, lost = (np.asarray(part).reshape(shape) for part in (self.value, self.size, self.lost))
        n = np.broadcast_to(roundings, self.value.shape).reshape(shape)
        overflowing = ~(size + lost <= form.largest / 8)
        if free is not None:
            overflowing = overflowing | np.asarray(free).reshape(shape)
        nu = n * form.roundoff
        error = np.where(overflowing, 0, lost + nu / (1 - np.minimum(nu, 0.5)) * (size + lost)) * (1 + 2.0**-9)
        overflowing = overflowing | (nu > 0.25)

        def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
            tiny = form.smallest_normal if accuracy.flushes(dtype) else form.smallest_subnormal
            return np.asarray(error + (n + 2) * tiny)

        return Expected(shape, dtype, (value,), bound, free=overflowing if overflowing.any() else None, name=name)


def linear_axis(place: np.ndarray, error: np.ndarray, roundoff: float) -> Rows:
    """Linear interpolation; a neighbour that rounding may reach has the weight zero."""
    base = np.floor(place)
    part = place - base
    rows: Rows = []
    for step, weight, slope in ((0, 1 - part, -1.0), (1, part, 1.0)):
        rows.append((base + step, weight, np.full_like(part, slope), error + 2 * roundoff, np.zeros_like(part)))
    for step, near in ((-1, part <= error), (2, 1 - part <= error)):
        if near.any():
            moved = np.where(near, error + 2 * roundoff, 0)
            rows.append((base + step, np.zeros_like(part), np.zeros_like(part), moved, np.zeros_like(part)))
    return rows


def kinks(place: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Places within their error of an element, where linear interpolation has no derivative."""
    return np.asarray(np.abs(place - np.rint(place)) <= error)


def cubic_axis(place: np.ndarray, error: np.ndarray, roundoff: float, a: float) -> Rows:
    """Cubic convolution: its slope is at most 1.4, its curvature at most 2 |a + 3| (within one) or 4 |a| (beyond)."""
    base = np.floor(place)
    rows: Rows = []
    for step in (-1, 0, 1, 2):
        far = place - base - step
        t, side = np.abs(far), np.sign(far)
        inner = (((a + 2) * t - (a + 3)) * t * t + 1, (3 * (a + 2) * t - 2 * (a + 3)) * t)
        outer = (((a * t - 5 * a) * t + 8 * a) * t - 4 * a, (3 * a * t - 10 * a) * t + 8 * a)
        weight, slope = (np.where(t <= 1, first, second) for first, second in zip(inner, outer))
        rows.append((base + step, weight, slope * side, 1.4 * error + 16 * roundoff, 4.5 * error + 32 * roundoff))
    return rows


def combinations(axes: Sequence[Axis], sizes: Sequence[int], start: np.ndarray, along: int = -1) -> Iterator[Any]:
    """(element, inside, weight, error) of every combination of taps; with ``along`` the derivative of that axis in its weight's place."""
    for taps in itertools.product(*axes):
        place, inside = np.zeros_like(start), np.ones(start.shape, bool)
        weight, most, least = np.ones(start.shape, taps[0].weight.dtype), 1.0, 1.0
        for number, (tap, size) in enumerate(zip(taps, sizes)):
            place = place * size + tap.index
            inside = inside & tap.inside
            own, error = (tap.slope, tap.slope_error) if number == along else (tap.weight, tap.error)
            weight, most, least = weight * own, most * (np.abs(own) + error), least * np.abs(own)
        yield start + place, inside, weight, most - least


def values_at(x: np.ndarray, axes: Sequence[Axis], sizes: Sequence[int], start: np.ndarray, fill: float = 0) -> Sampled:
    """The samples (channels, places) of x (channels, elements); ``start`` is the first element of the array a place lies in."""
    value = np.zeros((x.shape[0], *start.shape), x.dtype)
    size, lost = np.zeros_like(value), np.zeros_like(value)
    for place, inside, weight, error in combinations(axes, sizes, start):
        term = np.where(inside, x[:, np.where(inside, place, 0)], fill)
        value += weight * term
        size += np.abs(weight * term)
        lost += error * np.abs(term)
    return Sampled(value, size, lost)


def array_gradient(
    cotangent: np.ndarray, axes: Sequence[Axis], sizes: Sequence[int], start: np.ndarray, elements: int
) -> Tuple[Sampled, np.ndarray]:
    """The product for the array, (channels, elements), from the cotangents (channels, places), and the number of terms of each element."""
    parts = [np.zeros((elements, cotangent.shape[0]), cotangent.dtype) for _ in range(3)]
    count = np.zeros(elements, np.int64)
    for place, inside, weight, error in combinations(axes, sizes, start):
        kept = place[inside]
        for part, factor, terms in zip(parts, (weight, np.abs(weight), error), (cotangent, *2 * (np.abs(cotangent),))):
            np.add.at(part, kept, (factor * terms)[:, inside].T)
        count += np.bincount(kept, minlength=elements)
    value, size, lost = (part.T for part in parts)
    return Sampled(value, size, lost), count


def place_gradient(
    x: np.ndarray,
    cotangent: np.ndarray,
    axes: Sequence[Axis],
    sizes: Sequence[int],
    start: np.ndarray,
    along: int,
    fill: float = 0,
) -> Sampled:
    """The product for the places along one axis, (places,): the derivatives of all channels times their cotangents."""
    parts = [np.zeros(start.shape, x.dtype) for _ in range(3)]
    for place, inside, weight, error in combinations(axes, sizes, start, along):
        term = np.where(inside, x[:, np.where(inside, place, 0)], fill) * cotangent
        for part, factor, terms in zip(parts, (weight, np.abs(weight), error), (term, np.abs(term), np.abs(term))):
            part += factor * terms.sum(axis=0)
    return Sampled(*parts)


def tap(n: int, position: np.ndarray, *weights: np.ndarray) -> Tap:
    """The tap at a position, which may be outside of the n elements."""
    inside = (position >= 0) & (position < n)
    return Tap(np.clip(position, 0, n - 1).astype(np.int64), inside, *weights)


def roundings(axes: Sequence[Axis]) -> int:
    """Roundings of a sample."""
    return math.prod(len(axis) for axis in axes) + 4 * len(axes) + 4
