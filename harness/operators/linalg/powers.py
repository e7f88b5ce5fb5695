"""Functions of matrices and vectors that are no product of two: exponential, powers, products of three, traces, the cross product."""

from __future__ import annotations

from typing import Mapping, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS
from harness.meaning import Expected, Meaning, Rule
from harness.operators.linalg import derivatives
from harness.operators.linalg.contraction import Contraction, product, rearranged
from harness.operators.linalg.facts import STEPWISE
from harness.operators.linalg.matrices import frobenius, identity, wide
from harness.operators.linalg.plans import Plan
from harness.operators.linalg.rows import product_row
from harness.operators.linalg.table import CONSTANT, Derivative, computed, matrix_row, within
from harness.plain import ask

Arrays = Mapping[str, np.ndarray]

SQUARINGS, TERMS = 10, 24
"""Of the exponential in longdouble: exp(A / 1024) to 24 terms, squared ten times."""


def exponential(a: np.ndarray) -> np.ndarray:
    """The exponential in longdouble of matrices with norms up to some tens: by its series, scaled and squared."""
    small = a.astype(np.longdouble) / 2**SQUARINGS
    term = np.broadcast_to(identity(a.shape[-1]), a.shape)
    # exp - I is squared, as in expm1, so that what is small is not lost beside the identity.
    less = np.zeros(a.shape, np.longdouble)
    for k in range(1, TERMS):
        term = term @ small / k
        less = less + term
    for _ in range(SQUARINGS):
        less = 2 * less + less @ less
    return np.asarray(less + identity(a.shape[-1]))


def matrix_exp(case: Case, arrays: Arrays) -> Meaning:
    """The exponential: scaling and squaring is off by some n u (1 + norm(A)) exp(norm(A)) (Higham, Functions of Matrices, section 10.3)."""
    x = arrays["x"]
    a = wide(x * x.dtype.type(case.parameters["scale"]))
    size, n = frobenius(a), a.shape[-1]
    if not (size < 24).all():
        return Meaning(Rule.EITHER, "an exponential of very different numbers")
    limit = CONSTANT * max(n, 1) * FLOATS[case.dtype].roundoff * (1 + size) * np.exp(size)
    return computed(within(exponential(a), case.dtype, limit[..., None, None]))


def exp_gradient(case: Case, arrays: Arrays) -> Meaning:
    """The adjoint of the exponential's derivative."""
    x = arrays["x"]
    a = wide(x * x.dtype.type(case.parameters["scale"]))
    block = derivatives.block_of(a, derivatives.cotangent_of(arrays))
    return derivatives.exponential(case, arrays, a, exponential(block), exponential(np.abs(block)))


def chain_gradient(case: Case, arrays: Arrays) -> Meaning:
    """The gradients of a product of three, where it must be computed."""
    verdict = multi_dot(case, arrays)
    return derivatives.chain(case, arrays) if verdict.variants else verdict


def some(case: Case) -> bool:
    """Whether there are matrices: of none tf.linalg.expm returns a constant, whose gradient is None."""
    return case.inputs["x"].size > 0


def outer_shape(case: Case) -> Tuple[int, ...]:
    """The shape of a product of three."""
    return (*case.inputs["x"].shape[:-1], case.inputs["z"].shape[-1])


def matrix_power(case: Case, arrays: Arrays) -> Meaning:
    """The product of n equal matrices in any order: off by gamma(n k) times the power of the magnitudes."""
    x, count = arrays["x"], case.parameters["n"]
    a = x.astype(np.longdouble)
    value = magnitude = np.broadcast_to(identity(a.shape[-1]), a.shape)
    for _ in range(count):
        value, magnitude = value @ a, magnitude @ np.abs(a)
    form = FLOATS[case.dtype]
    gamma = 2 * count * a.shape[-1] * form.roundoff
    free = ~(magnitude < form.largest)
    return computed(within(value, case.dtype, np.where(free, 0, gamma * magnitude), free=free))


def multi_dot(case: Case, arrays: Arrays) -> Meaning:
    """The product of three matrices, in either order: gamma(k + l) times the product of the magnitudes (Higham, section 3.5)."""
    shapes = [case.inputs[name].shape for name in ("x", "y", "z")]
    if [len(shape) for shape in shapes] != [2, 2, 2]:
        return Meaning(Rule.EITHER, f"shapes {shapes}: not three matrices")
    if shapes[0][1] != shapes[1][0] or shapes[1][1] != shapes[2][0]:
        return Meaning(Rule.REFUSE, f"shapes {shapes}: columns of one must be rows of the next")
    a, m, c = (arrays[name].astype(np.longdouble) for name in ("x", "y", "z"))
    form = FLOATS[case.dtype]
    gamma = 2 * sum(shapes[1]) * form.roundoff
    magnitude = np.abs(a) @ np.abs(m) @ np.abs(c)
    return computed(within(a @ m @ c, case.dtype, gamma * magnitude + form.smallest_normal))


