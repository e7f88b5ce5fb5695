"""Sums, means and products of the elements that are not NaN."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable

import numpy as np

from harness.case import Case
from harness.meaning import Accuracy
from harness.operators.elementwise.bounds import product_within
from harness.operators.facts import Facts
from harness.operators.reductions.known import FLOAT64_RANGE, IN_FLOAT32, SIXTEEN_BIT_SUMS, TENSORFLOW_SUMS
from harness.operators.reductions.linear import product, product_gradient, total
from harness.operators.reductions.meaning import Readings, Reduction, one
from harness.operators.reductions.scan_gradients import numbers_only
from harness.operators.reductions.sums import sum_of, unchanged
from harness.operators.reductions.table import FLOATS, SEVERAL, row

QUOTIENT = Accuracy(
    roundings={"float16": 1, "bfloat16": 1},
    source="measured: torch.nanmean of nine float16 numbers is off by up to 1.3 units of rounding, a rounded sum and a quotient",
)
"""torch, and Keras on TensorFlow, divide a sum that is rounded to the dtype."""

NANMEAN_FACTS: Facts = (
    *((pattern, SIXTEEN_BIT_SUMS) for pattern in ("jax*:*:*", "keras-jax*:*:*")),
    *((pattern, replace(facts, roundings=QUOTIENT.roundings)) for pattern, facts in TENSORFLOW_SUMS),
    ("torch:*:*", QUOTIENT),
    ("keras-torch:*:*", replace(IN_FLOAT32, roundings=QUOTIENT.roundings)),
)


def without_nan(fill: float, then: Callable[[np.ndarray, Case], Readings]) -> Callable[[np.ndarray, Case], Readings]:
    """The reduction of the rows in which NaN became ``fill``."""
    return lambda rows, case: then(np.where(np.isnan(rows), rows.dtype.type(fill), rows), case)


def nan_mean(rows: np.ndarray, case: Case) -> Readings:
    """The mean of what is a number; NaN for no number."""
    count = (~np.isnan(rows)).sum(axis=-1)
    filled = np.where(np.isnan(rows), 0, rows)
    found = sum_of(filled, case.dtype, divisor=np.where(count > 0, count, np.nan))
    return one(found)


def nan_sum_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """The derivative is 1 at a number, 0 at NaN."""
    return one(unchanged(np.where(np.isnan(rows), 0, cotangent), case.dtype, name="x"))


def nan_mean_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """The derivative is one over the count of numbers at a number, 0 at NaN; free where there is no number."""
    nan = np.isnan(rows)
    count = (~nan).sum(axis=-1, keepdims=True)
    slope = np.where(nan, 0, 1 / np.maximum(count, 1).astype(rows.dtype))
    free = np.broadcast_to(count == 0, rows.shape)
    return one(product_within(cotangent, slope, slope, rows.shape, case.dtype, "x", free=free))


NAN_REGIMES = ("special", "rounding", "exact")
row(
    "nansum",
    SEVERAL,
    Reduction(
        without_nan(0, total),
        nan_sum_gradient,
        dtypes=FLOATS,
        regimes=NAN_REGIMES,
        gradient_regimes=("special", "rounding"),
    ),
    {
        "torch": "torch.nansum(x, dim=axis, keepdim=keepdims)",
        "jax": "jax.numpy.nansum(x, axis=axis, keepdims=keepdims)",
        "keras": "keras.ops.nansum(x, axis=axis, keepdims=keepdims)",
    },
    "the sum of the elements that are not NaN",
    TENSORFLOW_SUMS,
)
row(
    "nanmean",
    SEVERAL,
    Reduction(
        nan_mean, nan_mean_gradient, dtypes=FLOATS, regimes=NAN_REGIMES, gradient_regimes=("special", "rounding")
    ),
    {
        "torch": "torch.nanmean(x, dim=axis, keepdim=keepdims)",
        "jax": "jax.numpy.nanmean(x, axis=axis, keepdims=keepdims)",
        "keras": "keras.ops.nanmean(x, axis=axis, keepdims=keepdims)",
    },
    "the mean of the elements that are not NaN",
    NANMEAN_FACTS,
    (FLOAT64_RANGE,),
)
row(
    "nanprod",
    SEVERAL,
    Reduction(without_nan(1, product), numbers_only(product_gradient, 1), dtypes=FLOATS, regimes=NAN_REGIMES),
    {
        "jax": "jax.numpy.nanprod(x, axis=axis, keepdims=keepdims)",
        "keras": "keras.ops.nanprod(x, axis=axis, keepdims=keepdims)",
    },
    "the product of the elements that are not NaN",
    (("keras-torch:*:*", IN_FLOAT32),),
    (FLOAT64_RANGE,),
)
