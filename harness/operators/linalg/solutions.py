"""Systems of equations, inverses, determinants, rank."""

from __future__ import annotations

from typing import Mapping, Tuple

import numpy as np

from harness.case import Case
from harness.formats import FLOATS
from harness.meaning import Meaning, Rule
from harness.operators.linalg import properties
from harness.operators.linalg.matrices import (
    determinant,
    eliminated,
    frobenius,
    inverted,
    roundoff,
    singular_values,
    solved,
    transposed,
    well_conditioned,
    wide,
)
from harness.operators.linalg.table import computed, judged, matrix_row, unit_of, within
from harness.plain import ask

Arrays = Mapping[str, np.ndarray]

FAR = 1000.0
"""Condition number up to which pseudoinverses and least squares are compared: all default cut-offs lie far beyond."""

SINGULAR = Meaning(Rule.EITHER, "a matrix is singular or nearly so")


def fits(case: Case) -> str:
    """What is wrong with the right-hand sides of a system: as many matrices, as many rows."""
    x, y = case.inputs["x"].shape, case.inputs["y"].shape
    if len(y) != len(x) or y[:-1] != x[:-1]:
        return f"shapes {x} and {y}: the right-hand sides must have as many rows as the matrix, stack by stack"
    return ""


def lenient(case: Case, reason: str) -> Meaning:
    """Right-hand sides that do not fit: one vector, or stacks that broadcast, mean something in some frameworks."""
    x, y = case.inputs["x"].shape, case.inputs["y"].shape
    if len(x) != len(y) or x[:-2] != y[:-2] or len(y) < 2:
        return Meaning(Rule.EITHER, reason)
    return Meaning(Rule.REFUSE, reason)


def solve(case: Case, arrays: Arrays) -> Meaning:
    """The solution of A x = y."""
    reason = fits(case)
    if reason:
        return lenient(case, reason)
    a, y = wide(arrays["x"]), wide(arrays["y"])
    if not well_conditioned(a, case.dtype).all():
        return SINGULAR
    facts = {"a": a, "y": y, "unit": unit_of(a, case.dtype), "tiny": FLOATS[case.dtype].smallest_normal}
    return computed(judged(solved(a, y), case.dtype, "y", "A x = y", properties.solution, **facts))


def triangular_solve(case: Case, arrays: Arrays) -> Meaning:
    """The solution of T x = y or T^T x = y, where T is one triangle of the matrix, perhaps with ones on its diagonal."""
    reason = fits(case)
    if reason:
        return lenient(case, reason)
    a, y = wide(arrays["x"]), wide(arrays["y"])
    t = np.tril(a) if case.parameters["lower"] else np.triu(a)
    if case.parameters["unit_diagonal"]:
        one = np.eye(a.shape[-1], dtype=a.dtype)
        t = t * (1 - one) + one
    if not (np.diagonal(t, axis1=-2, axis2=-1) != 0).all():
        return SINGULAR
    t = transposed(t) if case.parameters["transpose"] else t
    x = solved(t, y)
    size = np.abs(inverted(t)) @ np.abs(y.astype(np.longdouble))
    if not (size < FLOATS[case.dtype].largest / 2**20).all():
        return Meaning(Rule.EITHER, "the solution may overflow")
    unit = 8.0 * max(a.shape[-1], 1) * roundoff(case.dtype)
    facts = {"a": t, "y": y, "unit": unit, "tiny": max(a.shape[-1], 1) * FLOATS[case.dtype].smallest_normal}
    return computed(judged(x, case.dtype, "y", "T x = y", properties.triangular_solution, **facts))


def inverse(case: Case, arrays: Arrays) -> Meaning:
    """The inverse."""
    a = wide(arrays["x"])
    if not well_conditioned(a, case.dtype).all():
        return SINGULAR
    facts = {"a": a, "unit": unit_of(a, case.dtype), "tiny": FLOATS[case.dtype].smallest_normal}
    return computed(judged(inverted(a), case.dtype, "y", "A X = I or X A = I", properties.inverse, **facts))


