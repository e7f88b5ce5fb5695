"""Resizing by copies: the nearest element. A coordinate within its rounding error of where two elements meet may give either."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import List, Mapping, Optional, Sequence, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import reference_dtype
from harness.meaning import Expected
from harness.operators.moves.sums import scattered_sum
from harness.operators.reductions.sums import unchanged
from harness.operators.resize.weights import nearest_indices

Steps = Optional[Sequence[Fraction]]
"""Distances between outputs along the axes, where they do not follow from the sizes."""

NEAR = 2.0**-20
"""Distance, relative to the coordinate, at which float32 arithmetic (four roundings of 2**-24) may fall on the other side."""


def indices_of(n: int, m: int, rule: str, step: Optional[Fraction] = None) -> Tuple[np.ndarray, np.ndarray]:
    """The element that each output copies, and the other that rounding of the coordinate may give."""
    chosen, distance = nearest_indices(n, m, rule, step)
    close = np.abs(distance) <= NEAR * (chosen + 1)
    # At a meeting point and just above it rounding may give the element before, just below it the one after.
    other = np.clip(np.where(distance < 0, chosen + 1, chosen - 1), 0, n - 1)
    return chosen, np.where(close, other, chosen)


def pairs_of(case: Case, rule: str, size: Tuple[int, ...], steps: Steps = None) -> List[Tuple[np.ndarray, np.ndarray]]:
    """``indices_of`` every axis."""
    sizes = case.inputs["x"].shape[2:]
    apart: Sequence[Optional[Fraction]] = steps or [None] * len(sizes)
    return [indices_of(n, m, rule, step) for n, m, step in zip(sizes, size, apart)]


def nearest(
    case: Case, arrays: Mapping[str, np.ndarray], rule: str, size: Tuple[int, ...], steps: Steps = None
) -> Tuple[Expected, ...]:
    """The copies, or the sums of the cotangents of the copies."""
    x: np.ndarray = arrays["x"].astype(reference_dtype(case.dtype))
    pairs = pairs_of(case, rule, size, steps)
    if case.quantity == GRADIENT:
        places = np.arange(x.size).reshape(x.shape)
        for axis, (chosen, _) in enumerate(pairs):
            places = np.take(places, chosen, axis=axis + 2)
        cotangent = arrays[COTANGENT].astype(x.dtype).reshape(-1)
        whole = scattered_sum(places.reshape(-1), cotangent, np.zeros(x.size, x.dtype), case.dtype, False)
        return (whole.output(slice(None), x.shape, "x"),)
    readings = []
    axes = [[chosen] if np.array_equal(chosen, other) else [chosen, other] for chosen, other in pairs]
    for choice in itertools.product(*axes):
        y = x
        for axis, index in enumerate(choice):
            y = np.take(y, index, axis=axis + 2)
        readings.append(y)
    first = unchanged(readings[0], case.dtype)
    return (Expected(first.shape, first.dtype, tuple(readings), first.bound),)


def ambiguous(case: Case, rule: str, size: Tuple[int, ...], steps: Steps = None) -> bool:
    """Whether rounding of a coordinate decides between elements, which leaves a gradient open."""
    return any(not np.array_equal(*pair) for pair in pairs_of(case, rule, size, steps))
