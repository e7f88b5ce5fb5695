"""Gradients of float64 that Keras computes in float32, because its promotion rule makes float32 of float64.

On TensorFlow the rule keeps float64. On torch and on JAX with x64 these functions cast their operands to the rule's dtype (the result has
it, or is cast back); of the others the gradients were measured to be right in float64. The gradients of factors are those of a product
of the factors, which ``keras.ops.matmul`` computes.
"""

from __future__ import annotations

from typing import Callable, Mapping, Tuple

import numpy as np

from harness.case import GRADIENT, Case, Kind, KnownDifference
from harness.operator import get
from harness.operators.facts import KERAS_NARROWS
from harness.values import arrays_of

ON_TORCH = ("atan2", "cross", "dot", "eigh", "fmax", "fmin", "global_avg_pool", "hypot", "inner", "logaddexp", "logaddexp2", "matmul",
            "maximum", "minimum", "qr", "resize_scale", "svd", "tensordot", "vdot")  # fmt: skip
ON_JAX = ("acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh", "global_avg_pool", "logaddexp", "logaddexp2", "sin",
          "sinc", "sinh", "tan", "tanh")  # fmt: skip

LOST = 2.0**-7
"""A change above this part of the largest element of a gradient leaves hardly a digit right (half of ``harness.mismatch.GROSS``)."""


def narrowed_on(operators: Tuple[str, ...]) -> Callable[[Case], bool]:
    """Whether a case is a float64 gradient of one of the operators."""
    return lambda case: case.quantity == GRADIENT and case.dtype == "float64" and case.operator in operators


def lost_on(operators: Tuple[str, ...]) -> Callable[[Case], bool]:
    """As ``narrowed_on``, where rounding the operands to float32 alone leaves no digit of the gradient: two become equal, one a pole, one
    loses its place in a period."""
    narrowed = narrowed_on(operators)
    return lambda case: narrowed(case) and _lost(case)


def _lost(case: Case) -> bool:
    """Whether some element of the exact gradient changes by ``LOST`` of the largest when all operands are rounded to float32."""
    arrays = arrays_of(case)
    with np.errstate(all="ignore"):
        rounded = {name: array.astype(np.float32).astype(np.float64) for name, array in arrays.items()}
    one, other = _products(case, arrays), _products(case, rounded)
    return any(_differs(one[key], other[key]) for key in one.keys() & other.keys())


def _products(case: Case, arrays: Mapping[str, np.ndarray]) -> Mapping[Tuple[str, str], np.ndarray]:
    """The vector-Jacobian products by convention and name."""
    variants = get(case.operator).meaning(case, arrays).variants
    return {(name, e.name): e.values[0] for name, outputs in variants.items() for e in outputs if e.values}


def _differs(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether some element differs grossly, or is finite in one only."""
    finite = np.isfinite(one)
    largest = np.abs(one[finite]).max(initial=0)
    with np.errstate(all="ignore"):
        return bool(((finite != np.isfinite(other)) | (finite & (np.abs(one - other) > LOST * largest))).any())


def _rows(targets: str, operators: Tuple[str, ...]) -> Tuple[KnownDifference, KnownDifference]:
    """Few digits are right; or none, where the rounding of the operands explains it."""
    reason = "Keras computes the gradient of float64 in float32"

    def row(cause: str, when: Callable[[Case], bool], name: str) -> KnownDifference:
        return KnownDifference(targets, Kind.VALUE, cause, reason, KERAS_NARROWS, "documented", when=when, name=name)

    return (
        row("beyond the error bound", narrowed_on(operators), "Keras: float64 gradient in float32"),
        row("wrong values", lost_on(operators), "Keras: float64 gradient of operands in float32"),
    )


NARROWED: Tuple[KnownDifference, ...] = (*_rows("keras-torch:*", ON_TORCH), *_rows("keras-jax-x64:*", ON_JAX))
"""Known differences of elementwise functions, matrices, pooling and resizing."""
