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
