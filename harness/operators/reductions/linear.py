"""Sums, means and products, and those that leave NaN out: values, result dtypes of integers, gradients."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Dict, Tuple

import numpy as np

from harness.case import Case
from harness.formats import FLOATS as FORMATS
from harness.formats import kind_of
from harness.meaning import Expected
from harness.operators.elementwise.bounds import product_within
from harness.operators.facts import Facts
from harness.operators.reductions.known import FLOAT64_RANGE, IN_FLOAT32, TENSORFLOW_SUMS
from harness.operators.reductions.meaning import Readings, Reduction, one
from harness.operators.reductions.sums import finite_of, integers, sum_of, unchanged, within
from harness.operators.reductions.table import NUMBERS, SEVERAL, all_or_one, row
from harness.plain import ask


def row_sum(rows: np.ndarray) -> np.ndarray:
    """The sum of each row."""
    return np.asarray(rows.sum(axis=-1))


def result_dtypes(dtype: str) -> Tuple[str, ...]:
    """Dtypes that a sum of integers may have: its own, at least 32 bits, 64 bits, and for unsigned ones also the signed ones."""
    sign, bits = ("u" if dtype.startswith("u") else ""), int("".join(c for c in dtype if c.isdigit()))
    found = [dtype, f"{sign}int{max(bits, 32)}", f"{sign}int64", f"int{max(bits, 32)}", "int64"]
    return tuple(dict.fromkeys(found))


def wrapping(reduce: Callable[[np.ndarray], np.ndarray], rows: np.ndarray, dtype: str) -> Readings:
    """A reduction of integers, modulo 2**bits of each dtype that the result may have, which names the convention."""
    total = reduce(rows.astype(np.int64 if dtype[0] == "i" else np.uint64))
    return {result: (integers(total.astype(result), result),) for result in result_dtypes(dtype)}


def own_dtype(case: Case) -> str:
    """The convention that the result has the input's dtype; floats have no convention."""
    return case.dtype if kind_of(case.dtype) == "integer" and case.parameters["axis"] != () else ""


def int64(case: Case) -> str:
    """The convention that integers are summed in int64, unsigned 64-bit ones excepted, about which nothing is said."""
    said = kind_of(case.dtype) == "integer" and case.dtype != "uint64" and case.parameters["axis"] != ()
    return "int64" if said else ""


def total(rows: np.ndarray, case: Case) -> Readings:
    """The sum."""
    if kind_of(case.dtype) == "integer":
        return wrapping(row_sum, rows, case.dtype)
    return one(sum_of(rows, case.dtype))


def total_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """Every term's derivative is 1."""
    return one(unchanged(np.broadcast_to(cotangent, rows.shape), case.dtype, name="x"))


def mean(rows: np.ndarray, case: Case) -> Readings:
    """The sum over the count; NaN for none."""
    if kind_of(case.dtype) == "integer":
        return mean_of_integers(rows, case.dtype)
    return one(sum_of(rows, case.dtype, divisor=np.array(rows.shape[-1] or np.nan)))


REAL, WHOLE = "a real number", "a whole number"
"""What the mean of integers is: a float (NumPy, JAX, Keras), or an integer, rounded towards zero (TensorFlow)."""


def mean_of_integers(rows: np.ndarray, dtype: str) -> Readings:
    """The mean as a float32, every integer converted and the sum in any order; or as an integer, free where the sum leaves the dtype."""
    n, most = rows.shape[-1], np.iinfo(dtype).max
    wide = rows.astype(np.longdouble)
    total, size = wide.sum(axis=-1), np.abs(wide).sum(axis=-1)
    value = total / (n or np.nan)
    u = FORMATS["float32"].roundoff
    real = within(value, "float32", lambda _: (n + 3) * u * size / max(n, 1))
    whole = integers(np.trunc(np.where(np.isnan(value), 0, value)), dtype)
    free = (size > most) | (n > most) | (n == 0)
    return {REAL: (replace(real, other_dtypes=("float64",)),), WHOLE: (replace(whole, free=free),)}


def of_integers(name: str) -> Callable[[Case], str]:
    """The convention for integers that a framework documents."""
    return lambda case: name if kind_of(case.dtype) == "integer" and case.parameters["axis"] != () else ""


def mean_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """Every term's derivative is one over the count."""
    slope = np.full(rows.shape, 1 / rows.dtype.type(max(rows.shape[-1], 1)))
    return one(product_within(cotangent, slope, slope, rows.shape, case.dtype, "x"))


def product(rows: np.ndarray, case: Case) -> Readings:
    """The product."""
    if kind_of(case.dtype) == "integer":
        return wrapping(lambda rows: np.multiply.reduce(rows, axis=-1), rows, case.dtype)
    return one(product_of(rows, case.dtype))


