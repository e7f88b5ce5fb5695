"""Decompositions: Cholesky's, QR, singular values, eigenvalues of symmetric matrices."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Tuple

import numpy as np

from harness.case import Case
from harness.meaning import Expected, Meaning, Rule
from harness.operators.linalg import properties, spectral
from harness.operators.linalg.factors import EIGEN_PRODUCT, QR_PRODUCT, SVD_PRODUCT
from harness.operators.linalg.matrices import singular_values, transposed, wide
from harness.operators.linalg.table import Derivative, computed, judged, limit_of, matrix_row, read, unit_of, within
from harness.plain import ask

Arrays = Mapping[str, np.ndarray]

LOWER, UPPER, MEAN = "lower triangle", "upper triangle", "symmetrised"
"""What a function of symmetric matrices makes of one that is not symmetric."""


def readings(a: np.ndarray, symmetric: bool) -> Dict[str, np.ndarray]:
    """The symmetric matrices that a matrix may stand for."""
    if symmetric:
        return {"": a}
    lower, upper = np.tril(a), np.triu(a)
    return {
        LOWER: lower + transposed(np.tril(a, -1)),
        UPPER: upper + transposed(np.triu(a, 1)),
        MEAN: (a + transposed(a)) / a.dtype.type(2),
    }


def given(case: Case, x: np.ndarray) -> np.ndarray:
    """The matrix that the call makes of x, rounded as every framework rounds it."""
    return x + transposed(x) if case.parameters["symmetric"] else x


def unless_symmetric(convention: str):
    """The convention documented for matrices that are not symmetric."""
    return lambda case: "" if case.parameters["symmetric"] else convention


def shifted(case: Case, x: np.ndarray) -> np.ndarray:
    """The matrix with its multiple of the identity."""
    return given(case, x) + x.dtype.type(case.parameters["shift"]) * np.eye(x.shape[-1], dtype=x.dtype)


def symmetric(case: Case) -> bool:
    """Whether the matrix is made symmetric."""
    return bool(case.parameters["symmetric"])


def definite(case: Case) -> bool:
    """Whether the matrix is made symmetric and positive definite."""
    return symmetric(case) and case.parameters["shift"] > 0


def few(case: Case) -> Tuple[int, ...]:
    """The shape of singular values."""
    shape = case.inputs["x"].shape
    return (*shape[:-2], min(shape[-2:]))


def cholesky(case: Case, arrays: Arrays) -> Meaning:
    """The lower triangular factor of a positive definite matrix."""
    x, shift = arrays["x"], case.parameters["shift"]
    a = shifted(case, x)
    if shift <= 0 and x.size:
        return Meaning(Rule.EITHER, f"shift {shift}: the matrix is not positive definite")
    variants = {}
    for name, matrix in readings(a, case.parameters["symmetric"]).items():
        whole, dtype = wide(matrix), case.dtype
        factor = np.linalg.cholesky(matrix.astype(np.float64))
        facts = {"a": whole, "limit": limit_of(whole, dtype)}
        variants[name] = (judged(factor, dtype, "y", "L L^T = A", properties.lower_factor, **facts),)
    return read(variants)


def qr(case: Case, arrays: Arrays) -> Meaning:
    """An orthonormal and an upper triangular factor."""
    a, dtype = wide(arrays["x"]), case.dtype
    q, r = _stacked_qr(a.astype(np.float64), case.parameters["mode"])
    limit = unit_of(a, dtype)
    return computed(
        judged(q, dtype, "q", "Q^T Q = I", properties.orthonormal, index=0, rows=False, limit=limit),
        judged(
            r, dtype, "r", "Q R = A, R upper triangular", properties.product_of_factors, a=a, limit=limit_of(a, dtype)
        ),
    )


def _stacked_qr(a: np.ndarray, mode: Any) -> Tuple[np.ndarray, np.ndarray]:
    """NumPy's QR; of matrices without columns, the identity and nothing."""
    m, n = a.shape[-2:]
    if a.size:
        return np.linalg.qr(a, mode=mode)
    k = m if mode == "complete" else min(m, n)
    q = np.broadcast_to(np.eye(m, k), (*a.shape[:-2], m, k))
    return q, np.zeros((*a.shape[:-2], k, n))


