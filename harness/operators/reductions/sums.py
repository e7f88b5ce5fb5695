"""Sums and what is made of them, row by row: value, magnitude, overflow, flushed operands, error bound."""

from __future__ import annotations

from typing import Callable, Optional, Tuple, Union

import numpy as np

from harness.formats import FLOATS, reference_dtype
from harness.meaning import Accuracy, Expected
from harness.numerics import summation_bound, ulp

Bound = Callable[[str, Accuracy], Optional[np.ndarray]]


def wide_of(rows: np.ndarray, dtype: str) -> np.ndarray:
    """The rows in the reference dtype."""
    return rows.astype(reference_dtype(dtype))


def finite_of(rows: np.ndarray) -> np.ndarray:
    """Magnitudes, zero where an element is not finite."""
    return np.where(np.isfinite(rows), np.abs(rows), 0)


def integers(value: np.ndarray, dtype: str, name: str = "y") -> Expected:
    """An exact output of integers or booleans."""
    return Expected(value.shape, dtype, (value.astype(np.longdouble),), exact=True, name=name)


def unchanged(
    value: np.ndarray, dtype: str, *, name: str = "y", free: Optional[np.ndarray] = None, signed: bool = False
) -> Expected:
    """An output that is one of the inputs' elements, or several readings of it: exact, but subnormal ones may be flushed to zero.

    A target that computes in a narrower dtype, by its statement, rounds to it.
    """

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        tiny = FLOATS[dtype].smallest_normal
        flushed = (np.abs(value) < tiny) if accuracy.flushes(dtype) else np.zeros(value.shape, bool)
        narrow = FLOATS[accuracy.of(name).accumulator(dtype)].roundoff
        rounded = narrow * np.abs(finite_part(value)) if narrow > FLOATS[dtype].roundoff else np.zeros_like(value)
        return np.where(flushed, 2 * tiny, rounded)

    return Expected(value.shape, dtype, (value,), bound, free=free, name=name, signed=signed)


def sum_of(
    rows: np.ndarray,
    dtype: str,
    *,
    divisor: Union[float, np.ndarray] = 1,
    along: Callable[[np.ndarray], np.ndarray] = lambda rows: rows.sum(axis=-1),
    name: str = "y",
) -> Expected:
    """The sums of ``rows`` (of the reference dtype), or what ``along`` makes of them (cumulative sums), divided by ``divisor``.

    Every order of summation is admissible: n - 1 additions, so gamma_(n-1) * sum |x| (Higham, Accuracy and Stability of Numerical
    Algorithms, 2nd ed., section 4.2); a division, or a multiplication with the rounded reciprocal, costs two more roundings. Free are
    sums whose magnitudes overflow: another order of summation may be finite or not. Subnormal operands and intermediate sums may be
    lost where a target flushes. Every addition of subnormal numbers is exact.
    """
    form, n = FLOATS[dtype], rows.shape[-1]
    sizes = finite_of(rows)
    value, magnitude = along(rows) / divisor, along(sizes)
    free = magnitude * (1 + 2 * max(n - 1, 0) * form.roundoff) > form.largest
    plain = isinstance(divisor, int)
    integral = plain and bool((rows == np.rint(rows)).all())
    exact = integral and bool(np.isfinite(rows).all() and (magnitude <= 2.0**form.sum_bits).all())
    terms = max(n - 1, 0) + (0 if plain else 2)

    def bound(dtype: str, accuracy: Accuracy) -> Optional[np.ndarray]:
        small = along(np.where(sizes < form.smallest_normal, sizes, 0))
        accuracy = accuracy.of(name)
        error = summation_bound(
            terms,
            finite_part(magnitude / divisor),
            finite_part(value),
            dtype,
            accuracy.accumulator(dtype),
            rounds(accuracy, dtype),
        )
        if error is not None and accuracy.flushes(dtype):
            error = error + (small + (n + 1) * form.smallest_normal) * (1 + n * form.roundoff)
        return error

    return Expected(value.shape, dtype, (value,), bound, exact, free if free.any() else None, name=name)


def rounds(accuracy: Accuracy, dtype: str) -> int:
    """Intermediate results that a target rounds to ``dtype``."""
    stated = accuracy.roundings.get(dtype, 0)
    assert isinstance(stated, int), "reductions state numbers"
    return stated


def finite_part(value: np.ndarray) -> np.ndarray:
    """The value, zero where it is not finite."""
    return np.where(np.isfinite(value), value, 0)


def within(
    value: np.ndarray,
    dtype: str,
    error: Callable[[float], np.ndarray],
    *,
    free: Optional[np.ndarray] = None,
    tiny: Callable[[float], np.ndarray] = lambda step: np.asarray(step),
    ulps: float = 4.0,
    other: Tuple[np.ndarray, ...] = (),
    name: str = "y",
) -> Expected:
    """A value whose error has a part in proportion to the unit roundoff, ``error(u)``, and ``ulps`` units of the result.

    ``u`` is that of the accumulation dtype, None standing for no bound where it exceeds what first-order analysis carries (1/4 in all);
    ``tiny(step)`` is what underflow to multiples of ``step`` may cost, those of the accumulation dtype where it is the narrower one.
    ``other`` are further readings.
    """
    form = FLOATS[dtype]

    def bound(dtype: str, accuracy: Accuracy) -> Optional[np.ndarray]:
        accuracy = accuracy.of(name)
        accumulator = FLOATS[accuracy.accumulator(dtype)]
        u = accumulator.roundoff
        range_of = accumulator if u > form.roundoff else form
        step = range_of.smallest_normal if accuracy.flushes(dtype) else range_of.smallest_subnormal
        allowed = accuracy.ulps.get(dtype, ulps)
        finite = finite_part(value)
        with np.errstate(all="ignore"):
            return np.asarray(finite_part(np.asarray(error(u))) + allowed * ulp(finite, dtype) + tiny(step) + step)

    return Expected(value.shape, dtype, (value, *other), bound, free=free, name=name)