def product_of(
    rows: np.ndarray, dtype: str, along: Callable[[np.ndarray], np.ndarray] = lambda rows: rows.prod(axis=-1)
) -> Expected:
    """Products in any order: n - 1 roundings, each relative.

    With P the product of the magnitudes above one: an intermediate product may overflow when P does (free), and one that underflows is
    off by up to a subnormal step, which what is multiplied with it later enlarges by P at most.
    """
    form, n = FORMATS[dtype], rows.shape[-1]
    wide = rows.astype(np.longdouble)
    value, above = along(wide), along(np.maximum(np.where(np.isfinite(wide), np.abs(wide), 1), 1))
    free = ~(above * (1 + 2 * n * form.roundoff) <= form.largest)
    # Where something may underflow to zero, zero times infinity is NaN in one order and infinity in another.
    below = along(np.minimum(np.where(wide == 0, 1, np.abs(np.nan_to_num(wide, nan=1))), 1))
    lost = (below < form.smallest_normal * 2) & along(np.isinf(wide).astype(np.longdouble) + 1).astype(bool)
    free = free | (lost & np.isinf(value))

    def error(u: float) -> np.ndarray:
        return np.asarray(n * max(u, form.roundoff) * np.abs(value) * (1 + n * form.roundoff))

    return within(value, dtype, error, free=free, tiny=lambda step: n * step * finite_of(above) + step, ulps=1)


def product_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """The cotangent times the product of all other elements: 2 n roundings, whether by prefixes and suffixes or by a division.

    Free are rows that contain what is not finite, and those where the product itself, from which a division starts, over- or underflows.
    """
    form, n = FORMATS[case.dtype], rows.shape[-1]
    wide = rows.astype(np.longdouble)
    before = np.concatenate([np.ones((*wide.shape[:-1], 1), np.longdouble), wide[..., :-1]], axis=-1).cumprod(axis=-1)
    after = np.concatenate([wide[..., 1:], np.ones((*wide.shape[:-1], 1), np.longdouble)], axis=-1)
    slope = before * after[..., ::-1].cumprod(axis=-1)[..., ::-1]
    value = slope * cotangent
    above = np.maximum(np.abs(wide), 1).prod(axis=-1, keepdims=True) * np.maximum(np.abs(cotangent), 1)
    below = np.minimum(np.where(wide == 0, 1, np.abs(wide)), 1).prod(axis=-1, keepdims=True)
    free = ~((above < form.largest / 4) & (below > form.smallest_normal * 4))
    free = np.broadcast_to(free, rows.shape)

    def error(u: float) -> np.ndarray:
        return np.asarray((2 * n + 4) * max(u, form.roundoff) * np.abs(value) * (1 + 2 * n * form.roundoff))

    return one(within(value, case.dtype, error, free=free, tiny=lambda step: 2 * n * step * finite_of(above), name="x"))


MEAN_FACTS: Facts = (*TENSORFLOW_SUMS, ("keras-torch:*:*", IN_FLOAT32))
SUM_CALLS: Dict[str, str] = {
    "torch": "torch.sum(x, dim=axis, keepdim=keepdims)",
    "tensorflow": "tf.math.reduce_sum(x, axis=axis, keepdims=keepdims)",
    "jax": "jax.numpy.sum(x, axis=axis, keepdims=keepdims)",
    "keras": "keras.ops.sum(x, axis=axis, keepdims=keepdims)",
}

row(
    "sum",
    SEVERAL,
    Reduction(total, total_gradient, dtypes=NUMBERS),
    SUM_CALLS,
    "the sum of the elements",
    TENSORFLOW_SUMS,
)
row(
    "mean",
    SEVERAL,
    Reduction(mean, mean_gradient, dtypes=NUMBERS),
    {
        "torch": ask(
            "torch.mean(x, dim=axis, keepdim=keepdims)",
            when=lambda case: kind_of(case.dtype) == "float",
            source="docs.pytorch.org, torch.mean: 'Input must be floating point or complex' without dtype",
        ),
        "tensorflow": ask(
            "tf.math.reduce_mean(x, axis=axis, keepdims=keepdims)",
            convention=of_integers(WHOLE),
            source="tensorflow/python/ops/math_ops.py, reduce_mean: type inference from input_tensor, the mean of (1, 0, 1, 0) is 0",
        ),
        "jax": ask("jax.numpy.mean(x, axis=axis, keepdims=keepdims)", convention=of_integers(REAL)),
        "keras": ask("keras.ops.mean(x, axis=axis, keepdims=keepdims)", convention=of_integers(REAL)),
    },
    "the arithmetic mean of the elements",
    MEAN_FACTS,
    (FLOAT64_RANGE,),
)
row(
    "prod",
    SEVERAL,
    Reduction(product, product_gradient, dtypes=NUMBERS),
    {
        "torch": ask("torch.prod(x) if axis is None else torch.prod(x, dim=axis, keepdim=keepdims)", when=all_or_one),
        "tensorflow": "tf.math.reduce_prod(x, axis=axis, keepdims=keepdims)",
        "jax": "jax.numpy.prod(x, axis=axis, keepdims=keepdims)",
        "keras": "keras.ops.prod(x, axis=axis, keepdims=keepdims)",
    },
    "the product of the elements",
    (("keras-torch:*:*", IN_FLOAT32),),
    (FLOAT64_RANGE,),
)
