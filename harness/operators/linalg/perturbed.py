"""Error analysis of products and solutions of matrices: matrices that know how far rounding may have moved each element.

A formula is evaluated in the arithmetic of ``Perturbed`` matrices, which carries the error of every element along, to first order.
Solutions are those of nearby systems (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed.): of A + E with ``|E|`` a multiple of
``|L| |U|`` by elimination (Theorem 9.4), of ``|T|`` by substitution (8.5), of ``|L| |L^T|`` by Cholesky's method (10.3).

Roundings partly cancel. The sum of n of them is taken to be off by ``4 sqrt(n)`` roundoffs, and elements of a product add up as independent
errors do, to the root of the sum of squares: Higham and Mary, A New Approach to Probabilistic Rounding Error Analysis, SIAM J. Sci. Comput.
41(5), 2019, Theorem 2.4, and Sharper Probabilistic Backward Error Analysis for Basic Linear Algebra Kernels with Random Data, 42(5), 2020;
Stewart, Stochastic Perturbation Theory, SIAM Review 32(4), 1990. What is drawn is random, as these theorems ask for.
"""

from __future__ import annotations

from typing import Union

import numpy as np

from harness.operators.linalg.matrices import eliminated, frobenius, inverted, roundoff, solved, transposed

DEVIATIONS = 4.0
"""How many standard deviations a sum of roundings may be off."""

FEW = 0.5
"""Relative change of a system below which its solutions have a bound."""

Number = Union[float, np.ndarray]


def step(n: int, dtype: str) -> float:
    """The relative error of n roundings."""
    return DEVIATIONS * max(n, 1) ** 0.5 * roundoff(dtype)


def magnitudes(a: np.ndarray) -> np.ndarray:
    """Magnitudes of the elements in float64, which is enough for errors."""
    return np.abs(a).astype(np.float64)


def rooted(*pairs: np.ndarray) -> np.ndarray:
    """The root of the product of the squares of matrices, which is how independent errors add up; infinite where one has no bound."""
    product = pairs[0] ** 2
    for pair in pairs[1:]:
        product = product @ pair**2
    return np.where(np.isnan(product), np.inf, np.sqrt(product))


class Perturbed:
    """Matrices, and the error of each of their elements in arithmetic of ``dtype``."""

    __slots__ = ("dtype", "error", "value")
    __array_ufunc__ = None  # an array on the left leaves the operation to this class

    def __init__(self, dtype: str, value: np.ndarray, error: Number = 0.0) -> None:
        self.dtype, self.value, self.error = dtype, value, np.broadcast_to(error, value.shape)

    @property
    def size(self) -> np.ndarray:
        """Magnitudes of the elements."""
        return magnitudes(self.value)

    @property
    def transposed(self) -> Perturbed:
        """The last two axes exchanged."""
        return Perturbed(self.dtype, transposed(self.value), transposed(self.error))

    def __matmul__(self, other: Perturbed) -> Perturbed:
        local = step(self.value.shape[-1], self.dtype) * rooted(self.size, other.size)
        parts = rooted(self.size, other.error), rooted(self.error, other.size + other.error), local
        return Perturbed(self.dtype, self.value @ other.value, np.sqrt(sum(part**2 for part in parts)))

    def __add__(self, other: Perturbed) -> Perturbed:
        return Perturbed(self.dtype, self.value + other.value, self.error + other.error).rounded()

    def __sub__(self, other: Perturbed) -> Perturbed:
        return self + -other

    def __neg__(self) -> Perturbed:
        return Perturbed(self.dtype, -self.value, self.error)

    def __mul__(self, factor: np.ndarray) -> Perturbed:
        """Element by element with exact numbers."""
        return Perturbed(self.dtype, self.value * factor, self.error * magnitudes(factor)).rounded()

    def rounded(self) -> Perturbed:
        """The same, rounded."""
        return self.grown(roundoff(self.dtype) * self.size)

    def grown(self, error: Number) -> Perturbed:
        """The same with a further error."""
        return Perturbed(self.dtype, self.value, self.error + error)


class System:
    """Square matrices, and by how much each element of those may differ that are solved in their place."""

    def __init__(self, dtype: str, a: np.ndarray, moved: np.ndarray, inverse: np.ndarray) -> None:
        self.dtype, self.a, self.moved, self.inverse = dtype, a, moved, inverse
        self.most = magnitudes(inverse)
        change = np.sqrt((rooted(self.most, moved) ** 2).sum(axis=(-2, -1), keepdims=True))
        # (A + E)^-1 is at most 1 / (1 - norm(A^-1 E)) times as large as A^-1.
        self.grows = np.where(change < FEW, 1 / (1 - np.minimum(change, FEW)), np.inf)

    @property
    def transposed(self) -> System:
        """The transposed system."""
        return System(self.dtype, transposed(self.a), transposed(self.moved), transposed(self.inverse))

    def off(self, x: np.ndarray) -> np.ndarray:
        """The error ``A^-1 E x`` of a solution x, or of what is linear in one."""
        return times(self.grows, rooted(self.most, self.moved, magnitudes(x)))

    def solved(self, right: Perturbed) -> Perturbed:
        """The solution for right-hand sides."""
        x = solved(self.a, right.value)
        return Perturbed(self.dtype, x, self.off(x) + times(self.grows, rooted(self.most, right.error))).rounded()


def times(factor: np.ndarray, error: np.ndarray) -> np.ndarray:
    """The product, in which infinity times zero is zero."""
    return np.asarray(np.where(error == 0, 0, factor * error))


def general(a: np.ndarray, dtype: str) -> System:
    """Systems solved by elimination with partial pivoting, of the matrix or of its transpose."""
    sizes = [_factors_of(a), transposed(_factors_of(transposed(a)))]
    return System(dtype, a, step(3 * a.shape[-1], dtype) * np.maximum(*sizes), inverted(a))


def _factors_of(a: np.ndarray) -> np.ndarray:
    """The root of ``L^2 U^2`` with the rows in the order of the matrix; at least its magnitudes."""
    lu, rows, _ = eliminated(a)
    most, product = magnitudes(lu), np.zeros(a.shape)
    factors = rooted(np.tril(most, -1) + np.eye(a.shape[-1]), np.triu(most))
    np.put_along_axis(product, np.broadcast_to(rows[..., None], a.shape), factors, axis=-2)
    return np.maximum(product, magnitudes(a))


def triangular(t: Perturbed) -> System:
    """Systems solved by substitution."""
    return System(t.dtype, t.value, step(t.value.shape[-1], t.dtype) * t.size + t.error, inverted(t.value))


def symmetric(a: Perturbed, factor: np.ndarray) -> System:
    """Systems solved by Cholesky's lower factor."""
    most = np.maximum(rooted(magnitudes(factor), transposed(magnitudes(factor))), a.size)
    return System(a.dtype, a.value, step(3 * a.value.shape[-1], a.dtype) * most + a.error, inverted(a.value))


def backward(a: np.ndarray, dtype: str) -> np.ndarray:
    """The norm of the perturbation that a decomposition by orthogonal transformations makes: ``2 step norm(A)``.

    Higham, Theorem 19.4 for reflections; Golub and Van Loan, Matrix Computations, 4th ed., sections 8.3 and 8.6, for the iterations.
    """
    return np.asarray(2 * step(max(*a.shape[-2:], 1), dtype) * frobenius(a))


def orthogonal(a: np.ndarray, dtype: str) -> float:
    """How far products of columns of an orthonormal factor of the matrix are from 0 and 1: ``4 step`` (Higham, Theorem 19.4)."""
    return 4 * step(max(*a.shape[-2:], 1), dtype)
