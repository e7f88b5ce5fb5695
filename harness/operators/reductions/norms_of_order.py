"""Vector norms of further orders: powers of magnitudes, a count, the smallest magnitude."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.case import GRADIENT, Case
from harness.formats import FLOATS as FORMATS
from harness.meaning import Accuracy, Expected, Rule
from harness.operators.reductions.extremes import extreme, extreme_gradient
from harness.operators.reductions.known import FLOAT64_RANGE
from harness.operators.reductions.meaning import Readings, Reduction, one
from harness.operators.reductions.norms import FACTS, signed, vector
from harness.operators.reductions.sums import finite_of, sum_of, unchanged, within
from harness.operators.reductions.table import FLOATS, SEVERAL, row
from harness.plain import ask


def norm_of_order(rows: np.ndarray, case: Case) -> Readings:
    """Order p: the p-th root of the sum of p-th powers; 0: how many elements are not zero; -infinity: the smallest magnitude.

    A power is within 16 units in the last place (as the OpenCL specification requires of pow) and may be rounded to the dtype; an error of
    the sum, of n terms, is divided by p; that of a rounded 1 / p is multiplied by the logarithm of the sum. Free are sums that leave the
    range of the dtype.
    """
    order, sizes = case.parameters["order"], np.abs(rows)
    form, n = FORMATS[case.dtype], rows.shape[-1]
    if order == "-inf":
        return extreme(False)(sizes, case) if n else {}
    if order == "0":
        return one(flushing_count(rows, case.dtype))
    p = float(order)
    powers = sizes.astype(np.longdouble) ** p
    total = powers.sum(axis=-1)
    value = total ** (1 / np.longdouble(p))
    least = np.where(powers > 0, powers, np.inf).min(axis=-1, initial=np.inf)
    finite = np.where(np.isfinite(total) & (total > 0), total, 1)
    safe = (
        ~np.isfinite(rows).all(axis=-1)
        | (total == 0)
        | ((total < form.largest / 4) & (value < form.largest / 4) & (least > form.smallest_normal * 4))
    )

    def error(u: float) -> np.ndarray:
        inner = (n + 34) * max(u, form.roundoff) / p
        return np.asarray(np.abs(finite_of(value)) * (inner + (34 + 2 * np.abs(np.log(finite)) / p) * form.roundoff))

    return one(within(value, case.dtype, error, free=~safe))


def order_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """Order p: sign(x) |x|^(p - 1) y^(1 - p) for the norm y; 0 of a count; for -infinity the sign at the smallest magnitudes.

    Two powers of 16 units each, the error of the norm as in its value, |1 - p| times, and |1 / p - 1| roundings of the logarithm of the
    sum where it is raised to that. Free are rows with a zero, where a power is infinite or 0 / 0, and those whose powers or their
    reciprocals leave the range.
    """
    order, sizes, form, n = case.parameters["order"], np.abs(rows), FORMATS[case.dtype], rows.shape[-1]
    sign, zeros = np.sign(rows), (rows == 0).any(axis=-1, keepdims=True)
    if order == "0":
        return one(unchanged(np.zeros(rows.shape, rows.dtype), case.dtype, name="x"))
    if order == "-inf":
        found = extreme_gradient(False)(sizes, cotangent, case)
        free = np.broadcast_to(zeros, rows.shape)
        return {name: (signed(expected, sign, free),) for name, (expected,) in found.items()}
    p = float(order)
    wide = np.where(zeros, 1, sizes).astype(np.longdouble)
    total = (wide**p).sum(axis=-1, keepdims=True)
    value = sign * wide ** (p - 1) * total ** (1 / np.longdouble(p) - 1) * cotangent
    # |x|^(p - 2) and y^(p - 1), and their reciprocals, are what implementations raise to.
    powers = max(abs(p - 2), p, 2.0)
    ends = (
        np.maximum(wide.max(axis=-1, keepdims=True), 1) * n ** (1 / p),
        np.minimum(wide.min(axis=-1, keepdims=True), 1),
    )
    inside = (ends[0] ** powers < form.largest / 8) & (ends[1] ** powers > form.smallest_normal * 8)

    def error(u: float) -> np.ndarray:
        logarithm = np.abs(np.log(total)) * (2 / p + abs(1 / p - 1))
        inner = (n + 34) * max(u, form.roundoff) / p + (34 + logarithm) * form.roundoff
        return np.asarray(np.abs(finite_of(value)) * ((1 + abs(1 - p)) * inner + 80 * form.roundoff))

    free = np.broadcast_to(zeros | ~inside | ~np.isfinite(rows).all(axis=-1, keepdims=True), rows.shape)
    tiny = form.largest**0.5
    return one(
        within(
            value, case.dtype, error, free=free, tiny=lambda step: np.asarray(tiny * step * np.abs(cotangent)), name="x"
        )
    )


def flushing_count(rows: np.ndarray, dtype: str) -> Expected:
    """How many elements are not zero, a sum of ones; subnormal ones may count where they are not flushed."""
    counted = sum_of((rows != 0).astype(rows.dtype), dtype)
    small = ((np.abs(rows) < FORMATS[dtype].smallest_normal) & (rows != 0)).sum(axis=-1)
    own = counted.bound

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        assert own is not None
        error = own(dtype, accuracy)
        return np.asarray((0 if error is None else error) + (small if accuracy.flushes(dtype) else 0))

    return replace(counted, exact=False, bound=bound)


def positive(case: Case) -> bool:
    """Whether TensorFlow documents the order: any positive real number."""
    return vector(case) and case.parameters["order"] in ("3", "0.5")


def slope(case: Case) -> bool:
    """Whether no gradient of a count is asked for: torch's is no function of its input for autograd."""
    return case.quantity != GRADIENT or case.parameters["order"] != "0"


# fmt: off
row("norm_of_order", SEVERAL, Reduction(
    norm_of_order, order_gradient, empty=Rule.EITHER, dtypes=FLOATS, parameters=(("order", ("3", "0", "0.5", "-inf")),),
    gradient_regimes=("rounding",),
), {
    "torch": ask("torch.linalg.vector_norm(x, ord=float(order), dim=axis, keepdim=keepdims)", when=slope),
    "tensorflow": ask("tf.norm(x, ord=float(order), axis=axis, keepdims=keepdims)", when=positive),
    "jax": "jax.numpy.linalg.vector_norm(x, ord=float(order), axis=axis, keepdims=keepdims)",
    "keras": ask("keras.ops.norm(x, ord=float(order), axis=axis, keepdims=keepdims)", when=lambda case: vector(case) and slope(case)),
}, "the norm of a vector, of further orders", FACTS, known=(FLOAT64_RANGE,))
# fmt: on
