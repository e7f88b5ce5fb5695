"""Scans: cumulative sums, products, extremes and log-sum-exp along one axis."""

from __future__ import annotations

from typing import Callable

import numpy as np

from harness.case import GRADIENT, Case, Kind, KnownDifference
from harness.formats import FLOATS as FORMATS
from harness.formats import kind_of
from harness.operators.facts import Facts
from harness.operators.reductions.known import SIXTEEN_BIT_SUMS
from harness.operators.reductions.linear import NAN_REGIMES, int64, own_dtype, product_of, without_nan, wrapping
from harness.operators.reductions.meaning import Readings, Reduction, one
from harness.operators.reductions.sums import finite_of, integers, sum_of, unchanged, within
from harness.operators.reductions.table import FLOATS, NUMBERS, SCAN, row
from harness.plain import ask


def running_sum(rows: np.ndarray) -> np.ndarray:
    """Prefix sums."""
    return rows.cumsum(axis=-1)


def running_product(rows: np.ndarray) -> np.ndarray:
    """Prefix products."""
    return rows.cumprod(axis=-1)


def cumulative_sum(rows: np.ndarray, case: Case) -> Readings:
    """Each element is the sum of those up to it: a sum of at most n terms."""
    if kind_of(case.dtype) == "integer":
        return wrapping(running_sum, rows, case.dtype)
    return one(sum_of(rows, case.dtype, along=running_sum))


def cumulative_sum_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """The cumulative sum of the cotangent from the end."""

    def backward(array: np.ndarray) -> np.ndarray:
        return array[..., ::-1].cumsum(axis=-1)[..., ::-1]

    return one(sum_of(cotangent, case.dtype, along=backward, name="x"))


def cumulative_product(rows: np.ndarray, case: Case) -> Readings:
    """Each element is the product of those up to it."""
    if kind_of(case.dtype) == "integer":
        return wrapping(running_product, rows, case.dtype)
    return one(product_of(rows, case.dtype, along=running_product))


def cumulative_product_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """The sum over j >= i of cotangent[j] times the product up to j without element i: n terms of 2 n roundings.

    Products up to j without element i come from the recurrence q[j] = q[j - 1] x[j], q[i] = the product before i. Free are rows in which
    a product of magnitudes above one, times the cotangent, may overflow, or one of those below one underflow.
    """
    form, n = FORMATS[case.dtype], rows.shape[-1]
    wide, weights = rows.astype(np.longdouble), cotangent.astype(np.longdouble)
    value, size = cumulative_products(wide, weights), cumulative_products(np.abs(wide), np.abs(weights))
    above = np.maximum(np.abs(wide), 1).prod(axis=-1, keepdims=True) * np.abs(weights).max(
        axis=-1, keepdims=True, initial=1
    )
    below = np.minimum(np.where(wide == 0, 1, np.abs(wide)), 1).prod(axis=-1, keepdims=True)
    free = np.broadcast_to(~((above * n < form.largest / 4) & (below > form.smallest_normal * 4)), rows.shape)

    def error(u: float) -> np.ndarray:
        return np.asarray((3 * n + 6) * form.roundoff * finite_of(size))

    return one(within(value, case.dtype, error, free=free, tiny=lambda step: 4 * n * step * finite_of(above), name="x"))


