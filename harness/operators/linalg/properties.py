"""Properties by which decompositions and solutions are judged, each as a multiple of its bound, per matrix.

The bounds, which the facts ``limit`` and ``unit`` carry, are those of backward stable algorithms (Higham, Accuracy and Stability of
Numerical Algorithms, 2nd ed.): Theorem 19.4 for QR by Householder's reflections, 9.4 for solving by Gaussian elimination, 10.3 for
Cholesky's, 8.5 for triangular systems, section 14.3 for inverses. Norms are Frobenius norms.
"""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np


def orthonormal(outputs: Sequence[np.ndarray], *, index: int, rows: bool, limit: Any) -> np.ndarray:
    """``norm(Q^T Q - I) <= limit`` of one output; ``Q Q^T`` where ``rows`` says so."""
    q = outputs[index].astype(np.longdouble)
    q = np.swapaxes(q, -1, -2) if rows else q
    product = np.swapaxes(q, -1, -2) @ q
    return np.asarray(np.linalg.norm(product - np.eye(q.shape[-1], dtype=q.dtype), axis=(-2, -1)) / limit)


def product_of_factors(outputs: Sequence[np.ndarray], *, a: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """``R`` is upper triangular and ``norm(Q R - A) <= limit``."""
    q, r = (output.astype(np.longdouble) for output in outputs)
    below = np.abs(np.tril(r, -1)).sum(axis=(-2, -1))
    return np.asarray(np.where(below > 0, np.inf, np.linalg.norm(q @ r - a, axis=(-2, -1)) / limit))


def product_of_three(outputs: Sequence[np.ndarray], *, a: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """``norm(U diag(s) V^T - A) <= limit``."""
    left, values, right = (output.astype(np.longdouble) for output in outputs)
    count = values.shape[-1]
    product = (left[..., :count] * values[..., None, :]) @ right[..., :count, :]
    return np.asarray(np.linalg.norm(product - a, axis=(-2, -1)) / limit)


def eigenvectors(outputs: Sequence[np.ndarray], *, a: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """``norm(A V - V diag(w)) <= limit``."""
    values, vectors = (output.astype(np.longdouble) for output in outputs)
    return np.asarray(np.linalg.norm(a @ vectors - vectors * values[..., None, :], axis=(-2, -1)) / limit)


def lower_factor(outputs: Sequence[np.ndarray], *, a: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """``L`` is lower triangular with a positive diagonal and ``norm(L L^T - A) <= limit``."""
    factor = outputs[0].astype(np.longdouble)
    above = np.abs(np.triu(factor, 1)).sum(axis=(-2, -1))
    error = np.linalg.norm(factor @ np.swapaxes(factor, -1, -2) - a, axis=(-2, -1)) / limit
    positive = (np.diagonal(factor, axis1=-2, axis2=-1) > 0).all(axis=-1)
    return np.asarray(np.where(positive & (above == 0), error, np.inf))


def solution(outputs: Sequence[np.ndarray], *, a: np.ndarray, y: np.ndarray, unit: float, tiny: float) -> np.ndarray:
    """``norm(A x - y) <= unit (norm(A) norm(x) + norm(y))``."""
    x = outputs[0].astype(np.longdouble).reshape(y.shape)
    sizes = [np.linalg.norm(array, axis=(-2, -1)) for array in (a, x, y)]
    return np.asarray(np.linalg.norm(a @ x - y, axis=(-2, -1)) / (unit * (sizes[0] * sizes[1] + sizes[2]) + tiny))


def triangular_solution(
    outputs: Sequence[np.ndarray], *, a: np.ndarray, y: np.ndarray, unit: float, tiny: float
) -> np.ndarray:
    """``|T x - y| <= unit |T| |x|``, element by element."""
    x = outputs[0].astype(np.longdouble).reshape(y.shape)
    return np.asarray(np.abs(a @ x - y) / (unit * (np.abs(a) @ np.abs(x)) + tiny))


def inverse(outputs: Sequence[np.ndarray], *, a: np.ndarray, unit: float, tiny: float) -> np.ndarray:
    """``norm(A X - I)`` or ``norm(X A - I)`` is at most ``unit norm(A) norm(X)``."""
    x = outputs[0].astype(np.longdouble)
    one = np.eye(a.shape[-1], dtype=x.dtype)
    left, right = (np.linalg.norm(product - one, axis=(-2, -1)) for product in (x @ a, a @ x))
    size = np.linalg.norm(a, axis=(-2, -1)) * np.linalg.norm(x, axis=(-2, -1))
    return np.asarray(np.minimum(left, right) / (unit * size + tiny))


def least_squares(
    outputs: Sequence[np.ndarray],
    *,
    a: np.ndarray,
    y: np.ndarray,
    null: np.ndarray,
    unit: float,
    condition: np.ndarray,
    tiny: float,
) -> np.ndarray:
    """The residual is orthogonal to the columns of A, and x to its null space, onto which ``null`` projects.

    ``norm(A^T (A x - y)) <= unit norm(A) (norm(A) norm(x) + norm(y))`` and ``norm(null x) <= unit condition norm(x)``.
    """
    x = outputs[0].astype(np.longdouble).reshape(*a.shape[:-2], a.shape[-1], y.shape[-1])
    sizes = [np.linalg.norm(array, axis=(-2, -1)) for array in (a, x, y)]
    residual = np.linalg.norm(np.swapaxes(a, -1, -2) @ (a @ x - y), axis=(-2, -1))
    outside = np.linalg.norm(null @ x, axis=(-2, -1))
    first = residual / (unit * sizes[0] * (sizes[0] * sizes[1] + sizes[2]) + tiny)
    return np.asarray(np.maximum(first, outside / (unit * condition * sizes[1] + tiny)))


def permutation(outputs: Sequence[np.ndarray]) -> np.ndarray:
    """Every row and every column holds a one, and zeros."""
    p = outputs[0].astype(np.longdouble)
    binary = ((p == 0) | (p == 1)).all(axis=(-2, -1))
    once = (p.sum(axis=-1) == 1).all(axis=-1) & (p.sum(axis=-2) == 1).all(axis=-1)
    return np.where(binary & once, 0.0, np.inf)


def unit_lower(outputs: Sequence[np.ndarray], *, unit: float) -> np.ndarray:
    """``L`` is lower triangular with ones on its diagonal, and no entry is above 1 by more than rounding, as partial pivoting makes it."""
    factor = outputs[1].astype(np.longdouble)
    ones = (np.diagonal(factor, axis1=-2, axis2=-1) == 1).all(axis=-1)
    zeros = (np.triu(factor, 1) == 0).all(axis=(-2, -1))
    most = np.abs(factor).max(axis=(-2, -1), initial=0.0)
    return np.where(ones & zeros & (most <= 1 + unit), 0.0, np.inf)


def permuted_product(outputs: Sequence[np.ndarray], *, a: np.ndarray, unit: float, tiny: float) -> np.ndarray:
    """``U`` is upper triangular and ``norm(P L U - A) <= unit norm(L) norm(U)``."""
    p, lower, upper = (output.astype(np.longdouble) for output in outputs)
    below = np.abs(np.tril(upper, -1)).sum(axis=(-2, -1))
    size = np.linalg.norm(lower, axis=(-2, -1)) * np.linalg.norm(upper, axis=(-2, -1))
    error = np.linalg.norm(p @ lower @ upper - a, axis=(-2, -1)) / (unit * size + tiny)
    return np.asarray(np.where(below > 0, np.inf, error))


def packed_lower(outputs: Sequence[np.ndarray], *, unit: float) -> np.ndarray:
    """No entry below the diagonal is above 1 by more than rounding, as partial pivoting makes it."""
    most = np.abs(np.tril(outputs[0].astype(np.longdouble), -1)).max(axis=(-2, -1), initial=0.0)
    return np.where(most <= 1 + unit, 0.0, np.inf)


def exchanged_product(outputs: Sequence[np.ndarray], *, a: np.ndarray, unit: float, tiny: float) -> np.ndarray:
    """Row i of A exchanged with row ``pivots[i]``, one after the other, makes ``norm(L U - A) <= unit norm(L) norm(U)``."""
    both, pivots = outputs[0].astype(np.longdouble), outputs[1].astype(np.int64)
    k, rows = pivots.shape[-1], a.shape[-2]
    if ((pivots < np.arange(k)) | (pivots >= rows)).any():
        return np.asarray(np.inf)
    order = np.broadcast_to(np.arange(rows), (*pivots.shape[:-1], rows)).copy()
    for i in range(k):
        other = np.take_along_axis(order, pivots[..., i : i + 1], axis=-1)
        np.put_along_axis(order, pivots[..., i : i + 1], order[..., i : i + 1], axis=-1)
        order[..., i : i + 1] = other
    lower = np.tril(both[..., :, :k], -1) + np.eye(rows, k, dtype=both.dtype)
    upper = np.triu(both[..., :k, :])
    size = np.linalg.norm(lower, axis=(-2, -1)) * np.linalg.norm(upper, axis=(-2, -1))
    moved = np.take_along_axis(a, order[..., None], axis=-2)
    return np.asarray(np.linalg.norm(lower @ upper - moved, axis=(-2, -1)) / (unit * size + tiny))


def spectrum(outputs: Sequence[np.ndarray], *, a: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """``A - w I`` has a singular value of at most ``limit`` for every w, and the sums of w and w^2 are the traces of A and A^2.

    All w are those of one A + E with ``norm(E) <= limit``, whose trace is off by sqrt(n) norm(E) at most, and that of its square by
    2 norm(A) norm(E) + norm(E)^2.
    """
    w, n = outputs[0].astype(np.complex128), a.shape[-1]
    if n == 0:
        return np.zeros(a.shape[:-2])
    shifted = a[..., None, :, :] - w[..., :, None, None] * np.eye(n)
    least = np.linalg.svd(shifted, compute_uv=False)[..., -1].max(axis=-1)
    first = np.abs(w.sum(axis=-1) - np.trace(a, axis1=-2, axis2=-1)) / np.sqrt(n)
    second = np.abs((w**2).sum(axis=-1) - (a * np.swapaxes(a, -1, -2)).sum(axis=(-2, -1)))
    room = 2 * np.linalg.norm(a, axis=(-2, -1)) + limit
    return np.asarray(np.maximum(np.maximum(least, first), second / room) / limit)


def unit_eigenvectors(outputs: Sequence[np.ndarray], *, a: np.ndarray, limit: np.ndarray, unit: float) -> np.ndarray:
    """``norm(A v - w v) <= limit`` for every column v, whose length is 1 but for ``unit``."""
    values, vectors = outputs[0].astype(np.clongdouble), outputs[1].astype(np.clongdouble)
    residual = np.sqrt((np.abs(a @ vectors - vectors * values[..., None, :]) ** 2).sum(axis=-2)).max(
        axis=-1, initial=0.0
    )
    off = np.abs(np.sqrt((np.abs(vectors) ** 2).sum(axis=-2)) - 1).max(axis=-1, initial=0.0)
    return np.asarray(np.maximum(residual / limit, off / unit))
