"""Condition numbers, and what is made of a positive definite matrix: the logarithm of its determinant, its inverse by Cholesky's factor."""

from __future__ import annotations

from typing import Mapping, Tuple

import numpy as np

from harness.case import Case
from harness.formats import FLOATS
from harness.meaning import Meaning, Rule
from harness.operators.linalg.decompositions import definite, shifted
from harness.operators.linalg.derivatives import NEAR_SINGULAR, cotangent_of, each, exact, known, lost, moved
from harness.operators.linalg.determinants import determinant_within, logarithm, stack_shape
from harness.operators.linalg.matrices import (
    frobenius,
    identity,
    inverted,
    singular_values,
    transposed,
    well_conditioned,
    wide,
)
from harness.operators.linalg.perturbed import general, magnitudes, step, triangular
from harness.operators.linalg.solutions import SINGULAR
from harness.operators.linalg.spectral import of_values
from harness.operators.linalg.table import Derivative, computed, matrix_row, unit_of, within
from harness.plain import ask

Arrays = Mapping[str, np.ndarray]


def logdet(case: Case, arrays: Arrays) -> Meaning:
    """The logarithm of the determinant; of a negative one NaN, or that of its magnitude."""
    a = wide(shifted(case, arrays["x"]))
    value, limit, _ = determinant_within(a, case.dtype)
    if not (limit < np.abs(value) / 2).all():
        return Meaning(Rule.EITHER, "a determinant may be zero")
    if not (value > 0).all():
        return Meaning(Rule.EITHER, "a determinant is negative: its logarithm is not real")
    size, off = logarithm(a, limit / np.abs(value), case.dtype)
    return computed(within(size, case.dtype, off))


def logdet_gradient(case: Case, arrays: Arrays) -> Meaning:
    """The transposed inverse, through what the call makes of x."""
    verdict = logdet(case, arrays)
    if not verdict.variants:
        return verdict
    a, g = wide(shifted(case, arrays["x"])), each(cotangent_of(arrays))
    system = general(a, case.dtype)
    if not np.isfinite(system.grows).all():
        return NEAR_SINGULAR
    gradient = moved(exact(case, g * transposed(system.inverse)).rounded(), system)
    # A positive definite matrix may be solved by Cholesky's factor, of which the gradient is solved for with a triangle each.
    gradient = gradient.grown(2 * step(a.shape[-1], case.dtype) * gradient.size)
    return computed(known(gradient + gradient.transposed if case.parameters["symmetric"] else gradient))


def norm_of(a: np.ndarray, order: object) -> np.ndarray:
    """A norm of matrices by its name: "fro", or 1 and -1 for the largest and smallest sum of a column's magnitudes."""
    if order == "fro":
        return frobenius(a)
    sums = np.abs(a).sum(axis=-2)
    return np.asarray(sums.max(axis=-1) if order == 1 else sums.min(axis=-1))


def cond(case: Case, arrays: Arrays) -> Meaning:
    """The norm of the matrix times that of its inverse; of order 2 the ratio of the extreme singular values, of -2 that upside down."""
    a, order = wide(arrays["x"]), case.parameters["order"]
    if not min(a.shape[-2:]):
        return Meaning(Rule.EITHER, f"shape {a.shape}: a matrix without rows or columns has no condition")
    if order not in (None, 2, -2) and a.shape[-1] != a.shape[-2]:
        return Meaning(
            Rule.REFUSE, f"shape {a.shape}: only square matrices have an inverse, which order {order!r} needs"
        )
    if not well_conditioned(a, case.dtype).all():
        return SINGULAR
    if order in (None, 2, -2):
        values = singular_values(a)
        ends = values[..., 0], values[..., -1]
        value = ends[0] / ends[1] if order != -2 else ends[1] / ends[0]
    else:
        value = norm_of(a, order) * norm_of(inverted(a), order)
    # The norm of order -1 may be much smaller than the others, of which the error is a part.
    share = frobenius(inverted(a)) / norm_of(inverted(a), order) if order == -1 else np.ones(value.shape)
    relative = 4 * lost(a, case.dtype) * share + 4 * unit_of(a, case.dtype)
    return computed(within(value, case.dtype, value * relative + FLOATS[case.dtype].smallest_normal))


def cond_gradient(case: Case, arrays: Arrays) -> Meaning:
    """Of order 2, s / t of the largest and smallest singular values: (u v^T / t) - (s / t^2) p q^T with their vectors; the inverse for -2.

    Of the Frobenius norm: with B the inverse, (norm(B) / norm(A)) A - (norm(A) / norm(B)) B^T B B^T.
    """
    a, order, g = wide(arrays["x"]), case.parameters["order"], each(cotangent_of(arrays))
    if not a.shape[-1] or not well_conditioned(a, case.dtype).all():
        return NEAR_SINGULAR
    if order == "fro":
        return _of_frobenius(case, a, g)
    values = singular_values(a)
    most, low = values[..., :1], values[..., -1:]
    ends = (1 / low, -most / low**2) if order != -2 else (-low / most**2, 1 / most)
    slopes = np.zeros_like(values)
    slopes[..., :1] += ends[0]
    slopes[..., -1:] += ends[1]
    gradient = of_values(case, a, slopes * g[..., 0], 3.0)
    if not gradient:
        return NEAR_SINGULAR
    # Of a single value both slopes cancel.
    cancelled = 2 * step(1, case.dtype) * np.abs(ends[0] * g[..., 0])[..., None] * (values.shape[-1] == 1)
    return computed(known(gradient.grown(magnitudes(cancelled))))


