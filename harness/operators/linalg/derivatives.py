"""Vector-Jacobian products of solutions, determinants and functions of matrices, with bounds by their condition.

X is the solution, Z the solution of the transposed system for the cotangent G, P+ the pseudoinverse. An error is the perturbation that a
backward stable algorithm may make, ``unit_of`` times the norm, times the condition of the result.
"""

from __future__ import annotations

from typing import Mapping, Tuple

import numpy as np

from harness.case import COTANGENT, Case
from harness.formats import FLOATS
from harness.meaning import Expected, Meaning, Rule
from harness.operators.linalg.matrices import (
    frobenius,
    identity,
    inverted,
    singular_values,
    solved,
    transposed,
    well_conditioned,
    wide,
)
from harness.operators.linalg.perturbed import (
    Perturbed,
    System,
    general,
    magnitudes,
    step,
    times,
)
from harness.operators.linalg.table import CONSTANT, computed, unit_of, within

Arrays = Mapping[str, np.ndarray]

NEAR_SINGULAR = Meaning(Rule.EITHER, "a matrix is singular or nearly so: its gradient is not bounded")


def each(array: np.ndarray) -> np.ndarray:
    """A number per matrix with two axes of length one behind."""
    return np.asarray(array)[..., None, None]


def least(a: np.ndarray) -> np.ndarray:
    """The smallest singular value of each matrix; infinite where there are none."""
    return singular_values(a).min(axis=-1, initial=np.inf)


def lost(a: np.ndarray, dtype: str) -> np.ndarray:
    """The relative error of what is solved with each matrix: its perturbation times its condition number; infinite above a half."""
    error = unit_of(a, dtype) * frobenius(a) / least(a)
    return np.asarray(np.where(error < 0.5, error / (1 - np.minimum(error, 0.5)), np.inf))


def gaps(values: np.ndarray) -> np.ndarray:
    """The smallest distance between neighbours among sorted values; infinite where there are none."""
    return np.abs(np.diff(values, axis=-1)).min(axis=-1, initial=np.inf)


def bounded(value: np.ndarray, dtype: str, limit: np.ndarray, name: str = "x") -> Expected:
    """A gradient within a bound, for which underflow adds a little."""
    return within(value, dtype, limit + max(*value.shape[-2:], 1) ** 2 * FLOATS[dtype].smallest_normal, name)


def exact(case: Case, value: np.ndarray) -> Perturbed:
    """Numbers without an error, whose products have that of the case's dtype."""
    return Perturbed(case.dtype, value)


def known(gradient: Perturbed, name: str = "x") -> Expected:
    """A gradient within the error that its formula carried along."""
    return bounded(gradient.value, gradient.dtype, gradient.error, name)


def cotangent_of(arrays: Arrays) -> np.ndarray:
    """The cotangent in the precision of the solutions."""
    return arrays[COTANGENT].astype(np.longdouble)


def solve(case: Case, arrays: Arrays) -> Meaning:
    """For A the product -Z X^T, for the right-hand sides Z."""
    a, y, g = wide(arrays["x"]), wide(arrays["y"]), cotangent_of(arrays)
    if not well_conditioned(a, case.dtype).all():
        return NEAR_SINGULAR
    system = general(a, case.dtype)
    x, z = solved(a, y), solved(transposed(a), g)
    # Both are solved with one matrix each, so that their errors act on the product from either side.
    gradient = -(exact(case, z) @ exact(case, transposed(x)))
    return computed(
        known(moved(gradient, system)), known(exact(case, z).grown(system.transposed.off(z)).rounded(), "y")
    )


def moved(gradient: Perturbed, system: System) -> Perturbed:
    """A gradient with the errors of the solutions of the transposed system that it is made of, from the left and from the right."""
    left, right = system.transposed.off(gradient.value), transposed(system.off(transposed(gradient.value)))
    return gradient.grown(left + right)


def triangular_solve(case: Case, arrays: Arrays, t: np.ndarray) -> Meaning:
    """As of any system, on the triangle that is read; ``t`` is the matrix of the system, perhaps a transpose."""
    y, g = wide(arrays["y"]), cotangent_of(arrays)
    x, z = solved(t, y), solved(transposed(t), g)
    back = np.abs(inverted(t)) @ np.abs(t)
    step = CONSTANT * max(t.shape[-1], 1) * FLOATS[case.dtype].roundoff
    off_x, off_z = step * (back @ np.abs(x)), step * (transposed(np.abs(t) @ np.abs(inverted(t))) @ np.abs(z))
    value, size = -z @ transposed(x), np.abs(z) @ np.abs(transposed(x))
    limit = off_z @ np.abs(transposed(x)) + np.abs(z) @ transposed(off_x) + max(y.shape[-1], 1) * step * size
    kept = np.ones(t.shape[-2:])
    lower = case.parameters["lower"] != case.parameters["transpose"]
    inner = int(case.parameters["unit_diagonal"])
    kept = np.tril(kept, -inner) if lower else np.triu(kept, inner)
    value, limit = value * kept, limit * kept
    if case.parameters["transpose"]:
        value, limit = transposed(value), transposed(limit)
    return computed(bounded(value, case.dtype, limit), bounded(z, case.dtype, off_z, "y"))


