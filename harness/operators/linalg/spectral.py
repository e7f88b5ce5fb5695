"""Gradients of decompositions: of their unique results, and of the products of their factors.

Where a factor is defined up to signs or an order, the gradient is that of the product of the factors, which is the matrix itself: its
vector-Jacobian product is the cotangent.
"""

from __future__ import annotations

import numpy as np

from harness.case import Case
from harness.meaning import Meaning, Rule
from harness.operators.linalg.derivatives import Arrays, bounded, cotangent_of, each, gaps, least, lost
from harness.operators.linalg.matrices import frobenius, identity, inverted, singular_values, solved, transposed, wide
from harness.operators.linalg.table import CONSTANT, computed, unit_of

TIES = Meaning(Rule.EITHER, "singular values or eigenvalues are nearly equal: the gradient is not bounded")


def cholesky(case: Case, arrays: Arrays, a: np.ndarray) -> Meaning:
    """S + S^T with S = L^-T P L^-1 and P the lower half of L^T G, for A made of x + x^T."""
    g = cotangent_of(arrays)
    factor = wide(np.linalg.cholesky(a.astype(np.float64)))
    factor = improved(factor, a)
    half = np.tril(transposed(factor) @ g)
    half = half - half * identity(a.shape[-1]) / 2
    s = transposed(solved(transposed(factor), transposed(solved(transposed(factor), half))))
    size = np.sqrt(singular_values(a).max(axis=-1, initial=0.0)) * frobenius(g) / least(a)
    return computed(bounded(s + transposed(s), case.dtype, each(8 * lost(a, case.dtype) * size)))


def improved(factor: np.ndarray, a: np.ndarray) -> np.ndarray:
    """Cholesky's factor in longdouble: one step of Newton's method from that in float64."""
    factor, inner = factor.astype(np.longdouble), inverted(factor)
    rest = inner @ (a - factor @ transposed(factor)) @ transposed(inner)
    return factor + factor @ (np.tril(rest) - rest * identity(a.shape[-1]) / 2)


def eigenvalues(case: Case, arrays: Arrays, a: np.ndarray) -> Meaning:
    """2 V diag(g) V^T for A made of x + x^T; projections on eigenvectors are off by the perturbation over the gap."""
    g = cotangent_of(arrays)
    values, v = np.linalg.eigh(a.astype(np.float64))
    moved = unit_of(a, case.dtype) * (1 + frobenius(a) / gaps(values))
    if not (moved < 0.25).all():
        return TIES
    size = np.sqrt((g**2).sum(axis=-1))
    return computed(bounded(2 * (v * g[..., None, :]) @ transposed(v), case.dtype, each(8 * moved * size)))


def singular(case: Case, arrays: Arrays) -> Meaning:
    """U diag(g) V^T."""
    a, g = wide(arrays["x"]), cotangent_of(arrays)
    u, values, v = np.linalg.svd(a.astype(np.float64), full_matrices=False)
    gap = np.minimum(gaps(values), values.min(axis=-1, initial=np.inf))
    moved = unit_of(a, case.dtype) * (1 + frobenius(a) / gap)
    if not (moved < 0.25).all():
        return TIES
    size = np.sqrt((g**2).sum(axis=-1))
    return computed(bounded((u * g[..., None, :]) @ v, case.dtype, each(4 * moved * size)))


def of_product(case: Case, arrays: Arrays, amplified: np.ndarray, symmetric: bool = False) -> Meaning:
    """The cotangent, or G + G^T for A made of x + x^T; rounding is ``amplified``."""
    g, a = cotangent_of(arrays), arrays["x"]
    moved = unit_of(a, case.dtype) * (1 + amplified)
    if not (moved < 0.25).all():
        return TIES
    value = g + transposed(g) if symmetric else g
    return computed(bounded(value, case.dtype, each(CONSTANT * moved * frobenius(g))))


def three_factors(case: Case, arrays: Arrays) -> Meaning:
    """Of U diag(s) V^T: amplified by the largest square over the smallest difference of squares, and by the condition."""
    values = singular_values(wide(arrays["x"]))
    most, low = values.max(axis=-1, initial=0.0), values.min(axis=-1, initial=np.inf)
    return of_product(case, arrays, most**2 / gaps(values**2) + most / low)


def eigensystem(case: Case, arrays: Arrays, a: np.ndarray) -> Meaning:
    """Of V diag(w) V^T: amplified by the norm over the smallest gap."""
    amplified = frobenius(a) / gaps(np.linalg.eigvalsh(a.astype(np.float64)))
    return of_product(case, arrays, amplified, symmetric=True)


def two_factors(case: Case, arrays: Arrays) -> Meaning:
    """Of Q R: amplified by the condition of the leading columns, as many as rows at most."""
    a = wide(arrays["x"])
    return of_product(case, arrays, frobenius(a) / least(a[..., : a.shape[-2]]))
