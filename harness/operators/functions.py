"""Functions of tracked numbers: exponentials, roots, choices, products of arrays, gathering.

Read by the workers: Python 3.9 syntax; standard library and NumPy only.
"""

from __future__ import annotations

from typing import Any, Callable, Tuple, Union

import numpy as np

from harness.operators.tracked import ERF, LOG, POWER, SQRT, TANH, Tracked, constant, overflowing, rounded

Number = Union[Tracked, float]


def exp(x: Tracked) -> Tracked:
    """e**x."""
    value = np.exp(x.value)
    return rounded(x.how, value, value * np.expm1(x.error), [(x, lambda g: g * exp(x))], x.how.exp)


def expm1(x: Tracked) -> Tracked:
    """e**x - 1."""
    error = np.exp(x.value) * np.expm1(x.error)
    # Its derivative is taken from the result, as most implementations do: 1 less 1 may be left of it.
    return rounded(x.how, np.expm1(x.value), error, [(x, lambda g: g * (expm1(x) + 1.0))], x.how.exp)


def log(x: Tracked) -> Tracked:
    """The natural logarithm."""
    error = np.where(x.error < x.value, -np.log1p(-x.error / np.abs(x.value)), np.where(x.error > 0, np.inf, 0))
    return rounded(x.how, np.log(x.value), error, [(x, lambda g: g / x)], LOG)


def log1p(x: Tracked) -> Tracked:
    """The natural logarithm of 1 + x."""
    room = 1 + x.value
    error = np.where(x.error < room, -np.log1p(-x.error / np.abs(room)), np.where(x.error > 0, np.inf, 0))
    return rounded(x.how, np.log1p(x.value), error, [(x, lambda g: g / (1.0 + x))], LOG)


def sqrt(x: Tracked) -> Tracked:
    """The square root."""
    value = np.sqrt(x.value)
    low = np.sqrt(np.maximum(x.value - x.error, 0))
    error = np.where(x.error > 0, np.where(value + low > 0, x.error / (value + low), np.sqrt(x.error)), 0)
    return rounded(x.how, value, error, [(x, lambda g: g * 0.5 / sqrt(x))], SQRT)


def tanh(x: Tracked) -> Tracked:
    """The hyperbolic tangent."""
    slope = 1 - np.tanh(np.maximum(np.abs(x.value) - x.error, 0)) ** 2
    return rounded(x.how, np.tanh(x.value), slope * x.error, [(x, lambda g: g * (1.0 - square(tanh(x))))], TANH)


def sigmoid(x: Tracked) -> Tracked:
    """1 / (1 + e**-x); where e**-x overflows, 0 is right in place of up to the reciprocal of the largest number."""
    small = exp(-absolute(x))
    # From the result, as implementations do: of 1 - y little may be left.
    back = [(x, lambda g: g * (sigmoid(x) * (1.0 - sigmoid(x))))]
    node = where(x.value >= 0, 1.0 / (1.0 + small), small / (1.0 + small))
    return Tracked(x.how, node.value, node.error + 1 / x.how.largest, back)


def softplus(x: Tracked) -> Tracked:
    """log(1 + e**x), which may be computed as max(x, 0) + log1p(e**-|x|) or, with the rounding of e**x, as it stands."""
    node = maximum(x, 0.0) + log1p(exp(-absolute(x)))
    direct = x.how.roundoff * (x.how.exp * sigmoid(x).value + LOG * np.abs(node.value))
    back = [(x, lambda g: g * worst(sigmoid(x), _slope(x, node)))]
    return Tracked(x.how, node.value, node.error + np.where(np.isfinite(node.value), direct, 0), back)


def _slope(x: Tracked, y: Tracked) -> Tracked:
    """The derivative of y = softplus(x) from the result, exp(x - y), as JAX has it (jax/_src/lax/other.py, _logaddexp_jvp)."""
    exponent = x - y
    # Where log1p(e**-|x|) is too small to count in x - y, no more than that is lost, by each of its two roundings.
    most = 2.5 * (y.value - np.maximum(x.value, 0)) + 2 * x.error
    return exp(Tracked(x.how, exponent.value, np.minimum(exponent.error, most)))


