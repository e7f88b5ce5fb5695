"""Determinants, their signs and logarithms."""

from __future__ import annotations

from typing import Mapping, Tuple

import numpy as np

from harness.case import Case
from harness.formats import FLOATS
from harness.meaning import Meaning
from harness.operators.linalg import derivatives
from harness.operators.linalg.matrices import determinant, eliminated, frobenius, roundoff, singular_values, wide
from harness.operators.linalg.table import Derivative, computed, matrix_row, unit_of, within

Arrays = Mapping[str, np.ndarray]


def determinant_within(a: np.ndarray, dtype: str) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The determinant, its bound, and where it may overflow on the way.

    Computed is the determinant of A + E with ``norm(E) <= d``, so with singular values s it is off by no more than
    ``prod(s + d) - prod(s)``, and by n roundings of the product of pivots.
    """
    form, n = FLOATS[dtype], a.shape[-1]
    value = determinant(a)
    values = singular_values(a).astype(np.longdouble)
    d = (unit_of(a, dtype) * frobenius(a))[..., None]
    most = (values + d).prod(axis=-1)
    limit = most - values.prod(axis=-1) + 2 * n * roundoff(dtype) * np.abs(value) + n * form.smallest_normal
    overflow = ~(np.maximum(4 * values + d, 1).prod(axis=-1) < form.largest)
    return value, limit, overflow


def det(case: Case, arrays: Arrays) -> Meaning:
    """The determinant; 1 of a matrix without rows."""
    value, limit, overflow = determinant_within(wide(arrays["x"]), case.dtype)
    return computed(within(value, case.dtype, limit, free=overflow))


def slogdet(case: Case, arrays: Arrays) -> Meaning:
    """The sign of the determinant and the logarithm of its magnitude; free where the determinant may be of either sign."""
    a = wide(arrays["x"])
    value, limit, _ = determinant_within(a, case.dtype)
    relative = limit / np.abs(value)
    free = ~(relative < 0.5)
    size, off = logarithm(a, relative, case.dtype)
    return computed(
        within(np.where(free, 0, np.sign(value)), case.dtype, np.zeros(()), "sign", free=free),
        within(np.where(free, 0, size), case.dtype, np.where(free, 0, off), "logabsdet", free=free),
    )


def logarithm(a: np.ndarray, relative: np.ndarray, dtype: str) -> Tuple[np.ndarray, np.ndarray]:
    """The logarithm of the determinant's magnitude and its bound, where the determinant is off by the ``relative`` error."""
    lu, _, _ = eliminated(a)
    logs = np.log(np.abs(np.diagonal(lu, axis1=-2, axis2=-1)))
    size = logs.sum(axis=-1)
    rounding = (a.shape[-1] + 4) * roundoff(dtype) * (np.abs(logs).sum(axis=-1) + np.abs(size))
    return size, 2 * relative + rounding


def det_gradient(case: Case, arrays: Arrays) -> Meaning:
    """The gradient of the determinant."""
    value, _, overflow = determinant_within(wide(arrays["x"]), case.dtype)
    return derivatives.det(case, arrays, value, overflow)


def stack_shape(case: Case) -> Tuple[int, ...]:
    """The shape of a number per matrix."""
    return case.inputs["x"].shape[:-2]


# fmt: off
LOGARITHMS = {
    "torch": "torch.linalg.slogdet(x)[1]", "tensorflow": "tf.linalg.slogdet(x)[1]", "jax": "jax.numpy.linalg.slogdet(x)[1]",
    "keras": "keras.ops.slogdet(x)[1]",
}
matrix_row("det", det, {
    "torch": "torch.linalg.det(x)", "tensorflow": "tf.linalg.det(x)", "jax": "jax.numpy.linalg.det(x)", "keras": "keras.ops.det(x)",
}, "the determinant", derivative=Derivative(det_gradient, stack_shape))
matrix_row("slogdet", slogdet, {
    "torch": "torch.linalg.slogdet(x)", "tensorflow": "tf.linalg.slogdet(x)", "jax": "jax.numpy.linalg.slogdet(x)",
    "keras": "keras.ops.slogdet(x)",
}, "the sign of the determinant and the logarithm of its magnitude",
    derivative=Derivative(derivatives.logdet, stack_shape, LOGARITHMS))
# fmt: on
