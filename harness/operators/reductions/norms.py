"""Vector norms and log-sum-exp: nonlinear functions of sums."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, Tuple

import numpy as np

from harness.case import Case
from harness.formats import FLOATS as FORMATS
from harness.meaning import Expected
from harness.operators.facts import Facts
from harness.operators.reductions.extremes import extreme, extreme_gradient
from harness.operators.reductions.known import FLOAT64_RANGE, IN_FLOAT32, TENSORFLOW_SUMS
from harness.operators.reductions.meaning import Readings, Reduction, one
from harness.operators.reductions.moments import root_of
from harness.operators.reductions.sums import finite_of, sum_of, unchanged, within
from harness.operators.reductions.table import FLOATS, SEVERAL, row
from harness.plain import ask


def norm(rows: np.ndarray, case: Case) -> Readings:
    """The vector norm of order 1, 2 or infinity: the sum of magnitudes, the root of the sum of squares, the largest magnitude.

    For order 2 n + 1 roundings relative to the sum of squares, half of them after the root; squares that may underflow cost n steps,
    and those that may overflow leave it free.
    """
    order = case.parameters["order"]
    sizes = np.abs(rows)
    if order == "inf":
        return extreme(True)(sizes, case)
    if order == "1":
        return one(sum_of(sizes, case.dtype))
    form, n = FORMATS[case.dtype], rows.shape[-1]
    square = (rows**2).sum(axis=-1)
    total = (finite_of(rows) ** 2).sum(axis=-1)
    free = ~(total * (1 + n * form.roundoff) < form.largest)
    inner = within(
        square,
        case.dtype,
        lambda u: (n + 2) * u * total,
        free=free if free.any() else None,
        tiny=lambda step: np.asarray((n + 1) * step),
        ulps=2,
    )
    return one(root_of(inner))


def norm_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """Order 1: the sign. Order 2: x over the norm. Infinity: the sign at the largest magnitudes, as for an extreme with ties.

    The norm has no derivative at zero: the subgradient 0, or NaN from 0 / 0, are conventions.
    """
    order, form, n = case.parameters["order"], FORMATS[case.dtype], rows.shape[-1]
    sign = np.sign(rows)
    if order == "1":
        small = (np.abs(rows) < form.smallest_normal) & (rows != 0)
        return {
            name: (
                unchanged(
                    np.where(rows == 0, at_zero, sign) * cotangent, case.dtype, name="x", free=small | np.isnan(rows)
                ),
            )
            for name, at_zero in (("0 at zero", 0), ("1 at zero", 1))
        }
    if order == "inf":
        found = extreme_gradient(True)(np.abs(rows), cotangent, case)
        zero = (rows == 0).all(axis=-1, keepdims=True) & np.ones(rows.shape, bool)
        return {name: (signed(expected, sign, zero),) for name, (expected,) in found.items()}
    length = np.sqrt((rows**2).sum(axis=-1, keepdims=True))
    value = np.where(length > 0, rows / np.where(length > 0, length, 1), 0) * cotangent
    zero = np.broadcast_to(length == 0, rows.shape)
    squares = rows**2
    lost = (squares.sum(axis=-1, keepdims=True) < form.smallest_normal * 2**24 * n) & ~(length == 0)
    free = np.broadcast_to(~(squares.sum(axis=-1, keepdims=True) * 2 < form.largest) | lost, rows.shape)
    readings: Dict[str, Tuple[Expected, ...]] = {}
    for name, at_zero in (("0 at zero", 0.0), ("NaN at zero", np.nan)):
        readings[name] = (
            within(
                np.where(zero, at_zero, value),
                case.dtype,
                lambda u: (n + 8) * max(u, form.roundoff / 4) * np.abs(value) + 4 * form.roundoff * np.abs(value),
                free=free,
                tiny=lambda step: np.asarray(step * (1 + np.abs(cotangent))),
                name="x",
            ),
        )
    return readings


def signed(expected: Expected, sign: np.ndarray, free: np.ndarray) -> Expected:
    """The vector-Jacobian product of a magnitude from that of the number itself; a magnitude of zero has no derivative."""
    joined = free if expected.free is None else free | expected.free
    return replace(expected, values=tuple(value * sign for value in expected.values), free=joined)


def log_sum_exp(rows: np.ndarray, case: Case) -> Readings:
    """max + log(sum(exp(x - max))), -inf for nothing.

    The differences round, so exp is off by |x - max| u relative, beside its own error; the sum of n terms adds n u, the logarithm three
    units, the last addition one (Blanchard, D. Higham and N. Higham, Accurately computing the log-sum-exp and softmax functions, 2021).

    16-bit functions round what float32 gives once, and every step of the formula is an array of the dtype: differences, powers, sum,
    logarithm and result (logsumexp in torch/_refs/__init__.py and jax/_src/ops/special.py, reduce_logsumexp in
    tensorflow/python/ops/math_ops.py). With u that of the dtype, the powers and the sum cost u each relative to the sum, the differences
    |x - max| u, the logarithm u of itself. Of a single element every step is exact.
    """
    n = rows.shape[-1]
    top = rows.max(axis=-1, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(top), top, 0)
    weights = np.exp(rows - shift)
    total = weights.sum(axis=-1)
    value = np.log(total) + shift[..., 0]
    distance = np.where(weights > 0, np.abs(rows - shift) * weights, 0).sum(axis=-1)
    spread = np.where(total > 0, distance / np.where(total > 0, total, 1), 0)
    form = FORMATS[case.dtype]

    def error(u: float) -> np.ndarray:
        inner = np.abs(finite_of(np.log(total)))
        last = np.abs(finite_of(value)) * 2 * form.roundoff
        if case.dtype in ("float32", "float64"):
            return np.asarray((n + 8 + 2 * spread + 4 * inner) * max(form.roundoff, u) + last)
        steps = (2 + spread + inner) * form.roundoff if n > 1 else 0
        return np.asarray((n + 8 + 2 * spread + 4 * inner) * u + steps + last)

    return one(within(value, case.dtype, error, ulps=2))


def log_sum_exp_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """softmax(x) times the cotangent; the exponent x - y inherits the error of y."""
    form, n = FORMATS[case.dtype], rows.shape[-1]
    top = rows.max(axis=-1, keepdims=True, initial=-np.inf)
    weights = np.exp(rows - np.where(np.isfinite(top), top, 0))
    share = weights / weights.sum(axis=-1, keepdims=True)
    value = share * cotangent
    size = np.abs(np.where(np.isfinite(rows), rows, 0)) + np.abs(np.where(np.isfinite(top), top, 0)) + np.log(n + 1)
    free = np.broadcast_to(~np.isfinite(rows).all(axis=-1, keepdims=True), rows.shape)

    def error(u: float) -> np.ndarray:
        return np.asarray((2 * n * u + (12 + 4 * size) * form.roundoff) * np.abs(value))

    def tiny(step: float) -> np.ndarray:
        return np.asarray(step * (1 + np.abs(cotangent)))

    return one(within(value, case.dtype, error, free=free, tiny=tiny, name="x"))


FACTS: Facts = (("keras-torch:*:*", IN_FLOAT32), *TENSORFLOW_SUMS)
ORDER = (("order", ("2", "1", "inf")),)


def vector(case: Case) -> bool:
    """Whether one axis is named: with two, TensorFlow and Keras document the norm of a matrix."""
    return isinstance(case.parameters["axis"], int)


# fmt: off
row("norm", SEVERAL, Reduction(norm, norm_gradient, dtypes=FLOATS, parameters=ORDER), {
    "torch": "torch.linalg.vector_norm(x, ord=float(order), dim=axis, keepdim=keepdims)",
    "tensorflow": ask("tf.norm(x, ord=float(order), axis=axis, keepdims=keepdims)", when=vector),
    "jax": "jax.numpy.linalg.vector_norm(x, ord=float(order), axis=axis, keepdims=keepdims)",
    "keras": ask("keras.ops.norm(x, ord=float(order), axis=axis, keepdims=keepdims)", when=vector),
}, "the norm of a vector", FACTS, known=(FLOAT64_RANGE,))
row("logsumexp", SEVERAL, Reduction(log_sum_exp, log_sum_exp_gradient, dtypes=FLOATS), {
    "torch": "torch.logsumexp(x, dim=tuple(range(x.dim())) if axis is None else axis, keepdim=keepdims)",
    "tensorflow": "tf.math.reduce_logsumexp(x, axis=axis, keepdims=keepdims)",
    "jax": "jax.nn.logsumexp(x, axis=axis, keepdims=keepdims)",
    "keras": "keras.ops.logsumexp(x, axis=axis, keepdims=keepdims)",
}, "the logarithm of the sum of exponentials", TENSORFLOW_SUMS)
# fmt: on
