"""Scans: cumulative sums, products, extremes and log-sum-exp along one axis."""

from __future__ import annotations

from typing import Callable

import numpy as np

from harness.case import GRADIENT, Case, Kind, KnownDifference
from harness.formats import FLOATS as FORMATS
from harness.formats import kind_of
from harness.operators.facts import Facts
from harness.operators.reductions.directions import DIRECTIONS, REVERSE, directed, directed_gradient, lax, plain
from harness.operators.reductions.known import FLOAT64_RANGE, IN_FLOAT32, SIXTEEN_BIT_SUMS
from harness.operators.reductions.linear import int64, own_dtype, product_of, wrapping
from harness.operators.reductions.meaning import Readings, Reduction, one
from harness.operators.reductions.nan_sums import NAN_REGIMES, without_nan
from harness.operators.reductions.scan_gradients import (
    cumulative_extreme_gradient,
    cumulative_product_gradient,
    cumulative_sum_gradient,
    log_sum_exp_gradient,
    numbers_only,
)
from harness.operators.reductions.sums import finite_of, integers, sum_of, unchanged, within
from harness.operators.reductions.table import FLOATS, NUMBERS, SCAN, row
from harness.plain import ask
from harness.values import arrays_of


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


def cumulative_product(rows: np.ndarray, case: Case) -> Readings:
    """Each element is the product of those up to it."""
    if kind_of(case.dtype) == "integer":
        return wrapping(running_product, rows, case.dtype)
    return one(product_of(rows, case.dtype, along=running_product))


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
NARROW: Facts = (("keras-torch:*:*", IN_FLOAT32),)
SUM_FACTS: Facts = (*NARROW, *((pattern, SIXTEEN_BIT_SUMS) for pattern in TARGETS))


def gradient_at_zero(case: Case) -> bool:
    """Whether it is a gradient with a product, NaN left out, that is zero or counts as one where subnormal numbers are flushed."""
    if case.quantity != GRADIENT:
        return False
    x = np.abs(arrays_of(case)["x"].astype(np.longdouble))
    x = np.where(np.isnan(x), 1, x)
    axis = case.parameters["axis"]
    with np.errstate(all="ignore"):
        products = np.cumprod(np.flip(x, axis) if case.parameters.get("reverse") else x, axis=axis)
    return bool((products < FORMATS[case.dtype].smallest_normal).any())


ZERO_INPUT = KnownDifference(
    "*tensorflow:*:*",
    Kind.VALUE,
    "wrong values",
    "the gradient is computed by a division of the products by x, and is 0 where x or a product is 0",
    "tensorflow/python/ops/math_grad.py, _CumprodGrad: div_no_nan(out, x)",
    "reported",
    when=gradient_at_zero,
    name="cumprod's gradient at zero",
)


def lowest(dtype: str) -> float:
    """The least finite number, which TensorFlow documents to use in the place of -infinity (gen_math_ops.cumulative_logsumexp)."""
    return -FORMATS[dtype].largest


def exclusive_log_sum_exp(rows: np.ndarray, case: Case) -> Readings:
    """The directed scan, which begins with -infinity or what stands for it."""
    return directed(cumulative_log_sum_exp, -np.inf, lowest(case.dtype))(rows, case)


LONGEST = 33
"""Longest rows of gradients: JAX compiles that of an associative scan of 1,025 for 11 to 26 seconds on two busy cores."""

# fmt: off
for _name, _scan, _gradient, _first, _known in (
    ("cumsum", cumulative_sum, cumulative_sum_gradient, 0.0, ()),
    ("cumprod", cumulative_product, cumulative_product_gradient, 1.0, (ZERO_INPUT,)),
):
    row(_name, SCAN, Reduction(
        directed(_scan, _first), directed_gradient(_gradient), scan=True, dtypes=NUMBERS, parameters=DIRECTIONS,
        longest=2**20 if _name == "cumsum" else LONGEST,
    ), {
        "torch": ask(f"torch.{_name}(x, dim=axis)", convention=int64, when=plain),
        "tensorflow": ask(f"tf.math.{_name}(x, axis=axis, exclusive=exclusive, reverse=reverse)", convention=own_dtype),
        "jax": [
            ask(f"jax.numpy.{_name}(x, axis=axis)", when=plain),
            ask(f"jax.lax.{_name}(x, axis=axis, reverse=reverse)", when=lax, spelling="lax"),
        ],
        "keras": ask(f"keras.ops.{_name}(x, axis=axis)", when=plain),
    }, f"cumulative {'sums' if _name == 'cumsum' else 'products'}", SUM_FACTS if _name == "cumsum" else NARROW,
        known=(*_known, FLOAT64_RANGE))
for _name, _largest in (("cummax", True), ("cummin", False)):
    row(_name, SCAN, Reduction(
        directed(cumulative_extreme(_largest)), directed_gradient(cumulative_extreme_gradient(_largest)), scan=True, dtypes=NUMBERS,
        parameters=REVERSE, gradient_regimes=("rounding", "exact"), longest=LONGEST,
    ), {
        "torch": ask(f"torch.{_name}(x, dim=axis).values", when=plain),
        "jax": ask(f"jax.lax.{_name}(x, axis=axis, reverse=reverse)", when=lax),
    }, f"cumulative {'maxima' if _largest else 'minima'}")
row("logcumsumexp", SCAN, Reduction(
    exclusive_log_sum_exp, directed_gradient(log_sum_exp_gradient), scan=True, dtypes=FLOATS, parameters=DIRECTIONS, longest=LONGEST,
), {
    "torch": ask("torch.logcumsumexp(x, dim=axis)", when=plain),
    "tensorflow": "tf.math.cumulative_logsumexp(x, axis=axis, exclusive=exclusive, reverse=reverse)",
    "jax": ask("jax.lax.cumlogsumexp(x, axis=axis, reverse=reverse)", when=lax),
}, "cumulative log-sum-exp")
for _name, _fill, _scan, _gradient in (
    ("nancumsum", 0.0, cumulative_sum, cumulative_sum_gradient), ("nancumprod", 1.0, cumulative_product, cumulative_product_gradient),
):
    row(_name, SCAN, Reduction(without_nan(_fill, _scan), numbers_only(_gradient, _fill), scan=True, dtypes=FLOATS, regimes=NAN_REGIMES,
                                longest=LONGEST), {
        "jax": f"jax.numpy.{_name}(x, axis=axis)",
        "keras": f"keras.ops.{_name}(x, axis=axis)",
    }, f"cumulative {'sums' if _fill == 0 else 'products'} of the elements that are not NaN", SUM_FACTS, known=(FLOAT64_RANGE, ZERO_INPUT))
# fmt: on