def determinant_within(a: np.ndarray, dtype: str) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The determinant, its bound, and where it may overflow on the way.

    Computed is the determinant of A + E with ``norm(E) <= d``, so with singular values s it is off by no more than
    ``prod(s + d) - prod(s)``, and by n roundings of the product of pivots.
    """
    form, n = FLOATS[dtype], a.shape[-1]
    value = determinant(a)
    values = singular_values(a).astype(np.longdouble)
    d = (unit_of(a, dtype) * frobenius(a))[..., None]
    most = (values + d).prod(axis=-1)
    limit = most - values.prod(axis=-1) + 2 * n * roundoff(dtype) * np.abs(value) + n * form.smallest_normal
    overflow = ~(np.maximum(4 * values + d, 1).prod(axis=-1) < form.largest)
    return value, limit, overflow


def det(case: Case, arrays: Arrays) -> Meaning:
    """The determinant; 1 of a matrix without rows."""
    value, limit, overflow = determinant_within(wide(arrays["x"]), case.dtype)
    return computed(within(value, case.dtype, limit, free=overflow))


def slogdet(case: Case, arrays: Arrays) -> Meaning:
    """The sign of the determinant and the logarithm of its magnitude; free where the determinant may be of either sign."""
    a = wide(arrays["x"])
    value, limit, _ = determinant_within(a, case.dtype)
    lu, _, _ = eliminated(a)
    logs = np.log(np.abs(np.diagonal(lu, axis1=-2, axis2=-1)))
    relative = limit / np.abs(value)
    free = ~(relative < 0.5)
    terms = np.abs(logs).sum(axis=-1)
    rounding = (a.shape[-1] + 4) * roundoff(case.dtype) * np.where(free, 0, terms + np.abs(logs.sum(axis=-1)))
    sign = np.where(free, 0, np.sign(value))
    size = np.where(free, 0, logs.sum(axis=-1))
    return computed(
        within(sign, case.dtype, np.zeros(()), "sign", free=free),
        within(size, case.dtype, np.where(free, 0, 2 * relative) + rounding, "logabsdet", free=free),
    )


def _pseudoinverse(a: np.ndarray) -> np.ndarray:
    """Of matrices of full rank, in longdouble, by the normal equations: their error is that of the squared condition number."""
    tall = a if a.shape[-2] >= a.shape[-1] else transposed(a)
    found = solved(transposed(tall).astype(np.longdouble) @ tall, transposed(tall))
    return found if tall is a else transposed(found)


def condition(a: np.ndarray) -> np.ndarray:
    """Condition numbers; 1 where there are no singular values."""
    values = singular_values(a)
    return values[..., 0] / values[..., -1] if values.shape[-1] else np.ones(values.shape[:-1])


def pinv(case: Case, arrays: Arrays) -> Meaning:
    """The pseudoinverse of a matrix of full rank."""
    a = wide(arrays["x"])
    if not well_conditioned(a, case.dtype, FAR).all():
        return SINGULAR
    value = _pseudoinverse(a)
    limit = unit_of(a, case.dtype) * condition(a) * frobenius(value) + FLOATS[case.dtype].smallest_normal
    return computed(within(value, case.dtype, limit[..., None, None]))


def lstsq(case: Case, arrays: Arrays) -> Meaning:
    """The solution of least squares, or the shortest of many solutions, for a matrix of full rank."""
    reason = fits(case)
    if reason:
        return lenient(case, reason)
    a, y = wide(arrays["x"]), wide(arrays["y"])
    if not well_conditioned(a, case.dtype, FAR).all():
        return SINGULAR
    plus, wider = _pseudoinverse(a), a.shape[-1] > a.shape[-2]
    facts = {
        "a": a,
        "y": y,
        "null": np.eye(a.shape[-1], dtype=np.longdouble) - plus @ a,
        # By the normal equations of the second kind the residual is as large as the condition number.
        "unit": unit_of(a, case.dtype) * (condition(a) if wider else 1.0),
        "condition": condition(a),
        "tiny": FLOATS[case.dtype].smallest_normal,
    }
    words = "A^T (A x - y) = 0, x orthogonal to the null space"
    return computed(judged(plus @ y.astype(np.longdouble), case.dtype, "y", words, properties.least_squares, **facts))


def matrix_rank(case: Case, arrays: Arrays) -> Meaning:
    """The number of singular values above the largest times the longer side times epsilon; free near that."""
    from harness.meaning import Expected

    a = wide(arrays["x"])
    values, n = singular_values(a), max(*a.shape[-2:], 1)
    cut = n * 2 * roundoff(case.dtype) * values.max(axis=-1, initial=0.0)[..., None]
    count = (values > cut).sum(axis=-1)
    free = ((values > cut / 2**6) & (values < cut * 2**6)).any(axis=-1)
    zero = np.zeros(count.shape)
    return computed(
        Expected(
            count.shape, "int64", (count.astype(float),), lambda dtype, facts: zero, free=free, other_dtypes=("int32",)
        )
    )


def two_axes(case: Case) -> bool:
    """Whether the input is one matrix."""
    return len(case.inputs["x"].shape) == 2


def untransposed(case: Case) -> bool:
    """Whether the matrix is taken as it is: torch.linalg.solve_triangular has no parameter for its transpose."""
    return not case.parameters["transpose"]


def without_ones(case: Case) -> bool:
    """Whether the diagonal is the matrix's: tf.linalg.triangular_solve has no other."""
    return not case.parameters["unit_diagonal"]


