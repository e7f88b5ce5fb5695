"""Gradients of decompositions: of their unique results, and of the products of their factors.

Where a factor is defined up to signs or an order, the gradient is that of the product of the factors, which is the matrix itself: its
vector-Jacobian product is the cotangent.
"""

from __future__ import annotations

from typing import Optional

import numpy as np

from harness.case import COTANGENT, Case
from harness.meaning import Meaning, Rule
from harness.operators.linalg.derivatives import Arrays, cotangent_of, each, exact, gaps, known, least
from harness.operators.linalg.matrices import frobenius, identity, inverted, transposed, wide
from harness.operators.linalg.perturbed import Perturbed, backward, magnitudes, orthogonal, rooted, step, triangular
from harness.operators.linalg.table import computed, unit_of

NEAR = 0.125
"""Share of the smallest gap that a perturbation may be for its first order to say how far it moves."""

TIES = Meaning(Rule.EITHER, "singular values or eigenvalues are nearly equal: the gradient is not bounded")


def cholesky(case: Case, arrays: Arrays, a: np.ndarray) -> Meaning:
    """S + S^T with S = L^-T P L^-1 and P the lower half of L^T G, for A made of x + x^T.

    The factor is that of A + E, and moves by L times the lower half of ``L^-1 E L^-T`` (Stewart, Perturbation Bounds for the QR
    Factorization of a Matrix, SIAM J. Numer. Anal. 14(3), 1977).
    """
    g = cotangent_of(arrays)
    factor = improved(wide(np.linalg.cholesky(a.astype(np.float64))), a)
    half = np.tril(np.ones(a.shape[-2:])) - identity(a.shape[-1]) / 2
    size, inner = magnitudes(factor), magnitudes(inverted(factor))
    unit = step(a.shape[-1], case.dtype)
    error = rooted(size, rooted(inner, unit * rooted(size, transposed(size)), transposed(inner)) * np.tril(half * 2))
    lower = Perturbed(case.dtype, factor, error * np.tril(half * 2)).rounded()
    system = triangular(lower).transposed
    s = system.solved(system.solved((lower.transposed @ exact(case, g)) * half).transposed).transposed
    return computed(known(s + s.transposed))


