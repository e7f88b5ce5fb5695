"""The checks of a script. Their source is printed into it, so they use NumPy and nothing of opdiff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def check_count(results: Sequence[Any], count: int) -> None:
    """The call gives this many results."""
    if len(results) != count:
        raise AssertionError(f"{len(results)} results; expected {count}")


def check_shape(name: str, shape: Any, dtype: str, right_shape: tuple[int, ...], right_dtype: str) -> None:
    """The shape, as far as it is known, and the dtype."""
    known = len(right_shape) if shape is None else len(shape)
    if known != len(right_shape) or any(length not in (None, right_shape[i]) for i, length in enumerate(shape or ())):
        raise AssertionError(f"{name} has the shape {tuple(shape)}; expected {right_shape}")
    if dtype != right_dtype:
        raise AssertionError(f"{name} has the dtype {dtype}; expected {right_dtype}")


def check_exact(name: str, result: np.ndarray, expected: np.ndarray, free: Any = False, at: Any = slice(None)) -> None:
    """Every element of the flat slice ``at`` that is not ``free`` is equal to the expected one."""
    expected = expected.reshape(-1)
    got = result.reshape(-1)[at].astype(expected.dtype)
    right = (got == expected) | free
    if not right.all():
        i = int(np.argmin(right))
        place = [int(n) for n in np.unravel_index(np.arange(result.size)[at][i], result.shape)]
        count = f"{int((~right).sum())} of {right.size} elements are wrong"
        raise AssertionError(f"{name}{place} is {got[i]}; expected {expected[i]} exactly ({count})")


def check_within(
    name: str, result: np.ndarray, readings: Sequence[np.ndarray], bound: Any, free: Any = False, at: Any = slice(None)
) -> None:
    """Every element of the flat slice ``at`` that is not ``free`` is within ``bound`` of one reading; NaN equals NaN."""
    expected = readings[0].reshape(-1)
    got = result.reshape(-1)[at].astype(expected.dtype)
    right = np.full(expected.shape, False) | free
    for value in (reading.reshape(-1) for reading in readings):
        with np.errstate(all="ignore"):
            right |= (np.abs(got - value) <= bound) | (got == value) | (np.isnan(got) & np.isnan(value))
    if not right.all():
        i = int(np.argmin(right))
        place = [int(n) for n in np.unravel_index(np.arange(result.size)[at][i], result.shape)]
        count = f"{int((~right).sum())} of {right.size} elements are wrong"
        limit = np.broadcast_to(bound, right.shape)[i]
        raise AssertionError(f"{name}{place} is {got[i]}; expected {expected[i]} within {limit:.3g} ({count})")
