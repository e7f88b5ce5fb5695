"""Vector-Jacobian products of pseudoinverses and least squares, with the errors of the usual ways to compute them."""

from __future__ import annotations

from typing import Tuple

import numpy as np

from harness.case import Case
from harness.meaning import Meaning
from harness.operators.linalg.derivatives import Arrays, cotangent_of, each, exact, known
from harness.operators.linalg.matrices import identity, transposed, wide
from harness.operators.linalg.perturbed import Perturbed, backward, magnitudes, orthogonal, rooted, symmetric
from harness.operators.linalg.table import computed


def pseudoinverse(case: Case, arrays: Arrays, plus: np.ndarray) -> Meaning:
    """-P+^T G P+^T + (I - A P+) G^T P+ P+^T + P+^T P+ G^T (I - P+ A)."""
    a, g = wide(arrays["x"]).astype(np.longdouble), cotangent_of(arrays)
    return computed(known(plus_gradient(case.dtype, a, plus, g)))


def plus_gradient(dtype: str, a: np.ndarray, plus: np.ndarray, g: np.ndarray) -> Perturbed:
    """The vector-Jacobian product of a pseudoinverse of full rank, by its formula or through a singular value decomposition."""
    gradient = _of_pseudoinverse(dtype, Perturbed(dtype, a), plus_of(dtype, a, plus), Perturbed(dtype, g))
    u, values, v = np.linalg.svd(a.astype(np.float64), full_matrices=False)
    left, right = magnitudes(u), magnitudes(v)
    apart = np.where(np.eye(values.shape[-1]), np.inf, np.abs(values[..., :, None] - values[..., None, :]))
    inner = rooted(transposed(left), transposed(magnitudes(g)), transposed(right))
    share = (1 / values[..., :, None] + 1 / values[..., None, :]) / apart
    through = rooted(left, (inner + transposed(inner)) * share, right)
    return gradient.grown(orthogonal(a, dtype) * through)


def plus_of(dtype: str, a: np.ndarray, plus: np.ndarray) -> Perturbed:
    """The pseudoinverse of A + E, which moves by -P+ E P+ + P+ P+^T E^T (I - A P+) + (I - P+ A) E^T P+^T P+.

    Stewart, On the Perturbation of Pseudo-Inverses, Projections and Linear Least Squares Problems, SIAM Review 19(4), 1977. A product with
    E is at most its norm times those of a row and a column.
    """
    left, right = identity(a.shape[-2]) - a @ plus, identity(a.shape[-1]) - plus @ a
    pairs = (plus, plus), (plus @ transposed(plus), left), (right, transposed(plus) @ plus)
    error = sum(_lengths(one, -1) * _lengths(other, -2) for one, other in pairs)
    return Perturbed(dtype, plus, each(backward(a, dtype)) * error).rounded()


def _lengths(a: np.ndarray, axis: int) -> np.ndarray:
    """Lengths of the rows or columns."""
    return np.sqrt((magnitudes(a) ** 2).sum(axis=axis, keepdims=True))


def _of_pseudoinverse(dtype: str, a: Perturbed, plus: Perturbed, g: Perturbed) -> Perturbed:
    """The formula of ``pseudoinverse``."""
    left = Perturbed(dtype, identity(a.value.shape[-2])) - a @ plus
    right = Perturbed(dtype, identity(a.value.shape[-1])) - plus @ a
    return (
        -(plus.transposed @ g @ plus.transposed)
        + left @ g.transposed @ plus @ plus.transposed
        + plus.transposed @ plus @ g.transposed @ right
    )


def least_squares(case: Case, arrays: Arrays, plus: np.ndarray) -> Meaning:
    """Of P+ y: for y the product P+^T G, for A that of the pseudoinverse with G y^T.

    Besides, what solving with the normal equations loses: A^T A moves by a roundoff of ``|A^T| |A|``.
    """
    a, y, g = wide(arrays["x"]).astype(np.longdouble), wide(arrays["y"]), cotangent_of(arrays)
    gradient = plus_gradient(case.dtype, a, plus, (exact(case, g) @ exact(case, transposed(y))).value)
    back = plus_of(case.dtype, a, plus).transposed @ exact(case, g)
    other, normal = normal_equations(case, a, y, g)
    return computed(known(gradient.grown(normal)), known(back.grown(other), "y"))


def normal_equations(case: Case, a: np.ndarray, y: np.ndarray, g: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Errors of the gradients for y and for A of solutions with A^T A, or with A A^T where A has fewer rows."""
    tall = exact(case, a if a.shape[-2] >= a.shape[-1] else transposed(a))
    square = tall.transposed @ tall
    system = symmetric(square, np.linalg.cholesky(square.value.astype(np.float64)))
    if tall.value.shape == a.shape:
        x, z = system.solved(tall.transposed @ exact(case, y)), system.solved(exact(case, g))
        return (tall @ z).error, ((exact(case, y) - tall @ x) @ z.transposed - tall @ z @ x.transposed).error
    w, u = system.solved(exact(case, y)), system.solved(tall.transposed @ exact(case, g))
    return u.error, (w @ (exact(case, g) - tall @ u).transposed - u @ (tall @ w).transposed).error