def svd(case: Case, arrays: Arrays) -> Meaning:
    """Orthonormal factors and the singular values between them."""
    a, dtype = wide(arrays["x"]), case.dtype
    left, values, right = np.linalg.svd(a.astype(np.float64), full_matrices=case.parameters["full_matrices"])
    limit, size = unit_of(a, dtype), limit_of(a, dtype)
    return computed(
        judged(left, dtype, "u", "U^T U = I", properties.orthonormal, index=0, rows=False, limit=limit),
        within(values, dtype, size[..., None], "s"),
        # Judged with the product, because by now the shapes of all three outputs are known to be right.
        judged(right, dtype, "vh", "U diag(s) V^T = A, V^T V = I", three_factors, a=a, limit=size, unit=limit),
    )


def three_factors(outputs, *, a, limit, unit):
    """The product of the factors, and the rows of the third one orthonormal."""
    product = properties.product_of_three(outputs, a=a, limit=limit)
    return np.maximum(product, properties.orthonormal(outputs, index=2, rows=True, limit=unit))


def svdvals(case: Case, arrays: Arrays) -> Meaning:
    """Singular values, descending: each off by no more than the perturbation's norm (Weyl)."""
    a = wide(arrays["x"])
    return computed(within(singular_values(a), case.dtype, limit_of(a, case.dtype)[..., None]))


def eigh(case: Case, arrays: Arrays) -> Meaning:
    """Eigenvalues, ascending, and orthonormal eigenvectors of a symmetric matrix."""
    return read({name: _eigen(matrix, case.dtype, True) for name, matrix in _symmetric(case, arrays).items()})


def eigvalsh(case: Case, arrays: Arrays) -> Meaning:
    """Eigenvalues of a symmetric matrix, ascending."""
    return read({name: _eigen(matrix, case.dtype, False) for name, matrix in _symmetric(case, arrays).items()})


def _symmetric(case: Case, arrays: Arrays) -> Dict[str, np.ndarray]:
    return readings(given(case, arrays["x"]), case.parameters["symmetric"])


def _eigen(matrix: np.ndarray, dtype: str, vectors: bool) -> Tuple[Expected, ...]:
    """The eigenvalues, each off by no more than the perturbation's norm (Weyl), and where wanted the eigenvectors."""
    a = wide(matrix)
    values, columns = np.linalg.eigh(matrix.astype(np.float64))
    limit = limit_of(a, dtype)
    if not vectors:
        return (within(values, dtype, limit[..., None]),)
    return (
        within(values, dtype, limit[..., None], "w"),
        judged(
            columns, dtype, "v", "A V = V diag(w), V^T V = I", eigensystem, a=a, limit=limit, unit=unit_of(a, dtype)
        ),
    )


def eigensystem(outputs, *, a, limit, unit):
    """The columns are eigenvectors, and orthonormal."""
    pairs = properties.eigenvectors(outputs, a=a, limit=limit)
    return np.maximum(pairs, properties.orthonormal(outputs, index=1, rows=False, limit=unit))


# fmt: off
matrix_row("cholesky", cholesky, {
    "torch": ask("torch.linalg.cholesky((x + x.mT if symmetric else x) + shift * torch.eye(x.shape[-1], dtype=x.dtype, device=x.device))",
                 composed=True),
    "tensorflow": ask("tf.linalg.cholesky((x + tf.linalg.matrix_transpose(x) if symmetric else x)"
                      " + shift * tf.eye(x.shape[-1], dtype=x.dtype))",
                      composed=True, convention=unless_symmetric(LOWER),
                      source="tensorflow.org, tf.linalg.cholesky: only the lower-triangular part of the input will be used"),
    "jax": ask("jax.numpy.linalg.cholesky((x + x.mT if symmetric else x) + shift * jax.numpy.eye(x.shape[-1], dtype=x.dtype))",
               composed=True, convention=unless_symmetric(MEAN), source="docs.jax.dev, jax.numpy.linalg.cholesky, symmetrize_input"),
    "keras": ask("keras.ops.cholesky((x + keras.ops.swapaxes(x, -1, -2) if symmetric else x)"
                 " + shift * keras.ops.eye(x.shape[-1], dtype=x.dtype))", composed=True),
}, "the lower triangular factor of a positive definite matrix",
    derivative=Derivative(lambda case, arrays: spectral.cholesky(case, arrays, wide(shifted(case, arrays["x"]))), when=definite))
