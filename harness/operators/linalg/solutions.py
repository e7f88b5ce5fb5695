"""Systems of equations and inverses."""

from __future__ import annotations

from typing import Mapping, Tuple

import numpy as np

from harness.case import Case
from harness.formats import FLOATS
from harness.meaning import Meaning, Rule
from harness.operators.linalg import derivatives, properties
from harness.operators.linalg.matrices import (
    inverted,
    roundoff,
    solved,
    transposed,
    well_conditioned,
    wide,
)
from harness.operators.linalg.table import Derivative, computed, judged, matrix_row, unit_of
from harness.plain import ask

Arrays = Mapping[str, np.ndarray]

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


def solution_gradient(case: Case, arrays: Arrays) -> Meaning:
    """The gradient of the solution; nothing is said where the right-hand sides do not fit."""
    reason = fits(case)
    return lenient(case, reason) if reason else derivatives.solve(case, arrays)


def triangle(case: Case, a: np.ndarray) -> np.ndarray:
    """The matrix T or T^T of a triangular system."""
    t = np.tril(a) if case.parameters["lower"] else np.triu(a)
    if case.parameters["unit_diagonal"]:
        one = np.eye(a.shape[-1], dtype=a.dtype)
        t = t * (1 - one) + one
    return transposed(t) if case.parameters["transpose"] else t


def triangular_gradient(case: Case, arrays: Arrays) -> Meaning:
    """The gradient of the solution, where that must be computed."""
    verdict = triangular_solve(case, arrays)
    if not verdict.variants:
        return verdict
    return derivatives.triangular_solve(case, arrays, triangle(case, wide(arrays["x"])))


def right_shape(case: Case) -> Tuple[int, ...]:
    """The shape of the right-hand sides."""
    return case.inputs["y"].shape


def triangular_solve(case: Case, arrays: Arrays) -> Meaning:
    """The solution of T x = y or T^T x = y, where T is one triangle of the matrix, perhaps with ones on its diagonal."""
    reason = fits(case)
    if reason:
        return lenient(case, reason)
    a, y = wide(arrays["x"]), wide(arrays["y"])
    t = triangle(case, a)
    if not (np.diagonal(t, axis1=-2, axis2=-1) != 0).all():
        return SINGULAR
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
}, "the solution of a system of linear equations", inputs="x y", derivative=Derivative(solution_gradient, right_shape))
matrix_row("triangular_solve", triangular_solve, {
    "torch": ask("torch.linalg.solve_triangular(x, y, upper=not lower, unitriangular=unit_diagonal)", when=untransposed),
    "tensorflow": ask("tf.linalg.triangular_solve(x, y, lower=lower, adjoint=transpose)", when=without_ones),
    "jax": "jax.lax.linalg.triangular_solve(x, y, left_side=True, lower=lower, transpose_a=transpose, unit_diagonal=unit_diagonal)",
    "keras": ask("keras.ops.solve_triangular(x, y, lower=lower)", when=plain_triangle),
}, "the solution of a triangular system", inputs="x y", derivative=Derivative(triangular_gradient, right_shape))
matrix_row("inverse", inverse, {
    "torch": "torch.linalg.inv(x)", "tensorflow": "tf.linalg.inv(x)", "jax": "jax.numpy.linalg.inv(x)", "keras": "keras.ops.inv(x)",
}, "the inverse of a matrix", derivative=Derivative(derivatives.inverse))
# fmt: on
