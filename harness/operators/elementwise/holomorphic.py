"""Gradients of functions of complex numbers, which have a derivative f' wherever they are holomorphic.

Frameworks part over the vector-Jacobian product of a cotangent g. It is ``g conj(f')``, the conjugate Wirtinger derivative, in PyTorch
(docs.pytorch.org, notes on autograd, "Autograd for Complex Numbers", which says that TensorFlow has the same convention and JAX another
one) and in TensorFlow (tensorflow/tensorflow#3348); it is ``g f'`` in JAX (docs.jax.dev, "The Autodiff Cookbook", "Complex numbers and
differentiation"). Keras documents neither: it has that of its backend.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, List, Mapping, Sequence, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case, Kind, KnownDifference
from harness.formats import FLOATS, PARTS
from harness.meaning import Accuracy, Expected, Meaning, Rule
from harness.operator import Call, Operator, with_cotangent
from harness.operators.elementwise.annex import is_usual
from harness.operators.elementwise.bounds import summed_to
from harness.operators.elementwise.meaning import widened
from harness.operators.facts import KERAS_NARROWS
from harness.plain import value_sets

CONJUGATE, HOLOMORPHIC = "conjugate", "holomorphic"

DOCUMENTED: Mapping[str, Tuple[str, str]] = {
    "torch": (CONJUGATE, "docs.pytorch.org, notes/autograd, Autograd for Complex Numbers"),
    "tensorflow": (
        CONJUGATE,
        "docs.pytorch.org, notes/autograd, Autograd for Complex Numbers; tensorflow/tensorflow#3348",
    ),
    "jax": (HOLOMORPHIC, "docs.jax.dev, The Autodiff Cookbook, Complex numbers and differentiation"),
}
"""The convention of each framework's gradients, and where it says so."""

ROUNDINGS = 32.0
"""Unit roundoffs that the product of a cotangent and a derivative of a few operations may be off, relative to its modulus."""

LIMIT = 2.0**40
"""Largest modulus of derivatives and results, and of their reciprocals, that are compared."""


def _wide(case: Case) -> bool:
    return case.quantity == GRADIENT and case.dtype == "complex128"


NARROWED = (
    KnownDifference(
        "keras-jax-x64:*",
        Kind.VALUE,
        "beyond the error bound|wrong values",
        "Keras computes functions of complex128, and so their gradients, in complex64",
        KERAS_NARROWS,
        "documented",
        when=_wide,
        name="Keras: complex128 gradient in complex64",
    ),
    KnownDifference(
        "keras-tensorflow:*",
        Kind.RAISED,
        "was expected to be a DTYPE tensor but is a DTYPE tensor|must have the same dtype, got",
        "Keras' functions of complex128 have a complex64 result, which a complex128 cotangent does not fit",
        KERAS_NARROWS,
        "documented",
        when=_wide,
        name="Keras on TensorFlow: complex64 result of complex128",
    ),
)
"""Keras has no functions of complex128 in double precision."""

Formula = Callable[..., np.ndarray]


def one(*operands: np.ndarray) -> np.ndarray:
    """Of a derivative whose formula amplifies no error."""
    return np.ones(())


def near(square: float) -> Formula:
    """By how much ``1 - square z^2`` amplifies relative errors."""
    return lambda z, y: (1 + np.abs(z) ** 2) / np.abs(1 - square * z * z)


