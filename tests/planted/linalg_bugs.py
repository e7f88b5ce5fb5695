"""Planted bugs of linear algebra: operands and axes exchanged, tails, factors that are nearly right, properties that are not."""

from __future__ import annotations

import numpy as np

from harness.case import GRADIENT, Kind
from planted.bugs import Bug

WRONG = (Kind.VALUE, Kind.NOT_FINITE)


def transposed_right_operand(case, arrays):
    y = arrays["y"]
    if y.ndim < 2 or y.shape[-1] != y.shape[-2]:
        return case, arrays
    return case, {**arrays, "y": np.swapaxes(y, -1, -2)}


def first_matrix_for_all(case, arrays):
    y = arrays["y"]
    return case, {**arrays, "y": np.broadcast_to(y[:1], y.shape)} if y.ndim > 2 else arrays


def conjugate_forgotten(case, arrays):
    return case, {**arrays, "x": np.conj(arrays["x"])}


def tail_forgotten(case, results):
    """The last column behind whole vectors of eight stays zero."""
    y = results[0].copy()
    if case.quantity != GRADIENT and y.ndim and y.shape[-1] % 8 == 1:
        y[..., -1] = 0
    return [y, *results[1:]]


def axes_of_second_exchanged(case, arrays):
    axes = case.parameters["axes"]
    if isinstance(axes, int) or len(axes[1]) < 2 or len({arrays["y"].shape[axis] for axis in axes[1]}) > 1:
        return case, arrays
    return case.with_parameters(axes=(axes[0], axes[1][::-1])), arrays


def diagonal_summed(case, results):
    """A diagonal that is left in the result has the trace in its first entry."""
    if case.quantity == GRADIENT or case.parameters["equation"] not in ("ii->i", "bii->bi", "...ii->...i"):
        return results
    y = results[0].copy()
    if y.size:
        y[..., 0] = y.sum(axis=-1)
    return [y]


def upper_factor(case, results):
    return [np.swapaxes(results[0], -1, -2)]


def ascending(case, results):
    place = 1 if len(results) == 3 else 0
    return [result[..., ::-1] if i == place else result for i, result in enumerate(results)]


def not_normalised(case, results):
    return [*results[:-1], results[-1] * results[-1].dtype.type(1.01)]


def last_entry_off(case, results):
    y = results[-1].copy()
    y[..., -1:, -1:] *= y.dtype.type(1.01)
    return [*results[:-1], y]


def sign_of_permutation(case, results):
    return [np.abs(results[0]), *results[1:]]


def transpose_ignored(case, arrays):
    return case.with_parameters(transpose=False), arrays


def one_factor_too_many(case, arrays):
    return case.with_parameters(n=case.parameters["n"] + 1), arrays


def rank_of_one(case, results):
    return [np.minimum(results[0], 1)]


def gradient_transposed(case, results):
    """The gradient for the matrix is that of its transpose."""
    if case.quantity != GRADIENT:
        return results
    x = results[0]
    return [np.swapaxes(x, -1, -2).reshape(x.shape), *results[1:]]


def halved(case, results):
    return [results[0] / results[0].dtype.type(2)]


def gradient_halved(case, results):
    """The gradient counts one triangle of a symmetric matrix."""
    return [results[0] / results[0].dtype.type(2)] if case.quantity == GRADIENT else results


def gradient_off_by_a_thousandth(case, results):
    """The largest element of the gradient for the matrix."""
    if case.quantity != GRADIENT or not results[0].size:
        return results
    x = results[0].copy()
    x.flat[np.abs(x).argmax()] *= x.dtype.type(1.001)
    return [x, *results[1:]]


def order_for_pivots(case, results):
    """The order of the rows stands for the exchanges that make it."""
    both, pivots = results
    order = np.broadcast_to(np.arange(both.shape[-2]), (*pivots.shape[:-1], both.shape[-2])).copy()
    for i in range(pivots.shape[-1]):
        other = np.take_along_axis(order, pivots[..., i : i + 1].astype(int), axis=-1)
        np.put_along_axis(order, pivots[..., i : i + 1].astype(int), order[..., i : i + 1], axis=-1)
        order[..., i : i + 1] = other
    return [both, order[..., : pivots.shape[-1]].astype(pivots.dtype)]


