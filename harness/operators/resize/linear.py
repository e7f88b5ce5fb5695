"""What a separable interpolation gives, how far it may be off, and its vector-Jacobian product.

y = (W1 x W2 x ...) x. An implementation computes each source coordinate s in a dtype of its own (float32 for inputs
up to float32) with at most four roundings of a number up to |s| + 1, so the coordinate is off by e = 4 u_c (|s| + 1)
and each weight by |dw/ds| e, doubled for the second order; evaluating a kernel and dividing by the sum of its weights
costs 8 more roundings of the weight, and 4 of one where the kernel cancels (cubic, Lanczos). The sum of products then
is off by gamma_n sum |w||x| in the accumulator, with n the number of taps along all axes, and is rounded to the
dtype; a framework that rounds weights or the results between axes to the dtype states ``roundings``. A table of
weights rounds the coordinate itself: ``ulps["coordinate"]``.
"""

from __future__ import annotations

import math
from typing import Any, Mapping, Optional, Sequence, Tuple

import numpy as np

from harness.case import COTANGENT, Case
from harness.formats import FLOATS, reference_dtype
from harness.meaning import Accuracy, Expected
from harness.numerics import ulp
from harness.operators.resize.weights import Weights, along

AXES = ("batch", "channels", "space 1", "space 2", "space 3")


def product(x: np.ndarray, matrices: Sequence[np.ndarray]) -> np.ndarray:
    """The matrices along the spatial axes of x."""
    for axis, matrix in enumerate(matrices):
        x = along(x, matrix, axis + 2)
    return x


def coordinate_roundoff(dtype: str, accuracy: Accuracy) -> float:
    """Unit roundoff of the dtype in which a target computes coordinates."""
    default = "float64" if dtype == "float64" else "float32"
    return FLOATS[accuracy.accumulate.get("coordinate " + dtype, default)].roundoff


def weight_errors(weights: Weights, dtype: str, accuracy: Accuracy) -> np.ndarray:
    """Largest errors of the weights, (outputs, inputs)."""
    u = coordinate_roundoff(dtype, accuracy)
    e = 4 * u * weights.reach + accuracy.ulps.get("coordinate", 0.0)
    errors = 2 * weights.slopes * e[:, None] + 8 * u * np.abs(weights.values)
    if weights.absolute:
        errors = errors + np.where(weights.slopes > 0, 4 * u, 0)
    return np.asarray(errors)


def interpolated(
    x: np.ndarray, axes: Sequence[Weights], dtype: str, name: str = "y", transposed: bool = False
) -> Expected:
    """The weights along the spatial axes of x, or with ``transposed`` their adjoint."""
    wide: np.ndarray = x.astype(reference_dtype(dtype))
    form = FLOATS[dtype]
    turned = [axis.values.T if transposed else axis.values for axis in axes]
    with np.errstate(all="ignore"):
        value = product(wide, turned)
        size = product(np.abs(wide), [np.abs(matrix) for matrix in turned])
    terms = sum(int((np.abs(matrix) > 0).sum(axis=1).max(initial=1)) for matrix in turned)
    free = ~(size * math.prod(axis.undivided for axis in axes) <= form.largest / 8)

    def bound(dtype: str, accuracy: Accuracy) -> Optional[np.ndarray]:
        accuracy = accuracy.of(name)
        errors = [weight_errors(axis, dtype, accuracy) for axis in axes]
        errors = [error.T for error in errors] if transposed else errors
        with np.errstate(all="ignore"):
            grown = [np.abs(matrix) + error for matrix, error in zip(turned, errors)]
            lost = np.maximum(product(np.abs(wide), grown) - size, 0)
            u = FLOATS[accuracy.accumulator(dtype)].roundoff
            n = terms + 2 * len(axes)
            if n * u > 0.25:
                return None
            rounded = accuracy.roundings.get(dtype, 0)
            assert isinstance(rounded, int), "resizes state numbers"
            error = lost + (n * u / (1 - n * u) + rounded * form.roundoff + 1e-17) * (size + lost)
        tiny = form.smallest_normal if accuracy.flushes(dtype) else form.smallest_subnormal
        finite = np.where(np.isfinite(value), value, 0)
        return np.where(free, 0, error) * 1.01 + ulp(finite, dtype) + (terms + 2) * tiny

    return Expected(
        value.shape, dtype, (value,), bound, free=free if free.any() else None, name=name, axes=AXES[: x.ndim]
    )


def adjoint(case: Case, arrays: Mapping[str, Any], axes: Sequence[Weights]) -> Tuple[Expected, ...]:
    """The vector-Jacobian product: the transposed weights along the axes of the cotangent."""
    return (interpolated(arrays[COTANGENT], axes, case.dtype, "x", transposed=True),)
