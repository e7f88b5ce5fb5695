"""Sums of products with everything the comparator needs: value, magnitude, special values in both readings, error bound."""

from __future__ import annotations

from types import MappingProxyType
from typing import Callable, Dict, List, Mapping, Optional, Tuple

import numpy as np

from harness.formats import FLOATS, reference_dtype
from harness.numerics import summation_bound
from harness.operator import Accuracy, Expected

Form = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""A bilinear form on stacked operands: (stack, ...), (stack, ...) -> (stack, *result)."""


def sum_of_products(
    form: Form,
    left: np.ndarray,
    right: np.ndarray,
    *,
    dtype: str,
    terms: int,
    bias: Optional[np.ndarray] = None,
    padded: Optional[np.ndarray] = None,
    counts: Mapping[str, int] = MappingProxyType({}),
    name: str = "y",
) -> Expected:
    """The expected ``form(left, right) + bias`` as an output of ``dtype``, with ``terms`` products per element at most.

    ``left`` and ``right`` carry the case's dtype; ``bias`` broadcasts to the result. ``padded`` gives, broadcast to the
    result, how many non-finite elements of ``right`` a reading in which padding is an operand multiplies per result
    element; None where the form has no padding. ``counts`` gives the numbers of roundings that an ``Accuracy`` calls by
    name.
    """
    wide = reference_dtype(dtype)
    with np.errstate(all="ignore"):
        finite: List[np.ndarray] = [np.where(np.isfinite(array), array, 0).astype(wide) for array in (left, right)]
        plain = np.isfinite(left).all() and np.isfinite(right).all() and (bias is None or np.isfinite(bias).all())
        value, magnitude = form(_stacked(finite[0]), _stacked(finite[1]))
        if bias is not None:
            addend: np.ndarray = np.where(np.isfinite(bias), bias, 0).astype(wide)
            value, magnitude = value + addend, magnitude + np.abs(addend)
        values: Tuple[np.ndarray, ...] = (value,)
        flushed: Tuple[np.ndarray, ...] = ()
        if not plain:
            values = _readings(form, left, right, bias, padded, value)
            tiny = FLOATS[dtype].smallest_normal
            zeroed = [np.where(np.abs(array) < tiny, 0, array) for array in (left, right)]
            flushed = _readings(form, zeroed[0], zeroed[1], bias, padded, value)
    largest = FLOATS[dtype].largest
    overflow = magnitude > largest
    free = overflow & ~np.isnan(values[0]) if overflow.any() else None
    bound = _bound(form, finite, value, magnitude, terms + (bias is not None), counts, name)
    exact = plain and bool(_is_integral(finite) and (magnitude <= 2.0 ** FLOATS[dtype].sum_bits).all())
    return Expected(value.shape, dtype, values, bound, exact, free, flushed, name)


def _stacked(array: np.ndarray) -> np.ndarray:
    """The array and its magnitudes along a new leading axis."""
    return np.stack([array, np.abs(array)])


def _is_integral(arrays: List[np.ndarray]) -> bool:
    return all(bool((array == np.rint(array)).all()) for array in arrays)


def _bound(
    form: Form,
    finite: List[np.ndarray],
    value: np.ndarray,
    magnitude: np.ndarray,
    terms: int,
    counts: Mapping[str, int],
    name: str,
) -> Callable[[str, Accuracy], Optional[np.ndarray]]:
    """The error bound as a function of what is known about a target; see ``numerics.summation_bound``."""

    def bound(dtype: str, accuracy: Accuracy) -> Optional[np.ndarray]:
        accuracy = accuracy.of(name)
        rounded = accuracy.roundings.get(dtype, 0)
        roundings = counts.get(rounded, 0) if isinstance(rounded, str) else rounded
        error = summation_bound(terms, magnitude, value, dtype, accuracy.accumulator(dtype), roundings)
        if error is None:
            return None
        if accuracy.flushes(dtype):
            # What is lost shifts the sum, so it is rounded along with it.
            error = error + _flushed(form, finite, dtype, terms) * (1 + (1 + roundings) * FLOATS[dtype].roundoff)
        if accuracy.normwise:
            error = np.full_like(error, error.max(initial=0.0))
        return error

    return bound


def _flushed(form: Form, finite: List[np.ndarray], dtype: str, terms: int) -> np.ndarray:
    """Largest error when subnormal operands, products and sums may become zero."""
    tiny = FLOATS[dtype].smallest_normal
    left, right = (np.abs(array) for array in finite)
    small = [np.where(array < tiny, array, 0) for array in (left, right)]
    lost = form(np.stack([small[0], left]), np.stack([right, small[1]])).sum(axis=0)
    return np.asarray(lost + (terms + 1) * tiny)


def _readings(
    form: Form,
    left: np.ndarray,
    right: np.ndarray,
    bias: Optional[np.ndarray],
    padded: Optional[np.ndarray],
    value: np.ndarray,
) -> Tuple[np.ndarray, ...]:
    """The result with its NaN and infinities, once per reading of padding: absent, and an operand that is zero.

    An element is NaN when a product is (a NaN factor, or zero times infinity) or when infinities of both signs meet, infinite when
    one sign alone occurs (IEEE 754-2019, 6.1 and 7.2). The events are counted by the form itself, on indicators.
    """
    one, other = _indicators(left), _indicators(right)
    pairs = [
        ("nan", "any"), ("any", "nan"), ("zero", "inf"), ("inf", "zero"),
        ("+inf", "+"), ("-inf", "-"), ("+", "+inf"), ("-", "-inf"), ("+inf", "-"), ("-inf", "+"), ("+", "-inf"), ("-", "+inf"),
        ("any", "not finite"),
    ]  # fmt: skip
    counts = form(np.stack([one[a] for a, _ in pairs]), np.stack([other[b] for _, b in pairs]))
    nan, positive, negative = counts[0:4].sum(0) > 0, counts[4:8].sum(0) > 0, counts[8:12].sum(0) > 0
    if bias is not None:
        nan, positive, negative = nan | np.isnan(bias), positive | (bias == np.inf), negative | (bias == -np.inf)
    absent = np.where(positive, np.inf, np.where(negative, -np.inf, value))
    absent[nan | (positive & negative)] = np.nan
    if padded is None:
        return (absent,)
    operand = np.where(padded - counts[12] > 0.5, np.nan, absent)
    return (absent, operand)


def _indicators(array: np.ndarray) -> Dict[str, np.ndarray]:
    """Zero-one arrays of the classes that decide about NaN and infinities; ``+`` and ``-`` include the infinities."""
    classes = {
        "any": np.ones(array.shape, bool),
        "nan": np.isnan(array),
        "zero": array == 0,
        "inf": np.isinf(array),
        "+inf": array == np.inf,
        "-inf": array == -np.inf,
        "+": array > 0,
        "-": array < 0,
        "not finite": ~np.isfinite(array),
    }
    return {name: mask.astype(np.float64) for name, mask in classes.items()}