def _of_frobenius(case: Case, a: np.ndarray, g: np.ndarray) -> Meaning:
    """The gradient of the product of the Frobenius norms of the matrix and of its inverse."""
    system = general(a, case.dtype)
    x = exact(case, transposed(system.inverse))
    sizes = each(frobenius(a)), each(frobenius(system.inverse))
    cubic = moved(x @ x.transposed @ x, system) * (-sizes[0] / sizes[1] * g)
    linear = exact(case, sizes[1] / sizes[0] * g * a)
    norm = step(a.shape[-1], case.dtype) + each(frobenius(system.off(system.inverse))) / sizes[1]
    return computed(known(linear.grown(2 * norm * linear.size) + cubic.grown(2 * norm * cubic.size)))


def has_gradient(case: Case) -> bool:
    """Whether the order is one whose gradient is known: sums of columns have ties."""
    return case.parameters["order"] not in (1, -1)


def is_matrix(case: Case) -> bool:
    """Whether x has two axes: of a vector, some functions that take a triangle, and adding the identity, make a matrix."""
    return len(case.inputs["x"].shape) > 1


def factor_of(case: Case, x: np.ndarray) -> np.ndarray:
    """The triangular factor that the call makes of x: one of its triangles and a multiple of the identity."""
    triangle = np.triu(x) if case.parameters["upper"] else np.tril(x)
    return triangle + x.dtype.type(case.parameters["shift"]) * np.eye(x.shape[-1], dtype=x.dtype)


def cholesky_inverse(case: Case, arrays: Arrays) -> Meaning:
    """The inverse of L L^T, or of U^T U."""
    factor = wide(factor_of(case, arrays["x"]))
    value, limit = _inverse_of(case, factor)
    return computed(within(value, case.dtype, limit))


def _inverse_of(case: Case, factor: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """The inverse, and its bound: that of the inverse of the factor, twice."""
    lower = transposed(factor) if case.parameters["upper"] else factor
    inner = inverted(lower)
    limit = 4 * each(lost(factor, case.dtype) * frobenius(inner) ** 2) + FLOATS[case.dtype].smallest_normal
    return transposed(inner) @ inner, limit


def cholesky_inverse_gradient(case: Case, arrays: Arrays) -> Meaning:
    """The triangle of -X (G + G^T) X L, with the inverse X of L L^T; its transpose for U = L^T."""
    factor, g = wide(factor_of(case, arrays["x"])), cotangent_of(arrays)
    upper = case.parameters["upper"]
    lower = transposed(factor) if upper else factor
    system = triangular(exact(case, lower))
    if not np.isfinite(system.grows).all():
        return NEAR_SINGULAR
    x = system.transposed.solved(system.solved(exact(case, identity(lower.shape[-1]) + np.zeros_like(lower))))
    kept = np.tril(np.ones(lower.shape[-2:]))
    inner = x @ exact(case, g) @ x
    gradient = -((inner + inner.transposed) @ exact(case, lower)) * kept
    return computed(known(gradient.transposed if upper else gradient))


# fmt: off
matrix_row("logdet", logdet, {
    "torch": ask("torch.logdet((x + x.mT if symmetric else x) + shift * torch.eye(x.shape[-1], dtype=x.dtype, device=x.device))",
                 composed=True, when=is_matrix),
    "tensorflow": ask("tf.linalg.logdet(x + tf.linalg.matrix_transpose(x) + shift * tf.eye(x.shape[-1], dtype=x.dtype))",
                      composed=True, when=definite, source="www.tensorflow.org, tf.linalg.logdet: hermitian positive definite"),
    "keras": ask("keras.ops.logdet(x + keras.ops.swapaxes(x, -1, -2) + shift * keras.ops.eye(x.shape[-1], dtype=x.dtype))",
                 composed=True, when=definite, source="keras.io, keras.ops.logdet: hermitian positive definite"),
}, "the logarithm of the determinant", derivative=Derivative(logdet_gradient, stack_shape))
matrix_row("cond", cond, {
    "torch": "torch.linalg.cond(x, p=order)", "jax": "jax.numpy.linalg.cond(x, p=order)",
}, "the condition number", square=False, derivative=Derivative(cond_gradient, stack_shape, when=has_gradient))
factor = matrix_row("cholesky_inverse", cholesky_inverse, {
    "torch": ask("torch.cholesky_inverse((torch.triu(x) if upper else torch.tril(x))"
                 " + shift * torch.eye(x.shape[-1], dtype=x.dtype, device=x.device), upper=upper)", composed=True),
    "keras": ask("keras.ops.cholesky_inverse((keras.ops.triu(x) if upper else keras.ops.tril(x))"
                 " + shift * keras.ops.eye(x.shape[-1], dtype=x.dtype), upper=upper)", composed=True, when=is_matrix),
}, "the inverse of a matrix of which Cholesky's factor is given", derivative=Derivative(cholesky_inverse_gradient))
# fmt: on


@factor.call("tensorflow", composed=True, when=is_matrix)
def inverse_of_tensorflow(tf, x, *, upper, shift):
    """TensorFlow solves with the lower factor."""
    one = tf.eye(x.shape[-1], batch_shape=x.shape[:-2], dtype=x.dtype)
    triangle = tf.linalg.band_part(x, 0, -1) if upper else tf.linalg.band_part(x, -1, 0)
    lower = tf.linalg.matrix_transpose(triangle) if upper else triangle
    return tf.linalg.cholesky_solve(lower + shift * one, one)


@factor.call("jax", composed=True)
def inverse_of_jax(jax, x, *, upper, shift):
    """jax.scipy.linalg is imported by name; it solves with either factor."""
    import jax.scipy.linalg

    one = jax.numpy.broadcast_to(jax.numpy.eye(x.shape[-1], dtype=x.dtype), x.shape)
    triangle = jax.numpy.triu(x) if upper else jax.numpy.tril(x)
    return jax.scipy.linalg.cho_solve((triangle + shift * one, not upper), one)
