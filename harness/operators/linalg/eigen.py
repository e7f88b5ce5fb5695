"""Eigenvalues and eigenvectors of matrices that need not be symmetric: complex, in any order.

Computed are those of one matrix A + E with ``norm(E)`` a small multiple of u times the norm of A (Golub and Van Loan, Matrix
Computations, 4th ed., section 7.5.6). So each w makes A - w I nearly singular, and the sums of w and of w^2 are nearly the traces of A and
A^2; the distance of single eigenvalues from A's is not bounded, because they may be ill-conditioned.
"""

from __future__ import annotations

from typing import Mapping, Tuple

import numpy as np

from harness.case import Case
from harness.meaning import Meaning
from harness.operators.linalg import properties
from harness.operators.linalg.derivatives import bounded, cotangent_of, each
from harness.operators.linalg.matrices import transposed, wide
from harness.operators.linalg.perturbed import backward, magnitudes, rooted, step
from harness.operators.linalg.spectral import TIES
from harness.operators.linalg.table import Derivative, computed, judged, limit_of, matrix_row, unit_of
from harness.plain import ask

Arrays = Mapping[str, np.ndarray]

COMPLEX = {"float32": "complex64", "float64": "complex128"}
"""Dtype of eigenvalues and eigenvectors."""


def decomposed(a: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """NumPy's eigenvalues and eigenvectors, complex."""
    values, vectors = np.linalg.eig(a.astype(np.float64))
    return values.astype(np.complex128), vectors.astype(np.complex128)


def eigvals(case: Case, arrays: Arrays) -> Meaning:
    """The eigenvalues."""
    a = wide(arrays["x"])
    return computed(_values(a, decomposed(a)[0], case.dtype, "y"))


def _values(a: np.ndarray, values: np.ndarray, dtype: str, name: str):
    """Eigenvalues, judged by what they are of."""
    words = "A - w I is singular for every w, and the sums of w and w^2 are traces"
    facts = {"a": a.astype(np.float64), "limit": limit_of(a, dtype).astype(np.float64)}
    return judged(values, COMPLEX[dtype], name, words, properties.spectrum, **facts)


def eig(case: Case, arrays: Arrays) -> Meaning:
    """The eigenvalues and, in this order, eigenvectors of length 1 as columns."""
    a, dtype = wide(arrays["x"]), case.dtype
    values, vectors = decomposed(a)
    facts = {"a": a, "limit": limit_of(a, dtype), "unit": unit_of(a, dtype)}
    return computed(
        _values(a, values, dtype, "w"),
        judged(
            vectors, COMPLEX[dtype], "v", "A V = V diag(w), columns of length 1", properties.unit_eigenvectors, **facts
        ),
    )


def squares(case: Case, arrays: Arrays) -> Meaning:
    """Of the sum of squared eigenvalues, which is the trace of A^2: 2 A^T.

    Computed from the decomposition W, V it is that of A + E = V diag(w) V^-1, where E is the residual of the eigenvectors, columns of
    length 1, solved with them.
    """
    a, g = wide(arrays["x"]), each(cotangent_of(arrays))
    values, vectors = decomposed(a)
    condition = np.linalg.cond(vectors) if a.shape[-1] else np.ones(a.shape[:-2])
    unit = step(max(a.shape[-1], 1), case.dtype)
    if not (unit * condition < 0.125).all():
        return TIES
    inverse = np.abs(np.linalg.inv(vectors))
    residual = 2 * each(backward(a, case.dtype)) * np.ones_like(inverse) / max(a.shape[-1], 1) ** 0.5
    local = 4 * unit * rooted(np.abs(vectors) * np.abs(values)[..., None, :], inverse)
    error = 2 * transposed(rooted(residual, inverse) + local)
    solved = 2 * unit * rooted(transposed(inverse), transposed(np.abs(vectors)), 2 * magnitudes(transposed(a)))
    return computed(
        bounded(2 * g * transposed(a), case.dtype, np.abs(g) * (error + solved + unit * magnitudes(transposed(a))))
    )


def stack_shape(case: Case) -> Tuple[int, ...]:
    """The shape of a number per matrix."""
    return case.inputs["x"].shape[:-2]


# fmt: off
SQUARES = {
    "torch": ask("torch.real(torch.sum(torch.linalg.eigvals(x) ** 2, dim=-1))", composed=True),
    "tensorflow": ask("tf.math.real(tf.reduce_sum(tf.linalg.eigvals(x) ** 2, axis=-1))", composed=True),
    "jax": ask("jax.numpy.real(jax.numpy.sum(jax.numpy.linalg.eigvals(x) ** 2, axis=-1))", composed=True),
}
matrix_row("eig", eig, {
    "torch": "torch.linalg.eig(x)", "tensorflow": "tf.linalg.eig(x)", "jax": "jax.numpy.linalg.eig(x)", "keras": "keras.ops.eig(x)",
}, "eigenvalues and eigenvectors of a matrix")
matrix_row("eigvals", eigvals, {
    "torch": "torch.linalg.eigvals(x)", "tensorflow": "tf.linalg.eigvals(x)", "jax": "jax.numpy.linalg.eigvals(x)",
}, "eigenvalues of a matrix", derivative=Derivative(squares, stack_shape, SQUARES))
# fmt: on
