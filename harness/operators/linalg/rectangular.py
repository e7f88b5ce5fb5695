"""Matrices that need not be square: pseudoinverses, least squares, ranks."""

from __future__ import annotations

from typing import Mapping, Tuple

import numpy as np

from harness.case import Case
from harness.formats import FLOATS
from harness.meaning import Expected, Meaning
from harness.operators.linalg import properties, pseudoinverses
from harness.operators.linalg.matrices import (
    frobenius,
    roundoff,
    singular_values,
    solved,
    transposed,
    well_conditioned,
    wide,
)
from harness.operators.linalg.solutions import SINGULAR, fits, lenient
from harness.operators.linalg.table import Derivative, computed, judged, matrix_row, unit_of, within
from harness.plain import ask

Arrays = Mapping[str, np.ndarray]

FAR = 1000.0
"""Condition number up to which pseudoinverses and least squares are compared: all default cut-offs lie far beyond."""


def pseudoinverse(a: np.ndarray) -> np.ndarray:
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
    value = pseudoinverse(a)
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
    plus, wider = pseudoinverse(a), a.shape[-1] > a.shape[-2]
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


def pinv_gradient(case: Case, arrays: Arrays) -> Meaning:
    """The gradient of the pseudoinverse of a matrix of full rank."""
    a = wide(arrays["x"])
    if not well_conditioned(a, case.dtype, FAR).all():
        return SINGULAR
    return pseudoinverses.pseudoinverse(case, arrays, pseudoinverse(a))


def lstsq_gradient(case: Case, arrays: Arrays) -> Meaning:
    """The gradient of least squares of full rank."""
    reason = fits(case)
    if reason:
        return lenient(case, reason)
    a = wide(arrays["x"])
    if not well_conditioned(a, case.dtype, FAR).all():
        return SINGULAR
    return pseudoinverses.least_squares(case, arrays, pseudoinverse(a))


def swapped_shape(case: Case) -> Tuple[int, ...]:
    """The shape of the transposed matrices."""
    *stack, m, n = case.inputs["x"].shape
    return (*stack, n, m)


def unknown_shape(case: Case) -> Tuple[int, ...]:
    """The shape of the solution of a system that is not square."""
    return (*case.inputs["x"].shape[:-2], case.inputs["x"].shape[-1], case.inputs["y"].shape[-1])


def two_axes(case: Case) -> bool:
    """Whether the input is one matrix."""
    return len(case.inputs["x"].shape) == 2


# torch.compile does not trace lstsq (its fake tensors have no shape for it) and runs it as it is.
TRACELESS = ("eager", "abstract")

# fmt: off
matrix_row("pinv", pinv, {
    "torch": "torch.linalg.pinv(x)", "tensorflow": "tf.linalg.pinv(x)", "jax": "jax.numpy.linalg.pinv(x)", "keras": "keras.ops.pinv(x)",
}, "the pseudoinverse", square=False, derivative=Derivative(pinv_gradient, swapped_shape))
matrix_row("lstsq", lstsq, {
    "torch": ask("torch.linalg.lstsq(x, y).solution", modes=TRACELESS), "tensorflow": "tf.linalg.lstsq(x, y)",
    "jax": ask("jax.numpy.linalg.lstsq(x, y)[0]", when=two_axes), "keras": ask("keras.ops.lstsq(x, y)", when=two_axes),
}, "the solution of least squares", inputs="x y", square=False,
    derivative=Derivative(lstsq_gradient, unknown_shape))
matrix_row("matrix_rank", matrix_rank, {
    "torch": "torch.linalg.matrix_rank(x)", "tensorflow": "tf.linalg.matrix_rank(x)", "jax": "jax.numpy.linalg.matrix_rank(x)",
    "keras": "keras.ops.matrix_rank(x)",
}, "the number of singular values that are not nearly zero", square=False)
# fmt: on
