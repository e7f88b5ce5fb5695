"""Order statistics: medians and quantiles."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Tuple

import numpy as np

from harness.case import Case
from harness.formats import FLOATS as FORMATS
from harness.meaning import Accuracy, Expected, Rule
from harness.numerics import ulp
from harness.operators.reductions.meaning import Readings, Reduction
from harness.operators.reductions.sums import finite_of, unchanged
from harness.operators.reductions.table import FLOATS, SEVERAL, all_or_one, row
from harness.plain import ask

LOWER, MIDPOINT = "lower", "midpoint"
"""The median of an even count: the lower of the two middle elements (torch), or halfway between them (NumPy, JAX, Keras)."""


def median(rows: np.ndarray, case: Case) -> Readings:
    """The middle element in ascending order; NaN where there is one, and for nothing."""
    ordered, n = np.sort(rows, axis=-1), rows.shape[-1]
    nan = np.isnan(rows).any(axis=-1)
    if not n:
        return {"": (unchanged(np.full(rows.shape[:-1], np.nan, rows.dtype), case.dtype),)}
    low, high = ordered[..., (n - 1) // 2], ordered[..., n // 2]
    lower = unchanged(np.where(nan, np.nan, low), case.dtype)
    if n % 2:
        return {"": (lower,)}
    return {LOWER: (lower,), MIDPOINT: (between(low, high, 0.5, 0.5, nan, case.dtype),)}


def between(low: np.ndarray, high: np.ndarray, least: float, most: float, nan: np.ndarray, dtype: str) -> Expected:
    """low + w (high - low) for a weight w from ``least`` to ``most``: three roundings of magnitudes up to |low| + |high|.

    Free where that sum overflows, and where an end is infinite: 0 times infinity is NaN in one formula and absent in another.
    """
    form, weight = FORMATS[dtype], (least + most) / 2
    value = np.where(nan, np.nan, low * (1 - weight) + high * weight)
    size = finite_of(low) + finite_of(high)
    free = ~nan & ((np.isinf(low) | np.isinf(high)) | (size > form.largest))
    drift = (most - least) / 2 * np.abs(np.where(free | nan, 0, high - low))

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        step = form.smallest_normal if accuracy.flushes(dtype) else form.smallest_subnormal
        return np.asarray(drift + 2 * ulp(size, dtype) + 2 * step)

    return Expected(value.shape, dtype, (value,), bound, free=free if free.any() else None)


def quantile(rows: np.ndarray, case: Case) -> Readings:
    """The element at the position q (n - 1) in ascending order, by interpolation between its neighbours; NaN where there is one.

    The position is computed in the input's dtype by some and in float64 by others: it is uncertain by 2 u q (n - 1), which decides
    where it falls on an integer or halfway.
    """
    q, method, n = case.parameters["q"], case.parameters["interpolation"], rows.shape[-1]
    ordered, nan = np.sort(rows, axis=-1), np.isnan(rows).any(axis=-1)
    position = q * (n - 1)
    slack = 4 * FORMATS["float32" if case.dtype != "float64" else "float64"].roundoff * (position + q)
    if math.log2(1 / q).is_integer() if 0 < q < 1 else True:
        slack = 0.0  # a power of two, zero and one give exact positions
    at = sorted({min(max(position + d, 0), n - 1) for d in (-slack, 0.0, slack)})
    if method == "linear":
        low = min(math.floor(position + slack), n - 1)
        high = min(low + 1, n - 1)
        ends = [min(max(p - low, 0.0), 1.0) for p in (at[0], at[-1])]
        within = between(ordered[..., low], ordered[..., high], ends[0], ends[1], nan, case.dtype)
        if at[0] >= low:
            return {"": (within,)}
        below = between(ordered[..., low - 1], ordered[..., low], 1 - (low - at[0]), 1.0, nan, case.dtype)
        return {"": (wider(within, below),)}
    if method == "midpoint":
        pairs = {(math.floor(p), math.ceil(p)) for p in at}
        found = [between(ordered[..., a], ordered[..., c], 0.5, 0.5, nan, case.dtype) for a, c in sorted(pairs)]
        return {"": (either(found),)}
    picks = {
        "lower": lambda p: {math.floor(p)},
        "higher": lambda p: {math.ceil(p)},
        "nearest": lambda p: {math.floor(p + 0.5), math.ceil(p - 0.5)},
    }[method]
    chosen = sorted(set().union(*(picks(p) for p in at)))
    return {"": (either([unchanged(np.where(nan, np.nan, ordered[..., i]), case.dtype) for i in chosen]),)}


def wider(one: Expected, other: Expected) -> Expected:
    """The first output, with the values of the second beside its own and the larger bound of both."""
    own, another = one.bound, other.bound

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        assert own is not None
        assert another is not None
        return np.maximum(np.asarray(own(dtype, accuracy)), np.asarray(another(dtype, accuracy)))

    masks = [mask for mask in (one.free, other.free) if mask is not None]
    free = np.logical_or.reduce(masks) if masks else None
    return replace(one, values=(*one.values, *other.values), bound=bound, free=free)


def either(readings: list[Expected]) -> Expected:
    """One output that has the values of any of the readings."""
    return replace(readings[0], values=tuple(value for reading in readings for value in reading.values))


def midpoint(case: Case) -> str:
    """The convention of NumPy, JAX and Keras."""
    return MIDPOINT if case.parameters["axis"] != () else ""


def torch_dtype(case: Case) -> bool:
    """torch.quantile takes float32 and float64, one axis or all."""
    return case.dtype in ("float32", "float64") and not isinstance(case.parameters["axis"], tuple)


QUANTILES: Tuple[float, ...] = (0.5, 0.0, 1.0, 0.25, 0.75, 0.1, 0.9, 0.3)
METHODS = ("linear", "lower", "higher", "midpoint", "nearest")
PARAMETERS = (("q", QUANTILES), ("interpolation", METHODS))

# fmt: off
row("median", SEVERAL, Reduction(median, empty=Rule.EITHER, dtypes=FLOATS), {
    "torch": ask("torch.median(x) if axis is None else torch.median(x, dim=axis, keepdim=keepdims).values",
                 when=all_or_one, convention=lambda case: LOWER),
    "jax": ask("jax.numpy.median(x, axis=axis, keepdims=keepdims)", convention=midpoint),
    "keras": ask("keras.ops.median(x, axis=axis, keepdims=keepdims)", convention=midpoint),
}, "the middle element in ascending order")
row("quantile", SEVERAL, Reduction(quantile, empty=Rule.REFUSE, dtypes=FLOATS, parameters=PARAMETERS), {
    "torch": ask("torch.quantile(x, q, dim=axis, keepdim=keepdims, interpolation=interpolation)", when=torch_dtype),
    "jax": "jax.numpy.quantile(x, q, axis=axis, keepdims=keepdims, method=interpolation)",
    "keras": "keras.ops.quantile(x, q, axis=axis, keepdims=keepdims, method=interpolation)",
}, "the element at a fraction of the way through ascending order")
# fmt: on
