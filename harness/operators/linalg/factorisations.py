"""LU with partial pivoting: its three factors, and its two in one array with the exchanges of rows."""

from __future__ import annotations

from typing import Mapping, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS
from harness.meaning import Expected, Meaning, Property
from harness.operators.linalg import properties, spectral
from harness.operators.linalg.matrices import eliminated, frobenius, inverted, wide
from harness.operators.linalg.perturbed import magnitudes, rooted
from harness.operators.linalg.table import Derivative, computed, judged, matrix_row, unit_of
from harness.plain import ask

Arrays = Mapping[str, np.ndarray]


def parts(lu: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """The unit lower and the upper triangular factor of two in one array."""
    k = min(lu.shape[-2:])
    return np.tril(lu[..., :, :k], -1) + np.eye(lu.shape[-2], k, dtype=lu.dtype), np.triu(lu[..., :k, :])


def facts_of(a: np.ndarray, dtype: str) -> Mapping[str, object]:
    """What the product of the factors is compared with: the error is relative to their norms (Higham, Theorem 9.3)."""
    tiny = max(*a.shape[-2:], 1) * FLOATS[dtype].smallest_normal
    return {"a": a, "unit": unit_of(a, dtype), "tiny": tiny}


def lu(case: Case, arrays: Arrays) -> Meaning:
    """A permutation, a unit lower triangular factor with entries up to 1, and an upper triangular one."""
    a, dtype = wide(arrays["x"]), case.dtype
    both, rows, _ = eliminated(a)
    lower, upper = parts(both)
    order = np.swapaxes(np.eye(a.shape[-2])[rows], -1, -2)
    limit = {"unit": unit_of(a, dtype)}
    return computed(
        judged(order, dtype, "p", "P is a permutation", properties.permutation),
        judged(
            lower,
            dtype,
            "l",
            "L is lower triangular with ones on its diagonal, |L| <= 1",
            properties.unit_lower,
            **limit,
        ),
        judged(upper, dtype, "u", "P L U = A, U upper triangular", properties.permuted_product, **facts_of(a, dtype)),
    )


def lu_factor(case: Case, arrays: Arrays) -> Meaning:
    """L and U in one array, and the row, counted from 0, with which each row is exchanged in turn (LAPACK's getrf)."""
    a, dtype = wide(arrays["x"]), case.dtype
    both, rows, _ = eliminated(a)
    k = min(a.shape[-2:])
    exchanged = np.broadcast_to(np.arange(a.shape[-2]), rows.shape).copy()
    pivots = np.zeros((*rows.shape[:-1], k))
    for i in range(k):
        # Where the row that ends at place i stands now.
        found = (exchanged == rows[..., i : i + 1]).argmax(axis=-1)[..., None]
        pivots[..., i : i + 1] = found
        held = np.take_along_axis(exchanged, found, axis=-1)
        np.put_along_axis(exchanged, found, exchanged[..., i : i + 1], axis=-1)
        exchanged[..., i : i + 1] = held
    words = "the exchanges of rows make L U of A"
    fact = Property(words, properties.exchanged_product, facts_of(a, dtype))
    return computed(
        judged(both, dtype, "lu", "|L| <= 1", properties.packed_lower, unit=unit_of(a, dtype)),
        Expected(pivots.shape, "int32", (pivots,), name="pivots", property=fact, other_dtypes=("int64",)),
    )


def product_gradient(case: Case, arrays: Arrays) -> Meaning:
    """Of P L U, which is A: terms as large as L^T P^T G U^T are solved with both factors."""
    both, rows, _ = eliminated(wide(arrays["x"]))
    factors = parts(both)
    inner = [inverted(factor) for factor in factors]
    amplified = 1.0
    for factor, inverse in zip(factors, inner):
        amplified = amplified * frobenius(factor) * frobenius(inverse)
    lower = magnitudes(factors[0]) @ magnitudes(inner[0])
    upper = magnitudes(inner[1]) @ magnitudes(factors[1])
    g = np.take_along_axis(magnitudes(arrays[COTANGENT]), rows[..., None], axis=-2)
    error = np.empty_like(g)
    np.put_along_axis(
        error, rows[..., None], rooted(np.swapaxes(lower, -1, -2), g, np.swapaxes(upper, -1, -2)), axis=-2
    )
    return spectral.of_product(case, arrays, np.nan_to_num(amplified, nan=np.inf), 4 * error)


def is_square(case: Case) -> bool:
    """Whether the matrices are square: tf.linalg.lu takes no others."""
    return len(set(case.inputs["x"].shape[-2:])) == 1


# fmt: off
PRODUCT = {
    "torch": ask("(lambda p, l, u: p @ l @ u)(*torch.linalg.lu(x))", composed=True),
}
factors = matrix_row("lu", lu, {
    "torch": "torch.linalg.lu(x)",
}, "LU with partial pivoting, as three factors", square=False,
    derivative=Derivative(product_gradient, calls=PRODUCT, when=is_square))
packed = matrix_row("lu_factor", lu_factor, {
    "torch": ask("(lambda lu, pivots: (lu, pivots - 1))(*torch.linalg.lu_factor(x))", composed=True),
    "keras": ask("keras.ops.lu_factor(x)", when=is_square),
}, "LU with partial pivoting, as two factors in one array and the exchanges of rows", square=False)
# fmt: on


@factors.call("jax", when=lambda case: case.quantity != GRADIENT)
def lu_of_jax(jax, x):
    """jax.scipy.linalg is imported by name."""
    import jax.scipy.linalg

    return jax.scipy.linalg.lu(x)


@factors.call("jax", composed=True, when=lambda case: case.quantity == GRADIENT)
def product_of_jax(jax, x):
    """The product of the three factors."""
    import jax.scipy.linalg

    p, lower, upper = jax.scipy.linalg.lu(x)
    return p @ lower @ upper


@factors.call("tensorflow", composed=True, when=lambda case: case.quantity != GRADIENT and is_square(case))
def lu_of_tensorflow(tf, x):
    """TensorFlow packs two factors into one array, and gives the order of the rows."""
    both, order = tf.linalg.lu(x)
    p = tf.linalg.matrix_transpose(tf.one_hot(order, x.shape[-1], dtype=x.dtype))
    lower = tf.linalg.set_diag(tf.linalg.band_part(both, -1, 0), tf.ones_like(both[..., 0]))
    return p, lower, tf.linalg.band_part(both, 0, -1)


@packed.call("jax")
def lu_factor_of_jax(jax, x):
    """jax.scipy.linalg is imported by name."""
    import jax.scipy.linalg

    return jax.scipy.linalg.lu_factor(x)
