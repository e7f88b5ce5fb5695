"""The checks of a script. Their source is printed into it, so they use NumPy and nothing of opdiff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def check_count(results: Sequence[Any], count: int) -> None:
    """The call gives this many results."""
    if len(results) != count:
        raise AssertionError(f"{len(results)} results; expected {count}")


def check_shape(name: str, shape: Any, dtype: str, right_shape: tuple[int, ...], *right_dtypes: str) -> None:
    """The shape, as far as it is known, and the dtype, one of those given."""
    known = len(right_shape) if shape is None else len(shape)
    if known != len(right_shape) or any(length not in (None, right_shape[i]) for i, length in enumerate(shape or ())):
        raise AssertionError(f"{name} has the shape {tuple(shape)}; expected {right_shape}")
    if dtype not in right_dtypes:
        raise AssertionError(f"{name} has the dtype {dtype}; expected {' or '.join(right_dtypes)}")


def check_exact(name: str, result: np.ndarray, expected: np.ndarray, free: Any = False, at: Any = slice(None)) -> None:
    """Every element of the flat slice ``at`` that is not ``free`` is equal to the expected one; NaN equals NaN."""
    expected = expected.reshape(-1)
    got = result.reshape(-1)[at].astype(expected.dtype)
    right = (got == expected) | (np.isnan(got) & np.isnan(expected)) | free
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


def check_signs(name: str, result: np.ndarray, expected: np.ndarray, at: Any = slice(None)) -> None:
    """In the flat slice ``at``, zeros have the sign of the expected zeros."""
    expected = expected.reshape(-1)
    got = result.reshape(-1)[at].astype(expected.dtype)
    wrong = (got == 0) & (expected == 0) & (np.signbit(got) != np.signbit(expected))
    if wrong.any():
        i = int(np.argmax(wrong))
        place = [int(n) for n in np.unravel_index(np.arange(result.size)[at][i], result.shape)]
        raise AssertionError(f"{name}{place} is {got[i]}; expected {expected[i]}: a zero of the other sign")


def check_property(name: str, words: str, error: Any) -> None:
    """The error, in multiples of what is admissible, is nowhere above 1."""
    worst = float(np.nan_to_num(np.atleast_1d(error).astype(np.float64), nan=np.inf).max(initial=0.0))
    if worst > 1:
        raise AssertionError(f"{name}: {words} does not hold: the error is {worst:.3g} times the bound")