def inverse(case: Case, arrays: Arrays) -> Meaning:
    """-X^T G X^T with the inverse X."""
    a, g = wide(arrays["x"]), cotangent_of(arrays)
    if not well_conditioned(a, case.dtype).all():
        return NEAR_SINGULAR
    system = general(a, case.dtype)
    x = exact(case, transposed(system.inverse))
    return computed(known(moved(-(x @ exact(case, g) @ x), system)))


def logdet(case: Case, arrays: Arrays) -> Meaning:
    """The transposed inverse times the cotangent."""
    a, g = wide(arrays["x"]), each(cotangent_of(arrays))
    if not well_conditioned(a, case.dtype).all():
        return NEAR_SINGULAR
    system = general(a, case.dtype)
    return computed(known(moved(exact(case, g * transposed(system.inverse)).rounded(), system)))


def det(case: Case, arrays: Arrays, value: np.ndarray, overflow: np.ndarray) -> Meaning:
    """The determinant times the transposed inverse; the former is off by the trace of ``A^-1 E``, as Jacobi's formula says."""
    a, g = wide(arrays["x"]), each(cotangent_of(arrays))
    if overflow.any():
        return Meaning(Rule.EITHER, "the determinant may overflow")
    if not well_conditioned(a, case.dtype).all():
        return NEAR_SINGULAR
    system = general(a, case.dtype)
    trace = np.sqrt(((system.most * transposed(system.moved)) ** 2).sum(axis=(-2, -1))) + step(a.shape[-1], case.dtype)
    gradient = moved(exact(case, g * each(value) * transposed(system.inverse)).rounded(), system)
    return computed(known(gradient.grown(times(system.grows, each(trace) * gradient.size))))


def exponential(case: Case, arrays: Arrays, a: np.ndarray, block: np.ndarray, most: np.ndarray) -> Meaning:
    """The corner of the exponential of the ``block`` of A^T twice and the cotangent, times the scale.

    ``most`` is that of the block's magnitudes, relative to which the terms of a series are rounded; squaring it doubles errors as often
    as the logarithm of the norm says (Higham, Functions of Matrices, section 10.3).
    """
    n, size = a.shape[-1], frobenius(a)
    if not (size < 24).all():
        return Meaning(Rule.EITHER, "an exponential of very different numbers")
    scale = case.parameters["scale"]
    limit = CONSTANT * step(2 * n, case.dtype) * each(1 + size) * magnitudes(most)[..., :n, n:] * np.abs(scale)
    return computed(bounded(scale * block[..., :n, n:], case.dtype, limit))


def block_of(a: np.ndarray, g: np.ndarray) -> np.ndarray:
    """[[A^T, G], [0, A^T]], whose exponential has the adjoint of the exponential's derivative in its corner."""
    back = transposed(a)
    upper, lower = np.concatenate([back, g], -1), np.concatenate([np.zeros_like(back), back], -1)
    return np.concatenate([upper, lower], -2)


def power(case: Case, arrays: Arrays) -> Meaning:
    """The sum over k of (A^T)^k G (A^T)^(n - 1 - k)."""
    count, a, g = case.parameters["n"], transposed(arrays["x"].astype(np.longdouble)), cotangent_of(arrays)
    value, size = np.zeros_like(g), np.zeros_like(g)
    powers = [(np.broadcast_to(identity(a.shape[-1]), a.shape),) * 2]
    for _ in range(count - 1):
        powers.append((powers[-1][0] @ a, powers[-1][1] @ np.abs(a)))
    for k in range(count):
        (left, most_left), (right, most_right) = powers[k], powers[count - 1 - k]
        value, size = value + left @ g @ right, size + most_left @ np.abs(g) @ most_right
    if not (size < FLOATS[case.dtype].largest / 2**10).all():
        return Meaning(Rule.EITHER, "the gradient may overflow")
    gamma = 4 * max(count, 1) * max(a.shape[-1], 1) * FLOATS[case.dtype].roundoff
    return computed(bounded(value, case.dtype, gamma * size))


def chain(case: Case, arrays: Arrays) -> Meaning:
    """Of x y z: G (y z)^T, x^T G z^T, (x y)^T G."""
    x, y, z = (arrays[name].astype(np.longdouble) for name in ("x", "y", "z"))
    g = cotangent_of(arrays)
    outputs = []
    for name, value, size in zip(
        ("x", "y", "z"),
        _chained(x, y, z, g),
        _chained(*(np.abs(each) for each in (x, y, z, g))),
    ):
        terms = x.shape[0] + x.shape[1] + y.shape[1] + z.shape[1]
        outputs.append(bounded(value, case.dtype, 2 * terms * FLOATS[case.dtype].roundoff * size, name))
    return computed(*outputs)


def _chained(x: np.ndarray, y: np.ndarray, z: np.ndarray, g: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The products of ``chain``."""
    return g @ (y @ z).T, x.T @ g @ z.T, (x @ y).T @ g