def permutation_inverted(case, results):
    return results if len(results) < 3 else [np.swapaxes(results[0], -1, -2), *results[1:]]


def conjugates_are_equal(case, results):
    """Of two conjugate eigenvalues the same one is given twice."""
    w = results[0]
    return [np.where(w.imag < 0, np.conj(w), w), *results[1:]] if np.iscomplexobj(w) else results


def other_triangle(case, arrays):
    return case.with_parameters(upper=not case.parameters["upper"]), arrays


def upside_down(case, results):
    """Of order -2 the condition is that of order 2."""
    if case.quantity == GRADIENT or case.parameters["order"] != -2:
        return results
    return [1 / results[0]]


ACCEPTED = (Kind.ACCEPTED, Kind.DESCRIBED_INVALID)

BUGS_LINALG: dict[str, tuple[tuple[str, ...], Bug]] = {
    "linalg: transposed right operand": (("matmul", "bmm"), Bug(WRONG, before=transposed_right_operand)),
    "linalg: first matrix for all": (("matmul", "bmm"), Bug(WRONG, before=first_matrix_for_all)),
    "linalg: conjugate forgotten": (("vdot", "vecdot"), Bug(WRONG, before=conjugate_forgotten)),
    "linalg: tail forgotten": (("outer", "inner", "kron"), Bug(WRONG, after=tail_forgotten)),
    "linalg: axes exchanged": (("tensordot",), Bug(WRONG, before=axes_of_second_exchanged)),
    "linalg: diagonal summed": (("einsum_unary",), Bug(WRONG, after=diagonal_summed)),
    "linalg: upper factor": (("cholesky",), Bug(WRONG, after=upper_factor)),
    "linalg: ascending": (("svd", "svdvals"), Bug(WRONG, after=ascending)),
    "linalg: vectors not normalised": (("eigh", "qr"), Bug(WRONG, after=not_normalised)),
    "linalg: last entry off": (("solve", "inverse", "lstsq"), Bug(WRONG, after=last_entry_off)),
    "linalg: sign of the permutation": (("det", "slogdet"), Bug(WRONG, after=sign_of_permutation)),
    "linalg: transpose ignored": (("triangular_solve",), Bug(WRONG, before=transpose_ignored)),
    "linalg: one factor too many": (("matrix_power",), Bug(WRONG, before=one_factor_too_many)),
    "linalg: rank at most one": (("matrix_rank",), Bug(WRONG, after=rank_of_one)),
    "linalg: gradient transposed": (
        ("solve", "inverse", "det", "slogdet", "pinv", "matrix_exp", "matrix_power"),
        Bug(WRONG, after=gradient_transposed),
    ),
    "linalg: gradient of one triangle": (("cholesky", "eigvalsh", "eigh"), Bug(WRONG, after=gradient_halved)),
    "linalg: gradient off by a thousandth": (
        (
            "solve",
            "inverse",
            "triangular_solve",
            "cholesky",
            "det",
            "slogdet",
            "logdet",
            "pinv",
            "lstsq",
            "matrix_exp",
            "qr",
            "svd",
            "svdvals",
            "eigh",
            "eigvalsh",
            "eigvals",
            "cholesky_inverse",
            "cond",
        ),
        Bug(WRONG, after=gradient_off_by_a_thousandth),
    ),
    "linalg: order for pivots": (("lu_factor",), Bug(WRONG, after=order_for_pivots)),
    "linalg: permutation inverted": (("lu",), Bug(WRONG, after=permutation_inverted)),
    "linalg: conjugates are equal": (("eig", "eigvals"), Bug(WRONG, after=conjugates_are_equal)),
    "linalg: other triangle": (("cholesky_inverse",), Bug(WRONG, before=other_triangle)),
    "linalg: condition upside down": (("cond",), Bug(WRONG, after=upside_down)),
    "linalg: half a logarithm": (("logdet",), Bug(WRONG, after=halved)),
    "linalg: accepts everything": (("matmul", "inverse"), Bug(ACCEPTED, accepts=True)),
}
"""By name the operators that show it, and the bug."""
