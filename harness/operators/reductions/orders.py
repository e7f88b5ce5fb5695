"""Order statistics: medians and quantiles."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Callable, Dict, List, Optional, Tuple

import numpy as np

from harness.case import Case
from harness.formats import FLOATS as FORMATS
from harness.formats import kind_of
from harness.meaning import Accuracy, Expected, Rule
from harness.numerics import ulp
from harness.operators.facts import Facts
from harness.operators.reductions.known import IN_FLOAT32
from harness.operators.reductions.meaning import Readings, Reduction
from harness.operators.reductions.selected import selected
from harness.operators.reductions.sums import finite_of, integers, unchanged, within
from harness.operators.reductions.table import NUMBERS, SEVERAL, all_or_one, row
from harness.plain import ask

LOWER, MIDPOINT = "lower", "midpoint"
"""The median of an even count: the lower of the two middle elements (torch), or halfway between them (NumPy, JAX, Keras)."""


def median(rows: np.ndarray, case: Case) -> Readings:
    """The middle element in ascending order; NaN where there is one, and for nothing."""
    if kind_of(case.dtype) == "integer":
        return median_of_integers(rows, case.dtype)
    ordered, n = np.sort(rows, axis=-1), rows.shape[-1]
    nan = np.isnan(rows).any(axis=-1)
    if not n:
        return {"": (unchanged(np.full(rows.shape[:-1], np.nan, rows.dtype), case.dtype),)}
    low, high = ordered[..., (n - 1) // 2], ordered[..., n // 2]
    lower = unchanged(np.where(nan, np.nan, low), case.dtype)
    if n % 2:
        return {"": (lower,)}
    return {LOWER: (lower,), MIDPOINT: (between(low, high, 0.5, 0.0, None, nan, case.dtype),)}


def median_of_integers(rows: np.ndarray, dtype: str) -> Readings:
    """The lower of the middle elements, an integer; or halfway between them, a float32 of their converted values."""
    ordered, n = np.sort(rows, axis=-1), rows.shape[-1]
    if not n:
        return {}
    low, high = ordered[..., (n - 1) // 2], ordered[..., n // 2]
    wide = low.astype(np.longdouble), high.astype(np.longdouble)
    size = (np.abs(wide[0]) + np.abs(wide[1])) / 2
    halfway = within((wide[0] + wide[1]) / 2, "float32", lambda u: 3 * u * size)
    return {LOWER: (integers(low, dtype),), MIDPOINT: (replace(halfway, other_dtypes=("float64",)),)}


def between(
    low: np.ndarray,
    high: np.ndarray,
    weight: float,
    slack: float,
    ends: Optional[Tuple[np.ndarray, np.ndarray]],
    nan: np.ndarray,
    dtype: str,
) -> Expected:
    """low + weight (high - low): three roundings of magnitudes up to |low| + |high|.

    With a position that is uncertain by ``slack`` the value moves by at most the slack times the difference of the ``ends`` that it
    lies between, and no further than these. Free where the sum of magnitudes overflows, and where an end is infinite: 0 times
    infinity is NaN in one formula and absent in another.
    """
    form = FORMATS[dtype]
    value = np.where(nan, np.nan, np.where(low == high, low, low * (1 - weight) + high * weight))
    first, last = ends or (low, high)
    size = finite_of(first) + finite_of(last)
    free = ~nan & ((np.isinf(first) | np.isinf(last)) | (size > form.largest))
    drift = min(slack, 1.0) * np.where(free | nan, 0, np.abs(last - first))

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        step = form.smallest_normal if accuracy.flushes(dtype) else form.smallest_subnormal
        narrow = FORMATS[accuracy.accumulator(dtype)].roundoff
        rounded = 4 * narrow * finite_of(size) if narrow > form.roundoff else 0
        return np.asarray(drift + 2 * ulp(size, dtype) + rounded + 2 * step)

    return Expected(value.shape, dtype, (value,), bound, free=free if free.any() else None)


def quantile(rows: np.ndarray, case: Case) -> Readings:
    """The element at the position q (n - 1) in ascending order, by interpolation between its neighbours; NaN where there is one.

    The position is computed in the input's dtype by some and in float64 by others: it is uncertain by 4 u (q (n - 1) + q), which
    decides where it falls on an integer or halfway.
    """
    method, n = case.parameters["interpolation"], rows.shape[-1]
    if not n:
        return {}
    if kind_of(case.dtype) == "integer":
        return quantile_of_integers(rows, case)
    ordered, nan = np.sort(rows, axis=-1), np.isnan(rows).any(axis=-1)
    position, slack = place(case.parameters["q"], n, case.dtype)
    pairs = neighbours(case, n)
    if method == "linear":
        ends = (
            ordered[..., math.floor(max(position - slack, 0.0))],
            ordered[..., math.ceil(min(position + slack, n - 1.0))],
        )
        (low, high, weight) = pairs[0]
        return {"": (between(ordered[..., low], ordered[..., high], weight, slack, ends, nan, case.dtype),)}
    if method == "midpoint":
        return {
            "": (
                either(
                    [between(ordered[..., a], ordered[..., c], 0.5, 0.0, None, nan, case.dtype) for a, c, _ in pairs]
                ),
            )
        }
    return {"": (either([unchanged(np.where(nan, np.nan, ordered[..., i]), case.dtype) for i, _, _ in pairs]),)}


def quantile_of_integers(rows: np.ndarray, case: Case) -> Readings:
    """That of the elements converted to float32, each with a rounding; an element may also be given as the integer that it is."""
    as_if = replace(case, inputs={**case.inputs, "x": replace(case.inputs["x"], dtype="float32")})
    size = np.abs(rows.astype(np.longdouble)).max(axis=-1)
    roundoff = FORMATS["float32"].roundoff

    def widened(found: Expected) -> Expected:
        def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
            assert found.bound is not None
            return np.asarray(found.bound("float32", accuracy) + 2 * roundoff * size)

        whole = (case.dtype,) if case.parameters["interpolation"] in ("lower", "higher", "nearest") else ()
        return replace(found, bound=bound, other_dtypes=("float64", *whole))

    found = quantile(rows.astype(np.longdouble), as_if)
    return {name: tuple(widened(output) for output in outputs) for name, outputs in found.items()}


def neighbours(case: Case, n: int) -> List[Tuple[int, int, float]]:
    """What a quantile of n elements may lie between: positions in ascending order and the weight of the second, the likeliest first."""
    method = case.parameters["interpolation"]
    position, slack = place(case.parameters["q"], n, case.dtype)
    least, most = max(position - slack, 0.0), min(position + slack, n - 1.0)
    if method == "linear":
        low = math.floor(position)
        return [(low, math.ceil(position), position - low)]
    if method == "midpoint":
        pairs = [(math.floor(position), math.ceil(position))]
        pairs += [(i, i) for i in range(math.ceil(least), math.floor(most) + 1)]
        pairs += [(i, i + 1) for i in range(math.floor(least), math.ceil(most))]
        return [(a, c, 0.5) for a, c in dict.fromkeys(pairs)]
    picks: Dict[str, Callable[[float], int]] = {"lower": math.floor, "higher": math.ceil, "nearest": round}
    pick = picks[method]
    first = min(pick(least), math.ceil(least - 0.5) if method == "nearest" else n)
    last = max(pick(most), math.floor(most + 0.5) if method == "nearest" else 0)
    return [(i, i, 0.0) for i in sorted(range(first, min(last, n - 1) + 1), key=lambda i: abs(i - pick(position)))]


def place(q: float, n: int, dtype: str) -> Tuple[float, float]:
    """The position q (n - 1) and its uncertainty: none where q has two bits and n - 1 is a number of the dtype."""
    form, position = FORMATS[dtype], q * (n - 1)
    exact = float(q * 4).is_integer() and n - 1 <= 2**form.digits
    return position, 0.0 if exact else 4 * form.roundoff * (position + q)


def either(readings: List[Expected]) -> Expected:
    """One output that has the values of any of the readings, with the largest of their bounds."""
    if len(readings) == 1:
        return readings[0]
    bounds = [reading.bound for reading in readings if reading.bound]

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        return np.asarray(np.maximum.reduce([np.asarray(one(dtype, accuracy)) for one in bounds]))

    masks = [reading.free for reading in readings if reading.free is not None]
    free = np.logical_or.reduce(masks) if masks else None
    values = tuple(value for reading in readings for value in reading.values)
    return replace(readings[0], values=values, bound=bound, free=free)


def quantile_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """The cotangent, in parts, goes to the elements that the quantile lies between."""
    n = rows.shape[-1]
    _, slack = place(case.parameters["q"], n, case.dtype)
    return selected(rows, cotangent, case.dtype, neighbours(case, n), slack)


def median_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """The cotangent goes to the middle element, or in halves to both."""
    n = rows.shape[-1]
    low, high = (n - 1) // 2, n // 2
    if n % 2:
        return selected(rows, cotangent, case.dtype, [(low, low, 0.0)], 0.0)
    found = {}
    for name, pair in ((LOWER, (low, low, 0.0)), (MIDPOINT, (low, high, 0.5))):
        for ties, outputs in selected(rows, cotangent, case.dtype, [pair], 0.0).items():
            found[", ".join(part for part in (name, ties) if part)] = outputs
    return found


def midpoint(case: Case) -> str:
    """The convention of NumPy, JAX and Keras."""
    return MIDPOINT if case.parameters["axis"] != () else ""


def torch_dtype(case: Case) -> bool:
    """torch.quantile takes float32 and float64, one axis or all."""
    return case.dtype in ("float32", "float64") and not isinstance(case.parameters["axis"], tuple)


NARROW: Facts = (("keras-torch:*:*", IN_FLOAT32),)
QUANTILES: Tuple[float, ...] = (0.5, 0.0, 1.0, 0.25, 0.75, 0.1, 0.9, 0.3)
METHODS = ("linear", "lower", "higher", "midpoint", "nearest")
PARAMETERS = (("q", QUANTILES), ("interpolation", METHODS))

# fmt: off
row("median", SEVERAL, Reduction(median, median_gradient, empty=Rule.EITHER, dtypes=NUMBERS), {
    "torch": ask("torch.median(x) if axis is None else torch.median(x, dim=axis, keepdim=keepdims).values",
                 when=all_or_one, convention=lambda case: LOWER),
    "jax": ask("jax.numpy.median(x, axis=axis, keepdims=keepdims)", convention=midpoint),
    "keras": ask("keras.ops.median(x, axis=axis, keepdims=keepdims)", convention=midpoint),
}, "the middle element in ascending order", NARROW)
row("quantile", SEVERAL, Reduction(quantile, quantile_gradient, empty=Rule.EITHER, dtypes=NUMBERS, parameters=PARAMETERS), {
    "torch": ask("torch.quantile(x, q, dim=axis, keepdim=keepdims, interpolation=interpolation)", when=torch_dtype),
    "jax": "jax.numpy.quantile(x, q, axis=axis, keepdims=keepdims, method=interpolation)",
    "keras": "keras.ops.quantile(x, q, axis=axis, keepdims=keepdims, method=interpolation)",
}, "the element at a fraction of the way through ascending order", NARROW)
# fmt: on