def base_slope(x: np.ndarray, y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Of a power by its base."""
    return np.asarray(p * y / x)


def exponent_slope(x: np.ndarray, y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Of a power by its exponent."""
    return np.asarray(p * np.log(x))


def of_power(x: np.ndarray, y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """A power is as far off as its exponent times the logarithm is large; the logarithm, where it is small, as one is."""
    size = np.abs(np.log(x))
    return np.asarray(1 + np.abs(y) * (1 + size) + 1 / size)


DERIVATIVES: Mapping[str, Tuple[Formula, Sequence[Tuple[Formula, Formula]]]] = {
    "complex_exp": (np.exp, [(lambda z, y: y, one)]),
    "complex_log": (np.log, [(lambda z, y: 1 / z, one)]),
    "complex_sqrt": (np.sqrt, [(lambda z, y: 0.5 / y, one)]),
    "complex_sin": (np.sin, [(lambda z, y: np.cos(z), one)]),
    "complex_cos": (np.cos, [(lambda z, y: -np.sin(z), one)]),
    "complex_sinh": (np.sinh, [(lambda z, y: np.cosh(z), one)]),
    "complex_cosh": (np.cosh, [(lambda z, y: np.sinh(z), one)]),
    "complex_tanh": (
        np.tanh,
        [(lambda z, y: 1 / np.cosh(z) ** 2, lambda z, y: (1 + np.abs(y) ** 2) * np.abs(np.cosh(z)) ** 2)],
    ),
    "complex_square": (np.square, [(lambda z, y: 2 * z, one)]),
    "complex_reciprocal": (np.reciprocal, [(lambda z, y: -y * y, one)]),
    "complex_asin": (np.arcsin, [(lambda z, y: 1 / (np.sqrt(1 - z) * np.sqrt(1 + z)), near(1))]),
    "complex_acos": (np.arccos, [(lambda z, y: -1 / (np.sqrt(1 - z) * np.sqrt(1 + z)), near(1))]),
    "complex_atan": (np.arctan, [(lambda z, y: 1 / (1 + z * z), near(-1))]),
    "complex_asinh": (np.arcsinh, [(lambda z, y: 1 / np.sqrt(1 + z * z), near(-1))]),
    "complex_acosh": (np.arccosh, [(lambda z, y: 1 / (np.sqrt(z - 1) * np.sqrt(z + 1)), near(1))]),
    "complex_atanh": (np.arctanh, [(lambda z, y: 1 / (1 - z * z), near(1))]),
    "complex_power": (np.power, [(base_slope, of_power), (exponent_slope, of_power)]),
}
"""Per operator the function, and per input its derivative and by how much that one's formula amplifies errors, of inputs and result."""


def differentiate(operator: Operator) -> None:
    """Give a registered operator its gradients."""
    function, derivatives = DERIVATIVES[operator.name]
    value, sets = operator.meaning, operator.cases

    def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
        if case.quantity != GRADIENT:
            return value(case, arrays)
        with np.errstate(all="ignore"):
            return gradients(case, arrays, operator.inputs, function, derivatives)

    def cases(structure: Case, seed: int) -> List[Case]:
        found = list(sets(structure, seed))
        return found if structure.parameters.get("hostile") else [*found, gradient_case(structure, seed)]

    operator.meaning, operator.cases, operator.differentiable = meaning, cases, operator.inputs
    operator.differs(*NARROWED)
    operator.calls = [documented(call) for call in operator.calls]


def documented(call: Call) -> Call:
    """The call with the convention that its framework documents for gradients."""
    if call.framework not in DOCUMENTED:
        return call
    convention, source = DOCUMENTED[call.framework]
    return replace(call, convention=lambda case: convention if case.quantity == GRADIENT else "", source=source)


def gradient_case(structure: Case, seed: int) -> Case:
    """The gradient case of a structure."""
    case = value_sets(structure, seed, regimes=("rounding",), gradient=())[0]
    shape = np.broadcast_shapes(*(spec.shape for spec in case.inputs.values()))
    return with_cotangent(case, shape, case.dtype, seed + 8)


def gradients(
    case: Case,
    arrays: Mapping[str, np.ndarray],
    names: Sequence[str],
    function: Formula,
    derivatives: Sequence[Tuple[Formula, Formula]],
) -> Meaning:
    """The vector-Jacobian products in both conventions."""
    operands = widened(case.dtype, [arrays[name] for name in names])
    (cotangent,) = widened(case.dtype, [arrays[COTANGENT]])
    result = function(*operands)
    usual = np.logical_and.reduce(np.broadcast_arrays(*(is_usual(z) & (z != 0) for z in operands), within(result)))
    variants = {
        convention: tuple(
            product(case, name, cotangent, turn(slope(*operands, result)), amplified(*operands, result), usual)
            for name, (slope, amplified) in zip(names, derivatives)
        )
        for convention, turn in ((CONJUGATE, np.conj), (HOLOMORPHIC, np.asarray))
    }
    return Meaning(Rule.COMPUTE, "", variants)


def within(z: np.ndarray) -> np.ndarray:
    """Where the modulus is neither very large nor very small."""
    return np.asarray((np.abs(z) < LIMIT) & (np.abs(z) > 1 / LIMIT))


def product(
    case: Case, name: str, cotangent: np.ndarray, slope: np.ndarray, amplified: np.ndarray, usual: np.ndarray
) -> Expected:
    """The cotangent times the derivative, summed over the axes along which the input was broadcast."""
    shape, whole = case.inputs[name].shape, np.broadcast_to(cotangent * slope, cotangent.shape)
    sure = np.broadcast_to(usual & within(slope) & (amplified < LIMIT), whole.shape)
    value = summed_to(np.where(sure, whole, 0), shape)
    terms = max(whole.size // max(value.size, 1), 1)
    size = np.where(sure, np.abs(whole) * (ROUNDINGS * amplified + (terms if terms > 1 else 0)), 0)
    limit, free = summed_to(size, shape), summed_to(~sure, shape) > 0

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        form = FLOATS[PARTS[dtype]]
        return np.asarray(form.roundoff * limit + terms * form.smallest_normal)

    return Expected(shape, case.dtype, (value,), bound, free=free if free.any() else None, name=name)
