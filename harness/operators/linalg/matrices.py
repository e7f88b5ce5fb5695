"""Matrices and stacks of them, in the oracle's precision: products, elimination with partial pivoting, norms."""

from __future__ import annotations

import math
from typing import Optional, Tuple

import numpy as np

from harness.formats import FLOATS, reference_dtype


def wide(array: np.ndarray) -> np.ndarray:
    """The array in the dtype in which the oracle computes."""
    return array.astype(reference_dtype(array.dtype.name))


def transposed(a: np.ndarray) -> np.ndarray:
    """The last two axes exchanged."""
    return np.swapaxes(a, -1, -2)


def frobenius(a: np.ndarray) -> np.ndarray:
    """Frobenius norm of every matrix."""
    return np.asarray(np.sqrt((np.abs(a) ** 2).sum(axis=(-2, -1))))


def identity(n: int, dtype: type = np.longdouble) -> np.ndarray:
    """The n by n identity."""
    return np.eye(n, dtype=dtype)


def eliminated(a: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gaussian elimination with partial pivoting in longdouble, for a stack of matrices.

    Returns (lu, rows, sign): the factors in one array, the order of the rows, the sign of the permutation. A column without a pivot is
    passed over, so that a singular matrix has a zero on the diagonal.
    """
    lu = a.astype(np.longdouble).reshape(math.prod(a.shape[:-2]), *a.shape[-2:])
    count, m, n = lu.shape
    rows = np.broadcast_to(np.arange(m), (count, m)).copy()
    sign, every = np.ones(count, np.longdouble), np.arange(count)
    for k in range(min(m, n)):
        pivot = k + np.abs(lu[:, k:, k]).argmax(axis=1)
        sign = np.where(pivot == k, sign, -sign)
        lu[every, pivot], lu[:, k] = lu[:, k].copy(), lu[every, pivot].copy()
        rows[every, pivot], rows[:, k] = rows[:, k].copy(), rows[every, pivot].copy()
        top = lu[:, k, k]
        factors = lu[:, k + 1 :, k] / np.where(top == 0, 1, top)[:, None]
        lu[:, k + 1 :, k] = factors
        lu[:, k + 1 :, k + 1 :] -= factors[:, :, None] * lu[:, k, None, k + 1 :]
    shape = a.shape[:-2]
    return lu.reshape(a.shape), rows.reshape(*shape, m), sign.reshape(shape)


def solved(a: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The solution of ``a x = right`` in longdouble for stacks of one shape; infinite or NaN where a matrix is singular."""
    lu, rows, _ = eliminated(a)
    x = np.take_along_axis(right.astype(np.longdouble), rows[..., None], axis=-2)
    n = a.shape[-1]
    for i in range(n):
        x[..., i, :] -= (lu[..., i, :i, None] * x[..., :i, :]).sum(axis=-2)
    for i in reversed(range(n)):
        x[..., i, :] -= (lu[..., i, i + 1 :, None] * x[..., i + 1 :, :]).sum(axis=-2)
        x[..., i, :] /= lu[..., i, i, None]
    return x


def inverted(a: np.ndarray) -> np.ndarray:
    """The inverse in longdouble; infinite or NaN where a matrix is singular."""
    return solved(a, np.broadcast_to(identity(a.shape[-1]), a.shape))


def determinant(a: np.ndarray) -> np.ndarray:
    """The determinant in longdouble; 1 for a matrix without rows."""
    lu, _, sign = eliminated(a)
    return np.asarray(sign * np.diagonal(lu, axis1=-2, axis2=-1).prod(axis=-1))


def singular_values(a: np.ndarray) -> np.ndarray:
    """Singular values in float64, descending. LAPACK's are off by a small multiple of 2**-53 times the largest."""
    if 0 in a.shape:
        return np.zeros((*a.shape[:-2], min(a.shape[-2:])))
    return np.asarray(np.linalg.svd(a.astype(np.float64), compute_uv=False))


def roundoff(dtype: str) -> float:
    """Unit roundoff of the dtype, and of float64, in which some references are computed."""
    return FLOATS[dtype].roundoff + FLOATS["float64"].roundoff


def well_conditioned(a: np.ndarray, dtype: str, most: Optional[float] = None) -> np.ndarray:
    """Whether each matrix is far from losing rank: its condition number times ``n u`` is below 1/32, or it is below ``most``."""
    values = singular_values(a)
    if not values.shape[-1]:
        return np.ones(values.shape[:-1], bool)
    limit = most or 1 / (32 * max(a.shape[-2:]) * roundoff(dtype))
    return np.asarray(values[..., -1] * limit > values[..., 0])