def cumulative_products(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Per i the sum over j >= i of weights[j] times the product of rows[:j + 1] without row i."""
    n = rows.shape[-1]
    total, ahead = np.zeros_like(rows), np.zeros((*rows.shape[:-1], 1), rows.dtype)
    before = np.concatenate([np.ones_like(ahead), rows[..., :-1]], axis=-1).cumprod(axis=-1)
    for i in range(n - 1, -1, -1):  # ahead: the sum over j >= i of weights[j] times the product of rows[i + 1 : j + 1]
        following = rows[..., i + 1 : i + 2] if i + 1 < n else np.zeros_like(ahead)
        ahead = weights[..., i : i + 1] + following * ahead
        total[..., i : i + 1] = before[..., i : i + 1] * ahead
    return total


def cumulative_extreme(largest: bool) -> Callable[[np.ndarray, Case], Readings]:
    """Each element is the extreme of those up to it; NaN from the first NaN on."""

    def value(rows: np.ndarray, case: Case) -> Readings:
        found = (np.maximum if largest else np.minimum).accumulate(rows, axis=-1)
        if kind_of(case.dtype) == "float":
            return one(unchanged(found, case.dtype))
        return one(integers(found, case.dtype))

    return value


def cumulative_log_sum_exp(rows: np.ndarray, case: Case) -> Readings:
    """Each element is the log-sum-exp of those up to it.

    Pairwise log-add-exp instead of one sum rounds every intermediate result, whose magnitude is at most that of the largest prefix
    result and so enters n times; see ``moments.log_sum_exp`` for one sum.
    """
    n = rows.shape[-1]
    wide = rows.astype(np.longdouble)
    value = np.logaddexp.accumulate(wide, axis=-1)
    size = np.maximum.accumulate(finite_of(value), axis=-1) + np.maximum.accumulate(finite_of(rows), axis=-1)
    form = FORMATS[case.dtype]
    steps = np.arange(1, n + 1)

    def error(u: float) -> np.ndarray:
        return np.asarray((steps + 8) * 4 * form.roundoff * (1 + size))

    return one(within(value, case.dtype, error, ulps=2))


TARGETS = ("jax*:*:*", "keras-jax*:*:*", "tensorflow:*:*", "keras-tensorflow:*:*")
SUM_FACTS: Facts = tuple((pattern, SIXTEEN_BIT_SUMS) for pattern in TARGETS)
ZERO_INPUT = KnownDifference(
    "*tensorflow:*:*",
    Kind.VALUE,
    "wrong values",
    "the gradient is computed by a division by x, and is 0 where x is 0",
    "tensorflow/python/ops/math_grad.py, _CumprodGrad: div_no_nan(out, x)",
    "reported",
    when=lambda case: case.quantity == GRADIENT and case.regime in ("near", "zeros", "one_hot", "special"),
    name="cumprod's gradient at zero",
)

# fmt: off
row("cumsum", SCAN, Reduction(cumulative_sum, cumulative_sum_gradient, scan=True, dtypes=NUMBERS), {
    "torch": ask("torch.cumsum(x, dim=axis)", convention=int64),
    "tensorflow": ask("tf.math.cumsum(x, axis=axis)", convention=own_dtype),
    "jax": "jax.numpy.cumsum(x, axis=axis)",
    "keras": "keras.ops.cumsum(x, axis=axis)",
}, "cumulative sums", SUM_FACTS)
row("cumprod", SCAN, Reduction(cumulative_product, cumulative_product_gradient, scan=True, dtypes=NUMBERS), {
    "torch": ask("torch.cumprod(x, dim=axis)", convention=int64),
    "tensorflow": ask("tf.math.cumprod(x, axis=axis)", convention=own_dtype),
    "jax": "jax.numpy.cumprod(x, axis=axis)",
    "keras": "keras.ops.cumprod(x, axis=axis)",
}, "cumulative products", known=(ZERO_INPUT,))
for _name, _largest in (("cummax", True), ("cummin", False)):
    row(_name, SCAN, Reduction(cumulative_extreme(_largest), scan=True, dtypes=NUMBERS), {
        "torch": f"torch.{_name}(x, dim=axis).values",
        "jax": ask(f"jax.lax.{_name}(x, axis=axis)", when=lambda case: case.parameters["axis"] >= 0),
    }, f"cumulative {'maxima' if _largest else 'minima'}")
row("logcumsumexp", SCAN, Reduction(cumulative_log_sum_exp, scan=True, dtypes=FLOATS), {
    "torch": "torch.logcumsumexp(x, dim=axis)",
    "tensorflow": "tf.math.cumulative_logsumexp(x, axis=axis)",
    "jax": ask("jax.lax.cumlogsumexp(x, axis=axis)", when=lambda case: case.parameters["axis"] >= 0),
}, "cumulative log-sum-exp")
for _name, _fill, _scan in (("nancumsum", 0.0, cumulative_sum), ("nancumprod", 1.0, cumulative_product)):
    row(_name, SCAN, Reduction(without_nan(_fill, _scan), scan=True, dtypes=FLOATS, regimes=NAN_REGIMES), {
        "jax": f"jax.numpy.{_name}(x, axis=axis)",
        "keras": f"keras.ops.{_name}(x, axis=axis)",
    }, f"cumulative {'sums' if _fill == 0 else 'products'} of the elements that are not NaN", SUM_FACTS)
# fmt: on