def erf(x: Tracked) -> Tracked:
    """The error function."""
    two = 2 / np.sqrt(np.asarray(np.pi, x.value.dtype))
    back = [(x, lambda g: g * float(two) * exp(-square(x)))]
    return rounded(x.how, error_function(x.value), np.minimum(two * x.error, 2) + x.how.erf, back, ERF)


def error_function(x: np.ndarray) -> np.ndarray:
    """erf in the dtype of x, by its series of positive terms (Abramowitz and Stegun, 7.1.6), ±1 from 7 on."""
    size = np.minimum(np.abs(x), 7)  # NaN stays NaN
    pi = 4 * np.arctan(np.ones((), x.dtype))  # np.pi has the digits of a double only
    term = 2 / np.sqrt(pi) * np.exp(-size * size) * size
    total = term
    for n in range(1, 260):
        term = term * (2 * size * size / (2 * n + 1))
        total = total + term
        if not (term > total * np.finfo(x.dtype).eps / 4).any():
            break
    return np.asarray(np.copysign(np.where(size > 6.5, 1, np.minimum(total, 1)), x))


def power(x: Tracked, exponent: float) -> Tracked:
    """x to a constant power, for x > 0."""
    value = np.power(x.value, exponent)
    relative = np.where(x.error < x.value, -np.log1p(-x.error / np.abs(x.value)), np.where(x.error > 0, np.inf, 0))
    error = np.where(relative > 0, value * np.expm1(abs(exponent) * relative), 0)
    return rounded(x.how, value, error, [(x, lambda g: g * exponent * power(x, exponent - 1))], POWER)


def square(x: Tracked) -> Tracked:
    """x times x."""
    error = (2 * np.abs(x.value) + x.error) * x.error
    return rounded(x.how, x.value * x.value, error, [(x, lambda g: g * (2.0 * x))])


def absolute(x: Tracked) -> Tracked:
    """|x|; its derivative at 0 is 0."""
    back = [(x, lambda g: choose(x, g, choose(-x, -g, g * 0.0)))]
    return Tracked(x.how, np.abs(x.value), x.error, back)


def where(mask: np.ndarray, a: Number, b: Number) -> Tracked:
    """a where the mask holds, b elsewhere; the mask is exact."""
    known = a if isinstance(a, Tracked) else b
    assert isinstance(known, Tracked)
    a, b = known.like(a), known.like(b)
    value, error = np.where(mask, a.value, b.value), np.where(mask, a.error, b.error)
    parents = [(a, lambda g: where(mask, g, 0.0)), (b, lambda g: where(mask, 0.0, g))]
    node = rounded(known.how, value, 0.0, parents, 0.0)
    return Tracked(known.how, value, error, node.parents)


def choose(test: Tracked, a: Number, b: Number) -> Tracked:
    """a where ``test`` is above 0, b elsewhere: where the error of ``test`` leaves that open, either is right."""
    mask = test.value > 0
    chosen = where(mask, a, b)
    known = chosen
    a, b = known.like(a), known.like(b)
    uncertain = (np.abs(test.value) <= test.error) & (test.error > 0)
    error = np.where(uncertain, np.maximum(a.error, b.error) + np.abs(a.value - b.value), chosen.error)
    parents = [(a, lambda g: choose(test, g, g * 0.0)), (b, lambda g: choose(test, g * 0.0, g))]
    return Tracked(known.how, chosen.value, error, rounded(known.how, chosen.value, 0.0, parents, 0.0).parents)


def maximum(a: Tracked, b: Number) -> Tracked:
    """The larger of two; where they are equal, the second one's derivative counts. NaN where either is."""
    b = a.like(b)
    node = choose(a - b, a, b)
    value = np.maximum(a.value, b.value)
    return Tracked(a.how, value, np.broadcast_to(np.maximum(a.error, b.error), value.shape), node.parents)


def worst(*forms: Tracked) -> Tracked:
    """The first of several ways of writing one number, with the largest error of all."""
    error = forms[0].error
    for form in forms[1:]:
        error = np.maximum(error, form.error)
    return Tracked(forms[0].how, forms[0].value, error, forms[0].parents)


def minimum(a: Tracked, b: Number) -> Tracked:
    """The smaller of two; where they are equal, the second one's derivative counts. NaN where either is."""
    return -maximum(-a, -a.like(b))


