"""Results of poolings from the rows of their windows, and the vector-Jacobian products.

NaN: PyTorch's tests and XLA's definition of maximum let NaN propagate; TensorFlow's documentation says nothing, and a comparison that is
false for NaN may keep or lose it. A window of nothing but padding has the identity of the maximum, -inf.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Mapping, Tuple, Union

import numpy as np

from harness.case import COTANGENT, Case
from harness.formats import FLOATS, kind_of, reference_dtype
from harness.meaning import Accuracy, Expected
from harness.operators.moves.sums import ScatteredSum
from harness.operators.pooling.taps import PADDING, Taps
from harness.operators.reductions.sums import integers, sum_of, unchanged

Readings = Dict[str, Tuple[Expected, ...]]

PROPAGATES, AS_IT_COMES = "NaN propagates", "NaN as it comes"
"""What a maximum does with NaN: the result is NaN, or nothing is said."""

FIRST, EVENLY, EVERY, LAST = "first of ties", "ties share evenly", "every one of ties", "last of ties"
"""Who gets the cotangent of a maximum that several elements of a window have."""

AXES = ("batch", "channels", "space 1", "space 2", "space 3")
"""Roles of the axes of a result."""


def nothing(dtype: str, largest: bool) -> Any:
    """The identity of the maximum or the minimum: what no element is beyond."""
    if kind_of(dtype) == "float":
        return -np.inf if largest else np.inf
    info = np.iinfo(dtype)
    return info.min if largest else info.max


def wide(x: np.ndarray, dtype: str) -> np.ndarray:
    """The array in the dtype in which the oracle computes; integers stay as they are."""
    return x.astype(reference_dtype(dtype)) if kind_of(dtype) == "float" else x


def named(expected: Expected) -> Expected:
    """The output with the roles of its axes."""
    return replace(expected, axes=AXES[: len(expected.shape)])


def extreme(x: np.ndarray, taps: Taps, case: Case, largest: bool = True) -> Readings:
    """The largest or smallest element under each window."""
    start = nothing(case.dtype, largest)
    rows = taps.rows(wide(x, case.dtype), start)
    found = (np.max if largest else np.min)(rows, axis=-1, initial=start)
    if kind_of(case.dtype) != "float":
        return {"": (named(integers(found, case.dtype)),)}
    nan = np.isnan(found)
    exact = named(unchanged(found, case.dtype))
    if not nan.any():
        return {"": (exact,)}
    return {PROPAGATES: (exact,), AS_IT_COMES: (replace(exact, free=nan),)}


def mean(x: np.ndarray, taps: Taps, divisor: Union[float, np.ndarray], case: Case) -> Tuple[Expected, ...]:
    """The sums under each window over ``divisor``; padding is zero. An average of nothing, 0 / 0, is left open."""
    rows = taps.rows(wide(x, case.dtype), 0)
    nothing_there = np.asarray(divisor) == 0
    if nothing_there.any():
        divisor = np.where(nothing_there, 1, divisor)
    with np.errstate(all="ignore"):
        expected = named(sum_of(rows, case.dtype, divisor=divisor))
    if nothing_there.any():
        empty = np.broadcast_to(nothing_there, expected.shape)
        expected = replace(expected, free=empty if expected.free is None else expected.free | empty)
    return (expected,)


def extreme_gradient(x: np.ndarray, taps: Taps, case: Case, arrays: Mapping[str, np.ndarray]) -> Readings:
    """The cotangent goes to the largest element under the window; what has none, or NaN, is free."""
    rows = taps.rows(wide(x, case.dtype), -np.inf)
    found = rows.max(axis=-1, keepdims=True, initial=-np.inf)
    ties = (rows == found) & (taps.places != PADDING).reshape(*taps.out, taps.places.shape[-1])
    first, last = np.cumsum(ties, axis=-1) == 1, np.cumsum(ties[..., ::-1], axis=-1)[..., ::-1] == 1
    shares = {
        FIRST: ties & first,
        LAST: ties & last,
        EVENLY: ties / np.maximum(ties.sum(axis=-1, keepdims=True), 1),
        EVERY: ties,
    }
    if not (ties.sum(axis=-1) > 1).any():
        return {"": scattered(x.shape, taps, ties.astype(np.float64), case, arrays, 0)}
    return {
        name: scattered(x.shape, taps, np.asarray(share, np.float64), case, arrays, 3 * (name == EVENLY))
        for name, share in shares.items()
    }


def mean_gradient(
    x: np.ndarray, taps: Taps, divisor: Union[float, np.ndarray], case: Case, arrays: Mapping[str, np.ndarray]
) -> Tuple[Expected, ...]:
    """Every element gets the cotangents of its windows over their divisors; dividing axis by axis costs two roundings for each."""
    weights = np.broadcast_to(
        1 / np.asarray(divisor, reference_dtype(case.dtype))[..., None], (*taps.out, taps.places.shape[-1])
    )
    return scattered(x.shape, taps, weights, case, arrays, 2 * len(taps.out))


def scattered(
    shape: Tuple[int, ...],
    taps: Taps,
    weights: np.ndarray,
    case: Case,
    arrays: Mapping[str, np.ndarray],
    roundings: int,
) -> Tuple[Expected, ...]:
    """The cotangents times ``weights`` (broadcast to the rows), added at the places of the taps; ``roundings`` are those of a product."""
    outer = shape[0] * shape[1]
    size = int(np.prod(shape[2:], dtype=np.int64))
    cotangent = wide(arrays[COTANGENT], case.dtype).reshape(outer, taps.places.shape[0], 1)
    terms = cotangent * np.broadcast_to(weights, (*shape[:2], *taps.out, taps.places.shape[-1])).reshape(
        outer, *taps.places.shape
    )
    kept = np.broadcast_to(taps.places != PADDING, terms.shape) & (terms != 0)
    places = (np.arange(outer)[:, None, None] * size + taps.places)[kept]
    value, magnitude = np.zeros(outer * size, terms.dtype), np.zeros(outer * size, terms.dtype)
    np.add.at(value, places, terms[kept])
    np.add.at(magnitude, places, np.abs(terms[kept]))
    n = np.bincount(places, minlength=outer * size)
    count = np.maximum(n - 1, 0) + roundings
    whole = ScatteredSum(value, magnitude, count, case.dtype).output(slice(None), shape, "x")
    return (underflowing(named(whole), roundings),)


def underflowing(expected: Expected, roundings: int) -> Expected:
    """The output with half a subnormal step for each product that may underflow."""
    own = expected.bound
    if not roundings or own is None:
        return expected

    def bound(dtype: str, accuracy: Accuracy) -> Any:
        return np.asarray(own(dtype, accuracy)) + roundings * FLOATS[dtype].smallest_subnormal

    return replace(expected, bound=bound)
