"""Sums of products with everything the comparator needs: value, magnitude, special values in both readings, error bound."""

from __future__ import annotations

from types import MappingProxyType
from typing import Callable, Dict, List, Mapping, Optional, Tuple, Union

import numpy as np

from harness.formats import FLOATS, reference_dtype
from harness.meaning import Accuracy, Expected
from harness.numerics import summation_bound

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
        plain = all(np.isfinite(array).all() for array in (left, right, bias) if array is not None)
        finite = [array.astype(wide) if plain else _finite(array, wide) for array in (left, right)]
        value, magnitude = form(_stacked(finite[0]), _stacked(finite[1]))
        if bias is not None:
            addend = _finite(bias, wide)
            value, magnitude = value + addend, magnitude + np.abs(addend)
        values: Tuple[np.ndarray, ...] = (value,)
        flushed: Tuple[np.ndarray, ...] = ()
        if not plain:
            values, flushed = _readings(form, left, right, bias, padded, value, FLOATS[dtype].smallest_normal)
    largest = FLOATS[dtype].largest
    overflow = magnitude > largest
    free = overflow & ~np.isnan(values[0]) if overflow.any() else None
    bound = _bound(form, finite, value, magnitude, terms + (bias is not None), counts, name)
    exact = plain and bool(_is_integral(finite) and (magnitude <= 2.0 ** FLOATS[dtype].sum_bits).all())
    return Expected(value.shape, dtype, values, bound, exact, free, flushed, name)


def _finite(array: np.ndarray, dtype: type) -> np.ndarray:
    """The array in ``dtype``, zero where it is not finite."""
    return np.where(np.isfinite(array), array, 0).astype(dtype)


def _stacked(array: np.ndarray) -> np.ndarray:
    """The array and its magnitudes along a new leading axis."""
    both = np.empty((2, *array.shape), array.dtype)
    both[0] = array
    np.abs(array, out=both[1, ...])
    return both


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

    known: Dict[Tuple[object, ...], Optional[np.ndarray]] = {}

    def bound(dtype: str, accuracy: Accuracy) -> Optional[np.ndarray]:
        accuracy = accuracy.of(name)
        rounded = accuracy.roundings.get(dtype, 0)
        roundings = counts.get(rounded, 0) if isinstance(rounded, str) else rounded
        facts = (dtype, accuracy.accumulator(dtype), roundings, accuracy.flushes(dtype), accuracy.normwise)
        if facts not in known:
            known[facts] = error_of(*facts)
        return known[facts]

    def error_of(dtype: str, accumulator: str, roundings: int, flushes: bool, normwise: bool) -> Optional[np.ndarray]:
        error = summation_bound(terms, magnitude, value, dtype, accumulator, roundings)
        if error is None:
            return None
        if flushes:
            # What is lost shifts the sum, so it is rounded along with it.
            error = error + _flushed(form, finite, dtype, terms) * (1 + (1 + roundings) * FLOATS[dtype].roundoff)
        if normwise:
            error = np.full_like(error, error.max(initial=0.0))
        return error

    return bound


def _flushed(form: Form, finite: List[np.ndarray], dtype: str, terms: int) -> Union[np.ndarray, float]:
    """Largest error when subnormal operands, products and sums may become zero."""
    tiny = FLOATS[dtype].smallest_normal
    left, right = (np.abs(array) for array in finite)
    small = [np.where(array < tiny, array, 0) for array in (left, right)]
    if not any(array.any() for array in small):
        return (terms + 1) * tiny
    lost = form(np.stack([small[0], left]), np.stack([right, small[1]])).sum(axis=0)
    return np.asarray(lost + (terms + 1) * tiny)


def _readings(
    form: Form,
    left: np.ndarray,
    right: np.ndarray,
    bias: Optional[np.ndarray],
    padded: Optional[np.ndarray],
    value: np.ndarray,
    tiny: float,
) -> Tuple[Tuple[np.ndarray, ...], Tuple[np.ndarray, ...]]:
    """The result with its NaN and infinities, once per reading of padding: absent, and an operand that is zero.

    First those of the operands as they are, then those in which operands below ``tiny`` count as zero. An element is NaN when a
    product is (a NaN factor, or zero times infinity) or when infinities of both signs meet, infinite when one sign alone occurs
    (IEEE 754-2019, 6.1 and 7.2). The events are counted by the form itself, on indicators: exactly, in float32, as long as there are
    fewer than 2**24 of them.
    """
    ones, others = _indicators(left, tiny), _indicators(right, tiny)
    signs = [("zero", "nonzero", "sign"), ("small", "large", "sign of large")]
    if not (_differ(ones, "zero", "small") or _differ(others, "zero", "small")):
        signs = signs[:1]
    pairs = [("nan", "any"), ("any", "nan"), ("any", "not finite")]
    for zero, nonzero, sign in signs:
        pairs += [(zero, "inf"), ("inf", zero), ("sign of inf", sign), (sign, "sign of inf")]
        pairs += [("inf", nonzero), (nonzero, "inf")]
    counts = form(np.stack([ones[a] for a, _ in pairs]), np.stack([others[b] for _, b in pairs]))
    found = []
    for first in range(3, len(pairs), 6):
        zeros, signed, infinite = (counts[first + i] + counts[first + i + 1] for i in (0, 2, 4))
        nan, positive, negative = counts[0] + counts[1] + zeros > 0, infinite + signed > 0, infinite - signed > 0
        if bias is not None:
            nan, positive, negative = nan | np.isnan(bias), positive | (bias == np.inf), negative | (bias == -np.inf)
        absent = np.where(positive, np.inf, np.where(negative, -np.inf, value))
        absent[nan | (positive & negative)] = np.nan
        operand = () if padded is None else (np.where(padded - counts[2] > 0.5, np.nan, absent),)
        found.append((absent, *operand))
    return found[0], found[-1]


def _indicators(array: np.ndarray, tiny: float) -> Dict[str, np.ndarray]:
    """Arrays of 0 and 1, or of signs, for the classes that decide about NaN and infinities, with zeros as they are and below ``tiny``."""
    inf, positive, negative, small = np.isinf(array), array > 0, array < 0, np.abs(array) < tiny
    sign = positive.astype(np.float32) - negative
    nonzero = positive | negative
    classes = {
        "any": np.ones(array.shape, bool),
        "nan": np.isnan(array),
        "not finite": ~np.isfinite(array),
        "inf": inf,
        "sign of inf": sign * inf,
        "zero": array == 0,
        "nonzero": nonzero,
        "sign": sign,
        "small": small,
        "large": nonzero & ~small,
        "sign of large": np.where(small, 0, sign),
    }
    return {name: values.astype(np.float32, copy=False) for name, values in classes.items()}


def _differ(indicators: Mapping[str, np.ndarray], one: str, other: str) -> bool:
    return not np.array_equal(indicators[one], indicators[other])