def largest(x: Tracked, axis: Tuple[int, ...]) -> Tracked:
    """The largest element along axes, which are kept, as a constant: nothing flows back through it."""
    value = x.value.max(axis=axis, keepdims=True, initial=-np.inf)
    return constant(Tracked(x.how, value, x.error.max(axis=axis, keepdims=True, initial=0)))


def einsum(subscripts: str, a: Tracked, b: Tracked) -> Tracked:
    """A sum of products of two arrays; no index may stand twice in one operand, nor in one operand alone."""
    left, right, out = subscripts.replace("->", ",").split(",")
    sizes = {**dict(zip(left, a.shape)), **dict(zip(right, b.shape))}
    terms = int(np.prod([n for name, n in sizes.items() if name not in out], dtype=np.int64))
    lost = max(terms, 1) * a.how.summing
    gamma = lost / (1 - lost) if lost <= 0.25 else np.inf
    both, size = np.abs(a.value), np.abs(b.value)
    error = contracted(subscripts, both, b.error) + contracted(subscripts, a.error, size + b.error)
    reach = contracted(subscripts, both + a.error, size + b.error)
    if terms:
        error = error + gamma * reach
    parents = [
        (a, lambda g: einsum(f"{out},{right}->{left}", g, b)),
        (b, lambda g: einsum(f"{left},{out}->{right}", a, g)),
    ]
    value = contracted(subscripts, a.value, b.value)
    if not np.isfinite(reach).all():
        reach = contracted(subscripts, finite(both + a.error), finite(size + b.error))
    lost_operand = bool(np.isinf(a.error).any() or np.isinf(b.error).any())
    uncertain = overflowing(a.how, value, reach) | lost_operand
    return rounded(a.how, value, np.nan_to_num(error, nan=np.inf, posinf=np.inf), parents, uncertain=uncertain)


def finite(array: np.ndarray) -> np.ndarray:
    """The array with zeros for what is not finite."""
    return np.where(np.isfinite(array), array, 0)


def contracted(subscripts: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The Einstein sum of two arrays; empty ones do not reach NumPy 2.4's einsum, which may write outside of its result then."""
    if a.size and b.size:
        return np.asarray(np.einsum(subscripts, a, b))
    left, right, out = subscripts.replace("->", ",").split(",")
    sizes = {**dict(zip(left, a.shape)), **dict(zip(right, b.shape))}
    return np.zeros([sizes[name] for name in out], np.result_type(a, b))


def take(x: Tracked, indices: np.ndarray, axis: int) -> Tracked:
    """One element along an axis per index, as ``np.take_along_axis``; the axis must have length 1 in ``indices``."""

    def back(cotangent: Tracked) -> Tracked:
        value, error = np.zeros_like(x.value), np.zeros(x.shape, cotangent.error.dtype)
        np.put_along_axis(value, indices, cotangent.value, axis)
        np.put_along_axis(error, indices, cotangent.error, axis)
        return Tracked(x.how, value, error, [(cotangent, lambda g: take(g, indices, axis))])

    picked: Callable[[Any], np.ndarray] = lambda array: np.take_along_axis(array, indices, axis)  # noqa: E731
    return Tracked(x.how, picked(x.value), picked(x.error), [(x, back)])


def part(x: Tracked, axis: int, first: int, end: int) -> Tracked:
    """The elements from ``first`` to before ``end`` along an axis."""
    cut = [slice(None)] * len(x.shape)
    cut[axis] = slice(first, end)

    def back(cotangent: Tracked) -> Tracked:
        value, error = np.zeros_like(x.value), np.zeros(x.shape, cotangent.error.dtype)
        value[tuple(cut)], error[tuple(cut)] = cotangent.value, cotangent.error
        return Tracked(x.how, value, error, [(cotangent, lambda g: part(g, axis, first, end))])

    return Tracked(x.how, x.value[tuple(cut)], x.error[tuple(cut)], [(x, back)])


def exchanged(x: Tracked, axis: int) -> Tracked:
    """The number with an axis and the last one exchanged."""
    back = [(x, lambda g: exchanged(g, axis))]
    return Tracked(x.how, x.value.swapaxes(axis, -1), x.error.swapaxes(axis, -1), back)
