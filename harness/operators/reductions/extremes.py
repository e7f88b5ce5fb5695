"""Largest and smallest elements, where they are, and whether any or all are true.

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
from harness.meaning import Accuracy, Expected, Property, Rule
from harness.operators.elementwise.bounds import flushed_to_zero, value_within
from harness.operators.reductions.meaning import Readings, Reduction, one
from harness.operators.reductions.sums import integers, unchanged
from harness.operators.reductions.table import BOOL, FLOATS, NUMBERS, ONE, SEVERAL, row
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


def truth(reduce: Callable[..., np.ndarray]) -> Callable[[np.ndarray, Case], Readings]:
    """Whether any, or all, elements differ from zero; NaN does."""
    return lambda rows, case: one(integers(reduce(rows != 0, axis=-1), "bool"))


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
row("any", SEVERAL, Reduction(truth(np.any), dtypes=BOOL), {
    "torch": ask("torch.any(x) if axis is None else torch.any(x, dim=axis, keepdim=keepdims)",
                 when=lambda case: case.parameters["axis"] is not None or not case.parameters["keepdims"]),
    "tensorflow": "tf.math.reduce_any(x, axis=axis, keepdims=keepdims)",
    "jax": "jax.numpy.any(x, axis=axis, keepdims=keepdims)",
    "keras": "keras.ops.any(x, axis=axis, keepdims=keepdims)",
}, "whether any element is true")
row("all", SEVERAL, Reduction(truth(np.all), dtypes=BOOL), {
    "torch": ask("torch.all(x) if axis is None else torch.all(x, dim=axis, keepdim=keepdims)",
                 when=lambda case: case.parameters["axis"] is not None or not case.parameters["keepdims"]),
    "tensorflow": "tf.math.reduce_all(x, axis=axis, keepdims=keepdims)",
    "jax": "jax.numpy.all(x, axis=axis, keepdims=keepdims)",
    "keras": "keras.ops.all(x, axis=axis, keepdims=keepdims)",
}, "whether every element is true")
# fmt: on


def count(rows: np.ndarray, case: Case) -> Readings:
    """How many elements differ from zero; NaN does, subnormal ones only where they are not flushed."""
    found = integers((rows != 0).sum(axis=-1), "int64")
    if kind_of(case.dtype) != "float":
        return one(replace(found, other_dtypes=("int32",)))
    small = ((np.abs(rows) < FORMATS[case.dtype].smallest_normal) & (rows != 0)).sum(axis=-1)

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        return small if accuracy.flushes(case.dtype) else np.zeros_like(small)

    return one(replace(found, exact=False, bound=bound, other_dtypes=("int32",)))


row(
    "count_nonzero",
    SEVERAL,
    Reduction(count, dtypes=(*NUMBERS, "bool")),
    {
        "torch": ask("torch.count_nonzero(x, dim=axis)", when=lambda case: not case.parameters["keepdims"]),
        "tensorflow": "tf.math.count_nonzero(x, axis=axis, keepdims=keepdims)",
        "jax": "jax.numpy.count_nonzero(x, axis=axis, keepdims=keepdims)",
        "keras": ask("keras.ops.count_nonzero(x, axis=axis)", when=lambda case: not case.parameters["keepdims"]),
    },
    "how many elements are not zero",
)


def extent(rows: np.ndarray, case: Case) -> Readings:
    """The largest element less the smallest one: a difference, rounded once."""
    small = flushed_to_zero(rows, case.dtype)
    other = np.asarray(small.max(axis=-1, initial=-np.inf) - small.min(axis=-1, initial=np.inf))
    value = np.asarray(rows.max(axis=-1, initial=-np.inf) - rows.min(axis=-1, initial=np.inf))
    return one(value_within(value, case.dtype, 0.5, 0.5, flushed=(other,)))


row(
    "ptp",
    SEVERAL,
    Reduction(extent, empty=Rule.REFUSE, dtypes=FLOATS),
    {
        "jax": "jax.numpy.ptp(x, axis=axis, keepdims=keepdims)",
        "keras": "keras.ops.ptp(x, axis=axis, keepdims=keepdims)",
    },
    "the largest element less the smallest one",
)


def nan_extreme(largest: bool) -> Callable[[np.ndarray, Case], Readings]:
    """The extreme of the numbers; NaN where there is none."""

    def value(rows: np.ndarray, case: Case) -> Readings:
        filled = np.where(np.isnan(rows), identity(rows, largest), rows)
        found = (np.max if largest else np.min)(filled, axis=-1, initial=identity(rows, largest))
        return one(unchanged(np.where(np.isnan(rows).all(axis=-1), np.nan, found), case.dtype))

    return value


for _name, _largest in (("nanmax", True), ("nanmin", False)):
    row(
        _name,
        SEVERAL,
        Reduction(nan_extreme(_largest), empty=Rule.REFUSE, dtypes=FLOATS, regimes=("special", "rounding", "exact")),
        {
            "jax": f"jax.numpy.{_name}(x, axis=axis, keepdims=keepdims)",
            "keras": f"keras.ops.{_name}(x, axis=axis, keepdims=keepdims)",
        },
        f"the {'largest' if _largest else 'smallest'} element that is not NaN",
    )