def cross_of(x: np.ndarray, y: np.ndarray, axis: int, dtype: str, name: str) -> Expected:
    """x2 y3 - x3 y2 and so on: sums of two products, of which the second has its sign in y."""
    x, y = np.moveaxis(x, axis, -1), np.moveaxis(y, axis, -1)
    after, before = [1, 2, 0], [2, 0, 1]
    left = np.stack([x[..., after], x[..., before]], axis=-1)
    right = np.stack([y[..., before], -y[..., after]], axis=-1)
    labels = tuple(range(left.ndim))
    found = product((labels, labels, labels[:-1]), left, right, dtype, {labels[-1]: 2}, name)
    return rearranged(found, lambda array: np.moveaxis(array, -1, axis))


def cross(case: Case, arrays: Arrays) -> Meaning:
    """The cross product of vectors of three elements along an axis."""
    x, y = case.inputs["x"], case.inputs["y"]
    axis = case.parameters["axis"]
    if x.shape != y.shape:
        return Meaning(Rule.EITHER, f"shapes {x.shape} and {y.shape}: differ")
    if x.dtype != y.dtype:
        return Meaning(Rule.EITHER, "inputs of different dtypes")
    if not -len(x.shape) <= axis < len(x.shape):
        return Meaning(Rule.REFUSE, f"axis {axis}: must be an axis of the shape {x.shape}")
    if x.shape[axis] != 3:
        if x.shape[axis] == 2:
            return Meaning(Rule.EITHER, "vectors of two elements")
        return Meaning(Rule.REFUSE, f"shape {x.shape}: axis {axis} must have 3 elements")
    with np.errstate(all="ignore"):
        if case.quantity != GRADIENT:
            return computed(cross_of(arrays["x"], arrays["y"], axis, case.dtype, "y"))
        g = arrays[COTANGENT]
        return computed(
            cross_of(arrays["y"], g, axis, case.dtype, "x"), cross_of(g, arrays["x"], axis, case.dtype, "y")
        )


def cross_plan(case: Case) -> Plan:
    """The plan of a cross product as far as shapes are concerned."""
    labels = tuple(range(len(case.inputs["x"].shape)))
    return Contraction(labels, labels, labels)


def last(case: Case) -> bool:
    """Whether the axis is the last one: tf.linalg.cross takes no other."""
    return case.parameters["axis"] in (-1, len(case.inputs["x"].shape) - 1)


# fmt: off
exponent = matrix_row("matrix_exp", matrix_exp, {
    "torch": ask("torch.linalg.matrix_exp(x * scale)", composed=True), "tensorflow": ask("tf.linalg.expm(x * scale)", composed=True),
}, "the exponential of a matrix", derivative=Derivative(exp_gradient, when=some))
matrix_row("matrix_power", matrix_power, {
    "torch": "torch.linalg.matrix_power(x, n)", "jax": "jax.numpy.linalg.matrix_power(x, n)",
}, "the product of equal matrices", derivative=Derivative(derivatives.power))
matrix_row("multi_dot", multi_dot, {
    "torch": "torch.linalg.multi_dot([x, y, z])", "jax": "jax.numpy.linalg.multi_dot([x, y, z])",
}, "the product of three matrices", inputs="x y z", square=False, derivative=Derivative(chain_gradient, outer_shape))
product_row("cross", cross_plan, {
    "torch": "torch.linalg.cross(x, y, dim=axis)",
    "tensorflow": [ask("tf.linalg.cross(x, y)", when=last), "tf.experimental.numpy.cross(x, y, axis=axis)"],
    "jax": "jax.numpy.cross(x, y, axis=axis)", "keras": "keras.ops.cross(x, y, axis=axis)",
}, "the cross product of vectors of three elements", definition=cross, facts=STEPWISE)
# fmt: on


@exponent.call("jax", composed=True)
def expm(jax, x, *, scale):
    """jax.scipy.linalg is imported by name."""
    import jax.scipy.linalg

    return jax.scipy.linalg.expm(x * scale)
