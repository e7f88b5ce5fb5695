"""Samples that are copies of the nearest element; a place within its error of halfway may give either."""

from __future__ import annotations

import itertools
from typing import Any, Iterator, List, Sequence, Tuple

import numpy as np

from harness.meaning import Expected
from harness.operators.moves.positions import exactly
from harness.operators.sampling.places import Sampled

Choice = Tuple[np.ndarray, np.ndarray]
"""Elements along an axis for every place, and whether they are inside the array."""


def at(position: np.ndarray, n: int) -> Choice:
    """The choice of integral positions on an axis of n elements."""
    return np.clip(position, 0, n - 1).astype(np.int64), (position >= 0) & (position < n)


def elements(
    choices: Sequence[Sequence[Choice]], sizes: Sequence[int], start: np.ndarray
) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
    """(element, inside) of every combination of the axes' choices, the first of each axis first."""
    for chosen in itertools.product(*choices):
        index = [np.broadcast_to(one, start.shape) for one, _ in chosen]
        inside = np.logical_and.reduce([np.broadcast_to(one, start.shape) for _, one in chosen])
        yield start + np.ravel_multi_index(index, tuple(sizes)), inside


def copies(
    x: np.ndarray, choices: Sequence[Sequence[Choice]], sizes: Sequence[int], start: np.ndarray, fill: Any = 0
) -> List[np.ndarray]:
    """The readings (channels, places) of x (channels, elements)."""
    return [np.where(inside, x[:, element], fill) for element, inside in elements(choices, sizes, start)]


def copied(readings: Sequence[np.ndarray], dtype: str) -> Expected:
    """The output of which an element may be that of any of the readings."""
    first, *others = readings
    distinct = tuple(other for other in others if not np.array_equal(other, first))
    return exactly(first, dtype, others=distinct, signed=False, flushes=True)


def copies_gradient(
    cotangent: np.ndarray, choices: Sequence[Sequence[Choice]], sizes: Sequence[int], start: np.ndarray, count: int
) -> Tuple[Sampled, np.ndarray, np.ndarray]:
    """The cotangents (channels, places) added at the copied ones of ``count`` elements, how many each has, which rounding leaves open."""
    (first, inside), *others = elements(choices, sizes, start)
    left_open = np.zeros(count, bool)
    for element, within in others:
        unsure = (element != first) | (within != inside)
        for one, there in ((element, within), (first, inside)):
            left_open[one[unsure & there]] = True
    value, size = (np.zeros((count, cotangent.shape[0]), cotangent.dtype) for _ in range(2))
    np.add.at(value, first[inside], cotangent.T[inside])
    np.add.at(size, first[inside], np.abs(cotangent.T[inside]))
    terms = np.bincount(first[inside], minlength=count)
    shape = (cotangent.shape[0], count)
    found = Sampled(value.T, size.T, np.zeros(shape))
    return found, np.broadcast_to(terms, shape), np.broadcast_to(left_open, shape)


def nothing(shape: Tuple[int, ...], dtype: str, name: str) -> Expected:
    """The product for places that have no influence."""
    return exactly(np.zeros(shape), dtype, name, signed=False)
