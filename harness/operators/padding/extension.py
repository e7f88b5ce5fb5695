"""Which element stands at a place beyond an axis: places count from its first element, below zero and from ``n`` on lie beyond."""

from __future__ import annotations

import numpy as np

from harness.operators.moves.positions import GIVEN


def reflected(place: np.ndarray, n: int) -> np.ndarray:
    """Mirrored at the first and the last element, which are not repeated."""
    period = max(2 * (n - 1), 1)
    place = place % period
    return np.minimum(place, period - place) if n > 1 else place * 0


def symmetric(place: np.ndarray, n: int) -> np.ndarray:
    """Mirrored at the borders: the first and the last element are repeated."""
    place = place % (2 * n)
    return np.minimum(place, 2 * n - 1 - place)


def edge(place: np.ndarray, n: int) -> np.ndarray:
    """The first and the last element, repeated."""
    return np.clip(place, 0, n - 1)


def wrapped(place: np.ndarray, n: int) -> np.ndarray:
    """Periodic."""
    return place % n


def constant(place: np.ndarray, n: int) -> np.ndarray:
    """A constant."""
    return np.where((place < 0) | (place >= n), GIVEN, place)