def improved(factor: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Cholesky's factor in longdouble: one step of Newton's method from that in float64."""
    factor, inner = factor.astype(np.longdouble), inverted(factor)
    rest = inner @ (a - factor @ transposed(factor)) @ transposed(inner)
    return factor + factor @ (np.tril(rest) - rest * identity(a.shape[-1]) / 2)


def eigenvalues(case: Case, arrays: Arrays, a: np.ndarray) -> Meaning:
    """2 V diag(g) V^T for A made of x + x^T.

    In the basis of the eigenvectors it moves by the perturbation times the divided differences of g (Higham, Functions of Matrices,
    Theorem 3.11, of Daleckii and Krein).
    """
    g = cotangent_of(arrays)
    values, v = np.linalg.eigh(a.astype(np.float64))
    apart, off = differences(values), each(backward(a, case.dtype))
    if not (off < NEAR * apart).all():
        return TIES
    sums = sums_of(magnitudes(g))
    change = 2 * off * (differences(g, 0.0) / apart) + orthogonal(a, case.dtype) * sums
    gradient = exact(case, 2 * v * g[..., None, :]) @ exact(case, transposed(v))
    return computed(known(gradient.grown(2 * rooted(magnitudes(v), change, transposed(magnitudes(v))))))


def differences(values: np.ndarray, own: float = np.inf) -> np.ndarray:
    """The distance of every number from every other one; ``own`` from itself."""
    apart = magnitudes(values[..., :, None] - values[..., None, :])
    return np.where(np.eye(values.shape[-1]), own, apart)


def sums_of(values: np.ndarray) -> np.ndarray:
    """The sum of every number and every other one."""
    return np.asarray(values[..., :, None] + values[..., None, :])


def singular(case: Case, arrays: Arrays) -> Meaning:
    """U diag(g) V^T."""
    gradient = of_values(case, wide(arrays["x"]), cotangent_of(arrays))
    return computed(known(gradient)) if gradient else TIES


def of_values(case: Case, a: np.ndarray, g: np.ndarray, relative: float = 0.0) -> Optional[Perturbed]:
    """U diag(g) V^T; None where singular values are nearly equal or zero.

    As of eigenvalues of the symmetric matrix [[0, A], [A^T, 0]], which are the singular values of either sign, and zeros where A is
    not square. ``g`` is off by ``relative`` times the perturbation over the smallest singular value.
    """
    u, values, v = np.linalg.svd(a.astype(np.float64), full_matrices=False)
    apart, off = differences(values), each(backward(a, case.dtype))
    if not ((off < NEAR * apart) & (off < NEAR * values[..., None, :])).all():
        return None
    most, left, right = magnitudes(g), magnitudes(u), magnitudes(v)
    change = off * (differences(g, 0.0) / apart + sums_of(most) / sums_of(values))
    change = change + orthogonal(a, case.dtype) * sums_of(most)
    beside = off * (most / values)[..., None, :]
    outer = rooted(beside, right) + transposed(rooted(beside, transposed(left)))
    scaled = relative * off / values.min(axis=-1, initial=np.inf)[..., None, None] * most[..., None, :]
    gradient = exact(case, u * g[..., None, :]) @ exact(case, v)
    return gradient.grown(rooted(left, change, right) + outer + rooted(left * scaled, right))


def of_product(
    case: Case, arrays: Arrays, amplified: np.ndarray, error: np.ndarray, symmetric: bool = False
) -> Meaning:
    """The cotangent, or G + G^T for A made of x + x^T, within ``error`` of a relative roundoff 1, unless roundings are much ``amplified``.

    The formulas' terms cancel for any factors with Q^T Q = I: what is left is the rounding of the terms.
    """
    g, a = cotangent_of(arrays), arrays["x"]
    if not (unit_of(a, case.dtype) * (1 + amplified) < 0.25).all():
        return TIES
    value, error = (g + transposed(g), error + transposed(error)) if symmetric else (g, error)
    return computed(known(exact(case, value).rounded().grown(2 * orthogonal(a, case.dtype) * error)))


def three_factors(case: Case, arrays: Arrays) -> Meaning:
    """Of U diag(s) V^T: terms of U^T G V are divided by differences of squares of singular values."""
    a, g = wide(arrays["x"]).astype(np.float64), magnitudes(arrays[COTANGENT])
    u, values, v = np.linalg.svd(a, full_matrices=False)
    most, low = values.max(axis=-1, initial=0.0), values.min(axis=-1, initial=np.inf)
    left, right = magnitudes(u), magnitudes(v)
    inner = rooted(transposed(left), g, transposed(right))
    share = sums_of(values**2) / differences(values**2)
    middle = rooted(left, inner + (inner + transposed(inner)) * share, right)
    sides = rooted(g, transposed(right), right) + rooted(left, transposed(left), g)
    return of_product(case, arrays, most**2 / gaps(values**2) + most / low, g + middle + sides)


def eigensystem(case: Case, arrays: Arrays, a: np.ndarray) -> Meaning:
    """Of V diag(w) V^T: terms of V^T G V are divided by differences of eigenvalues."""
    g = magnitudes(arrays[COTANGENT])
    values, v = np.linalg.eigh(a.astype(np.float64))
    size = magnitudes(v)
    inner = rooted(transposed(size), g, size)
    share = sums_of(magnitudes(values)) / differences(values)
    middle = rooted(size, inner + (inner + transposed(inner)) * share, transposed(size))
    return of_product(case, arrays, frobenius(a) / gaps(values), 2 * (g + middle), symmetric=True)


def two_factors(case: Case, arrays: Arrays) -> Meaning:
    """Of Q R: terms as large as G R^T are solved with the leading columns of R, as many as rows at most."""
    a, g = wide(arrays["x"]).astype(np.float64), magnitudes(arrays[COTANGENT])
    k = min(a.shape[-2:])
    q, r = np.linalg.qr(a) if a.size else (np.zeros((*a.shape[:-1], k)), np.zeros((*a.shape[:-2], k, a.shape[-1])))
    amplified = frobenius(a) / least(a[..., :k])
    if not np.isfinite(amplified).all():
        return of_product(case, arrays, amplified, g)
    size, upper = magnitudes(q), magnitudes(r)
    back = rooted(g, transposed(upper))
    terms = back + rooted(size, transposed(size), back) + rooted(size, upper, transposed(g), size)
    inner = transposed(magnitudes(inverted(r[..., :k])))
    solved = rooted(terms, inner) + rooted(g[..., :k], transposed(upper[..., :k]), inner)
    beside = rooted(size, transposed(size), g[..., k:]) + g[..., k:]
    return of_product(case, arrays, amplified, np.concatenate([g[..., :k] + solved, beside], axis=-1))
