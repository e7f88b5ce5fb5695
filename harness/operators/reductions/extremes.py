"""Largest and smallest elements, and where they are.

NaN is larger and smaller than every number: the Python array API leaves it open ("special cases" of max and argmax: NaN propagates for max,
implementation-defined for argmax); NumPy, torch and JAX take the first NaN.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Mapping, Sequence

import numpy as np

from harness.case import Case
from harness.formats import FLOATS as FORMATS
from harness.formats import kind_of
from harness.meaning import Expected, Property, Rule
from harness.operators.elementwise.bounds import flushed_to_zero, value_within
from harness.operators.reductions.meaning import Readings, Reduction, one
from harness.operators.reductions.sums import integers, unchanged
from harness.operators.reductions.table import FLOATS, NUMBERS, ONE, SEVERAL, row
from harness.plain import ask

EVENLY, FIRST, EVERY = "ties share evenly", "the first of ties", "every one of ties"
"""Who gets the cotangent of an extreme that several elements have."""


def identity(rows: np.ndarray, largest: bool) -> Any:
    """What no element is beyond: the extreme of nothing."""
    if rows.dtype.kind == "f":
        return -np.inf if largest else np.inf
    return np.iinfo(rows.dtype).min if largest else np.iinfo(rows.dtype).max


def extreme(largest: bool) -> Callable[[np.ndarray, Case], Readings]:
    """The largest or the smallest element; NaN where there is one."""

    def value(rows: np.ndarray, case: Case) -> Readings:
        found = (np.max if largest else np.min)(rows, axis=-1, initial=identity(rows, largest))
        if kind_of(case.dtype) == "float":
            return one(unchanged(found, case.dtype))
        return one(integers(found, case.dtype))

    return value


def extreme_gradient(largest: bool) -> Callable[[np.ndarray, np.ndarray, Case], Readings]:
    """The cotangent goes to the extreme element. Free are rows with NaN, and those whose extreme ties with others only where flushed."""

    def gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
        found = (np.max if largest else np.min)(rows, axis=-1, keepdims=True)
        ties = rows == found
        first = np.cumsum(ties, axis=-1) == 1
        shares = {EVENLY: ties / np.maximum(ties.sum(axis=-1, keepdims=True), 1), FIRST: ties & first, EVERY: ties}
        small = (np.abs(rows) < FORMATS[case.dtype].smallest_normal) & (rows != 0)
        flushed = (np.abs(found) < FORMATS[case.dtype].smallest_normal) & small.any(axis=-1, keepdims=True)
        free = np.broadcast_to(np.isnan(found) | flushed, rows.shape)
        u = FORMATS[case.dtype].roundoff
        outputs = {}
        for name, share in shares.items():
            exact = unchanged(share * cotangent, case.dtype, name="x", free=free if free.any() else None)
            outputs[name] = (loosened(exact, u) if name == EVENLY else exact,)
        return outputs

    return gradient


def loosened(expected: Expected, u: float) -> Expected:
    """The output within two more roundings: those of a reciprocal count and a product."""
    own = expected.bound
    assert own is not None

    def bound(dtype: str, accuracy: Any) -> np.ndarray:
        error = own(dtype, accuracy)
        assert error is not None
        return np.asarray(error + 3 * u * np.abs(expected.values[0]) + FORMATS[dtype].smallest_subnormal)

    return replace(expected, bound=bound)


def points_at(outputs: Sequence[np.ndarray], rows: np.ndarray, largest: bool, shape: Sequence[int]) -> np.ndarray:
    """0 where the index points at the extreme of its row, or at a NaN where the row has one; 2 elsewhere."""
    index = np.asarray(outputs[0]).astype(np.int64).reshape(rows.shape[:-1])
    inside = (index >= 0) & (index < rows.shape[-1])
    chosen = np.take_along_axis(rows, np.where(inside, index, 0)[..., None], axis=-1)[..., 0]
    best = rows.max(axis=-1) if largest else rows.min(axis=-1)
    right = inside & ((chosen == best) | (np.isnan(chosen) & np.isnan(best)))
    return np.where(right, 0.0, 2.0)


def skips_nan(outputs: Sequence[np.ndarray], rows: np.ndarray, largest: bool, shape: Sequence[int]) -> np.ndarray:
    """0 where the index points at the extreme of the numbers of its row, or anywhere in a row of NaN; 2 elsewhere."""
    index = np.asarray(outputs[0]).astype(np.int64).reshape(rows.shape[:-1])
    inside = (index >= 0) & (index < rows.shape[-1])
    chosen = np.take_along_axis(rows, np.where(inside, index, 0)[..., None], axis=-1)[..., 0]
    numbers = np.where(np.isnan(rows), -np.inf if largest else np.inf, rows)
    best = numbers.max(axis=-1) if largest else numbers.min(axis=-1)
    return np.where(inside & ((chosen == best) | np.isnan(rows).all(axis=-1)), 0.0, 2.0)


FIRST_INDEX, ANY_INDEX, NUMBERS_ONLY = "first", "any of ties", "numbers only"
"""Which index: the first of equal extremes, any of them, or any of them with NaN left out."""


def index_of(largest: bool, nan: bool = False) -> Callable[[np.ndarray, Case], Readings]:
    """Where the extreme is; with ``nan`` that of the numbers only."""

    def value(rows: np.ndarray, case: Case) -> Readings:
        if nan:
            rows = np.where(np.isnan(rows), -np.inf if largest else np.inf, rows)
        first = (np.argmax if largest else np.argmin)(rows, axis=-1)
        facts = {
            "rows": rows.astype(np.float64) if rows.dtype.kind == "f" else rows,
            "largest": largest,
            "shape": rows.shape,
        }
        exact = integers(first, "int64")
        readings = {
            FIRST_INDEX: (indices(exact),),
            ANY_INDEX: (indices(exact, Property("x[y] is the extreme", points_at, facts)),),
        }
        if rows.dtype.kind == "f" and np.isnan(rows).any():
            words = "x[y] is the extreme of the numbers"
            numbers = np.where(np.isnan(rows), identity(rows, largest), rows)
            other = integers((np.argmax if largest else np.argmin)(numbers, axis=-1), "int64")
            readings[NUMBERS_ONLY] = (indices(other, Property(words, skips_nan, facts)),)
        return readings

    return value


def indices(expected: Expected, wanted: Any = None) -> Expected:
    """Indices in either of the integer dtypes that frameworks use for them."""
    return replace(expected, exact=wanted is None, property=wanted, other_dtypes=("int32",))


def first_of(case: Case) -> str:
    """The convention of frameworks that document the first of several extremes."""
    return FIRST_INDEX


def extremes_calls(name: str) -> Mapping[str, Any]:
    """The calls of max and min, which differ in a word only."""
    return {
        "torch": f"torch.a{name}(x, dim=() if axis is None else axis, keepdim=keepdims)",
        "tensorflow": f"tf.math.reduce_{name}(x, axis=axis, keepdims=keepdims)",
        "jax": f"jax.numpy.{name}(x, axis=axis, keepdims=keepdims)",
        "keras": f"keras.ops.{name}(x, axis=axis, keepdims=keepdims)",
    }


def index_calls(name: str) -> Mapping[str, Any]:
    """The calls of argmax and argmin."""
    return {
        "torch": ask(f"torch.{name}(x, dim=axis, keepdim=keepdims)", convention=first_of),
        "tensorflow": ask(
            f"tf.math.{name}(x, axis=axis)",
            when=lambda case: isinstance(case.parameters["axis"], int) and not case.parameters["keepdims"],
        ),
        "jax": ask(f"jax.numpy.{name}(x, axis=axis, keepdims=keepdims)", convention=first_of),
        "keras": f"keras.ops.{name}(x, axis=axis, keepdims=keepdims)",
    }


# fmt: off
for _name, _largest in (("max", True), ("min", False)):
    _word = "largest" if _largest else "smallest"
    row(_name, SEVERAL, Reduction(extreme(_largest), extreme_gradient(_largest), empty=Rule.EITHER, dtypes=NUMBERS,
        gradient_regimes=("rounding", "exact")), extremes_calls(_name), f"the {_word} element")
    row(f"arg{_name}", ONE, Reduction(index_of(_largest), empty=Rule.REFUSE, dtypes=NUMBERS), index_calls(f"arg{_name}"),
        f"the index of the {_word} element")
# fmt: on


def extent(rows: np.ndarray, case: Case) -> Readings:
    """The largest element less the smallest one: a difference, rounded once."""
    if not rows.shape[-1]:
        return {}
    small = flushed_to_zero(rows, case.dtype)
    other = np.asarray(small.max(axis=-1) - small.min(axis=-1))
    value = np.asarray(rows.max(axis=-1) - rows.min(axis=-1))
    return one(value_within(value, case.dtype, 0.5, 0.5, flushed=(other,)))


def extent_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """The cotangent goes to the largest element, and its negative to the smallest one; free where they are the same."""
    top, bottom = extreme_gradient(True)(rows, cotangent, case), extreme_gradient(False)(rows, cotangent, case)
    flat = np.broadcast_to(rows.max(axis=-1, keepdims=True) == rows.min(axis=-1, keepdims=True), rows.shape)
    found = {}
    for name, (high,) in top.items():
        (low,) = bottom[name]
        free = np.logical_or.reduce([mask for mask in (high.free, low.free, flat) if mask is not None])
        difference = replace(high, values=(high.values[0] - low.values[0],), free=free)
        found[name] = (loosened(difference, FORMATS[case.dtype].roundoff),)
    return found


row(
    "ptp",
    SEVERAL,
    Reduction(extent, extent_gradient, empty=Rule.EITHER, dtypes=FLOATS, gradient_regimes=("rounding", "exact")),
    {
        "jax": "jax.numpy.ptp(x, axis=axis, keepdims=keepdims)",
        "keras": "keras.ops.ptp(x, axis=axis, keepdims=keepdims)",
    },
    "the largest element less the smallest one",
)
