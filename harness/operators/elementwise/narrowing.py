"""Gradients of float64 that Keras computes in float32, because its promotion rule makes float32 of float64.

On TensorFlow the rule keeps float64. On torch and on JAX with x64 these functions cast their operands to the rule's dtype (the result has
it, or is cast back); of the others the gradients were measured to be right in float64. The gradients of factors are those of a product
of the factors, which ``keras.ops.matmul`` computes.
"""

from __future__ import annotations

from typing import Callable, Mapping, Sequence, Tuple

import numpy as np

from harness.case import GRADIENT, Case, Kind, KnownDifference
from harness.formats import FLOATS
from harness.meaning import Accuracy, Expected
from harness.operator import get
from harness.operators.facts import KERAS_NARROWS
from harness.values import arrays_of

ON_TORCH = ("atan2", "cross", "dot", "eigh", "fmax", "fmin", "global_avg_pool", "hypot", "inner", "logaddexp", "logaddexp2", "matmul",
            "maximum", "minimum", "qr", "resize_scale", "svd", "tensordot", "vdot")  # fmt: skip
ON_JAX = ("acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh", "global_avg_pool", "logaddexp", "logaddexp2", "sin",
          "sinc", "sinh", "tan", "tanh")  # fmt: skip

LOST = 2.0**-7
"""A change above this part of the largest element of a gradient leaves hardly a digit right (half of ``harness.mismatch.GROSS``)."""


COARSER = FLOATS["float32"].roundoff / FLOATS["float64"].roundoff
"""How many times the error bound of float64 that of float32 is."""


def narrowed_on(operators: Tuple[str, ...]) -> Callable[[Case], bool]:
    """Whether a case is a float64 gradient of one of the operators."""
    return lambda case: case.quantity == GRADIENT and case.dtype == "float64" and case.operator in operators


def lost_on(operators: Tuple[str, ...]) -> Callable[[Case], bool]:
    """As ``narrowed_on``, where float32 leaves no digit of the gradient: two operands become equal, one a pole, one loses its place in a
    period, or terms cancel to less than a rounding of float32."""
    narrowed = narrowed_on(operators)
    return lambda case: narrowed(case) and (_cancelled(case) or any(_differs(*pair) for pair in _in_both(case)))


def poles_on(operators: Tuple[str, ...]) -> Callable[[Case], bool]:
    """As ``narrowed_on``, where some element of the gradient is finite, and is not once all operands are rounded to float32."""
    narrowed = narrowed_on(operators)
    return lambda case: (
        narrowed(case) and any(bool((np.isfinite(one) & ~np.isfinite(other)).any()) for one, other in _in_both(case))
    )


def _in_both(case: Case) -> Sequence[Tuple[np.ndarray, np.ndarray]]:
    """The exact vector-Jacobian products, each with that of operands rounded to float32."""
    arrays = arrays_of(case)
    with np.errstate(all="ignore"):
        rounded = {name: array.astype(np.float32).astype(np.float64) for name, array in arrays.items()}
    one, other = _products(case, arrays), _products(case, rounded)
    return [(one[key].values[0], other[key].values[0]) for key in one.keys() & other.keys()]


def _cancelled(case: Case) -> bool:
    """Whether the error bound of float32 admits an error above ``LOST`` of the largest element."""
    return any(_admits(expected) for expected in _products(case, arrays_of(case)).values())


def _admits(expected: Expected) -> bool:
    bound = expected.bound("float64", Accuracy()) if expected.bound else None
    if bound is None:
        return False
    value = expected.values[0]
    least = LOST * np.abs(value[np.isfinite(value)]).max(initial=0)
    return bool((np.isfinite(value) & (bound * COARSER > least)).any())


def _products(case: Case, arrays: Mapping[str, np.ndarray]) -> Mapping[Tuple[str, str], Expected]:
    """The vector-Jacobian products by convention and name."""
    variants = get(case.operator).meaning(case, arrays).variants
    return {(name, e.name): e for name, outputs in variants.items() for e in outputs if e.values}


def _differs(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether some element differs grossly, or is finite in one only."""
    finite = np.isfinite(one)
    largest = np.abs(one[finite]).max(initial=0)
    with np.errstate(all="ignore"):
        return bool(((finite != np.isfinite(other)) | (finite & (np.abs(one - other) > LOST * largest))).any())


def _rows(targets: str, operators: Tuple[str, ...]) -> Tuple[KnownDifference, ...]:
    """Few digits are right; or none, or a pole is met, where float32 explains it."""
    reason = "Keras computes the gradient of float64 in float32"

    def row(cause: str, when: Callable[[Case], bool], name: str, kind: Kind = Kind.VALUE) -> KnownDifference:
        return KnownDifference(targets, kind, cause, reason, KERAS_NARROWS, "documented", when=when, name=name)

    return (
        row("beyond the error bound", narrowed_on(operators), "Keras: float64 gradient in float32"),
        row("wrong values", lost_on(operators), "Keras: float64 gradient of operands in float32"),
        row("NaN or infinity", poles_on(operators), "Keras: float64 gradient at a pole of float32", Kind.NOT_FINITE),
    )


NARROWED: Tuple[KnownDifference, ...] = (*_rows("keras-torch:*", ON_TORCH), *_rows("keras-jax-x64:*", ON_JAX))
"""Known differences of elementwise functions, matrices, pooling and resizing."""