matrix_row("qr", qr, {
    "torch": "torch.linalg.qr(x, mode=mode)", "tensorflow": "tf.linalg.qr(x, full_matrices=mode == 'complete')",
    "jax": "jax.numpy.linalg.qr(x, mode=mode)", "keras": "keras.ops.qr(x, mode=mode)",
}, "an orthonormal and an upper triangular factor", square=False,
    derivative=Derivative(spectral.two_factors, calls=QR_PRODUCT, when=lambda case: case.parameters["mode"] == "reduced"))
singular = matrix_row("svd", svd, {
    "torch": "torch.linalg.svd(x, full_matrices=full_matrices)",
    "jax": "jax.numpy.linalg.svd(x, full_matrices=full_matrices)", "keras": "keras.ops.svd(x, full_matrices=full_matrices)",
}, "singular values and orthonormal factors", square=False,
    derivative=Derivative(spectral.three_factors, calls=SVD_PRODUCT, when=lambda case: not case.parameters["full_matrices"]))
matrix_row("svdvals", svdvals, {
    "torch": "torch.linalg.svdvals(x)", "tensorflow": "tf.linalg.svd(x, compute_uv=False)",
    "jax": "jax.numpy.linalg.svdvals(x)", "keras": "keras.ops.svd(x, compute_uv=False)",
}, "singular values", square=False, derivative=Derivative(spectral.singular, few))
matrix_row("eigh", eigh, {
    "torch": ask("torch.linalg.eigh(x + x.mT if symmetric else x)", composed=True, convention=unless_symmetric(LOWER),
                 source="docs.pytorch.org, torch.linalg.eigh, UPLO"),
    "tensorflow": ask("tf.linalg.eigh(x + tf.linalg.matrix_transpose(x) if symmetric else x)", composed=True,
                      convention=unless_symmetric(LOWER),
                      source="tensorflow.org, tf.linalg.eigh: only the lower triangular part of each matrix is referenced"),
    "jax": ask("jax.numpy.linalg.eigh(x + x.mT if symmetric else x)", composed=True, convention=unless_symmetric(MEAN),
               source="docs.jax.dev, jax.numpy.linalg.eigh, symmetrize_input"),
    "keras": ask("keras.ops.eigh(x + keras.ops.swapaxes(x, -1, -2) if symmetric else x)", composed=True),
}, "eigenvalues and eigenvectors of a symmetric matrix",
    derivative=Derivative(lambda case, arrays: spectral.eigensystem(case, arrays, wide(given(case, arrays["x"]))),
                          calls=EIGEN_PRODUCT, when=symmetric))
matrix_row("eigvalsh", eigvalsh, {
    "torch": ask("torch.linalg.eigvalsh(x + x.mT if symmetric else x)", composed=True, convention=unless_symmetric(LOWER),
                 source="docs.pytorch.org, torch.linalg.eigvalsh, UPLO"),
    "tensorflow": ask("tf.linalg.eigvalsh(x + tf.linalg.matrix_transpose(x) if symmetric else x)", composed=True,
                      convention=unless_symmetric(LOWER),
                      source="tensorflow.org, tf.linalg.eigvalsh: only the lower triangular part of each matrix is referenced"),
    "jax": ask("jax.numpy.linalg.eigvalsh(x + x.mT if symmetric else x)", composed=True, convention=unless_symmetric(MEAN),
               source="docs.jax.dev, jax.numpy.linalg.eigvalsh, symmetrize_input"),
}, "eigenvalues of a symmetric matrix",
    derivative=Derivative(lambda case, arrays: spectral.eigenvalues(case, arrays, wide(given(case, arrays["x"]))), few, when=symmetric))
# fmt: on


@singular.call("tensorflow", composed=True)
def svd_of_tensorflow(tf, x, *, full_matrices):
    """TensorFlow puts the values first and does not transpose the third factor."""
    s, u, v = tf.linalg.svd(x, full_matrices=full_matrices)
    return u, s, tf.linalg.matrix_transpose(v)