def plain_triangle(case: Case) -> bool:
    """Whether the triangle is taken as it is: keras.ops.solve_triangular has no more parameters than ``lower``."""
    return not case.parameters["transpose"] and not case.parameters["unit_diagonal"]


# fmt: off
matrix_row("solve", solve, {
    "torch": "torch.linalg.solve(x, y)", "tensorflow": "tf.linalg.solve(x, y)",
    "jax": "jax.numpy.linalg.solve(x, y)", "keras": "keras.ops.solve(x, y)",
}, "the solution of a system of linear equations", inputs="x y")
matrix_row("triangular_solve", triangular_solve, {
    "torch": ask("torch.linalg.solve_triangular(x, y, upper=not lower, unitriangular=unit_diagonal)", when=untransposed),
    "tensorflow": ask("tf.linalg.triangular_solve(x, y, lower=lower, adjoint=transpose)", when=without_ones),
    "jax": "jax.lax.linalg.triangular_solve(x, y, left_side=True, lower=lower, transpose_a=transpose, unit_diagonal=unit_diagonal)",
    "keras": ask("keras.ops.solve_triangular(x, y, lower=lower)", when=plain_triangle),
}, "the solution of a triangular system", inputs="x y")
matrix_row("inverse", inverse, {
    "torch": "torch.linalg.inv(x)", "tensorflow": "tf.linalg.inv(x)", "jax": "jax.numpy.linalg.inv(x)", "keras": "keras.ops.inv(x)",
}, "the inverse of a matrix")
matrix_row("det", det, {
    "torch": "torch.linalg.det(x)", "tensorflow": "tf.linalg.det(x)", "jax": "jax.numpy.linalg.det(x)", "keras": "keras.ops.det(x)",
}, "the determinant")
matrix_row("slogdet", slogdet, {
    "torch": "torch.linalg.slogdet(x)", "tensorflow": "tf.linalg.slogdet(x)", "jax": "jax.numpy.linalg.slogdet(x)",
    "keras": "keras.ops.slogdet(x)",
}, "the sign of the determinant and the logarithm of its magnitude")
matrix_row("pinv", pinv, {
    "torch": "torch.linalg.pinv(x)", "tensorflow": "tf.linalg.pinv(x)", "jax": "jax.numpy.linalg.pinv(x)", "keras": "keras.ops.pinv(x)",
}, "the pseudoinverse", square=False)
matrix_row("lstsq", lstsq, {
    "torch": "torch.linalg.lstsq(x, y).solution", "tensorflow": "tf.linalg.lstsq(x, y)",
    "jax": ask("jax.numpy.linalg.lstsq(x, y)[0]", when=two_axes), "keras": ask("keras.ops.lstsq(x, y)", when=two_axes),
}, "the solution of least squares", inputs="x y", square=False)
matrix_row("matrix_rank", matrix_rank, {
    "torch": "torch.linalg.matrix_rank(x)", "tensorflow": "tf.linalg.matrix_rank(x)", "jax": "jax.numpy.linalg.matrix_rank(x)",
    "keras": "keras.ops.matrix_rank(x)",
}, "the number of singular values that are not nearly zero", square=False)
# fmt: on
