"""How far a floating-point result may be from its definition: values in units in the last place, derivatives in roundings.

Read by the workers: Python 3.9 syntax; standard library and NumPy only.
"""

from __future__ import annotations

from typing import Optional, Tuple, Union

import numpy as np

from harness.formats import FLOATS
from harness.meaning import Accuracy, Expected
from harness.numerics import ulp

SIXTEEN_BITS = ("float16", "bfloat16")

GRADIENT_ROUNDINGS = 8.0
"""Roundings, relative to the magnitude of its terms, that a derivative times a cotangent may have."""


def value_within(
    value: np.ndarray,
    dtype: str,
    ulps: float,
    half: float,
    *,
    signed: bool = False,
    flushed: Tuple[np.ndarray, ...] = (),
    name: str = "y",
    scale: Optional[np.ndarray] = None,
    others: Tuple[np.ndarray, ...] = (),
    free: Optional[np.ndarray] = None,
    loosest: float = 0.0,
    underflow: float = 1.0,
) -> Expected:
    """The expected floating-point output ``value`` (of the reference dtype) within ``ulps`` units in the last place, ``half`` for 16 bits.

    Targets that flush may give zero below ``underflow`` times the smallest normal number.
    Units are those of ``scale`` where it is larger. Where the bound, or the error ``loosest`` of some target, reaches
    beyond the largest finite number, infinity is right too.
    """
    form = FLOATS[dtype]
    own = half if dtype in SIXTEEN_BITS else ulps
    size = np.abs(value) if scale is None else np.fmax(np.abs(value), np.where(np.isfinite(value), scale, 0))
    unit = ulp(size, dtype)
    near_overflow = np.abs(value) + max(own, loosest, 0.5) * unit > form.largest
    infinite = np.where(near_overflow, np.copysign(np.inf, value), value) if near_overflow.any() else None

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        allowed = accuracy.ulps.get(dtype, own)
        error = np.where(np.isfinite(value), allowed * unit, 0)
        if allowed:
            error = error + 4 * np.finfo(value.dtype).eps * np.where(np.isfinite(value), size, 0)
        if accuracy.flushes(dtype):
            limit = underflow * form.smallest_normal * (1 + form.roundoff)
            small = np.any([np.abs(reading) < limit for reading in (value, *flushed)], axis=0)
            error = error + np.where(small, underflow * form.smallest_normal, 0)
        return np.asarray(error)

    readings = (value, *others) if infinite is None else (value, infinite, *others)
    return Expected(value.shape, dtype, readings, bound, free=free, flushed=flushed, name=name, signed=signed)


def product_within(
    cotangent: np.ndarray,
    slope: np.ndarray,
    scale: np.ndarray,
    shape: Tuple[int, ...],
    dtype: str,
    name: str,
    roundings: float = GRADIENT_ROUNDINGS,
    flushed: Optional[np.ndarray] = None,
    free: Union[bool, np.ndarray] = False,
) -> Expected:
    """The vector-Jacobian product ``cotangent * slope``, summed over the axes along which the input of ``shape`` was broadcast.

    ``scale`` is the sum of magnitudes of the slope's terms: the error of each product is ``roundings`` unit roundoffs of it, that of a sum
    of n products n more. ``flushed`` is the slope where subnormal inputs are zero. Free are elements with a term near or above the
    largest finite number, where an intermediate result may overflow, with a slope that is not finite, or that ``free`` marks.
    """
    form = FLOATS[dtype]
    product = np.broadcast_to(cotangent * slope, np.broadcast_shapes(cotangent.shape, np.shape(slope)))
    magnitude = np.broadcast_to(np.abs(cotangent) * np.maximum(scale, np.abs(slope)), product.shape)
    value, size = summed_to(product, shape), summed_to(magnitude, shape)
    terms = max(product.size // max(value.size, 1), 1)
    steep = ~(np.broadcast_to(np.maximum(scale, np.abs(slope)), product.shape) <= form.largest / 8) | free
    free = ~(size <= form.largest) | (summed_to(steep, shape) > 0)

    def bound(dtype: str, accuracy: Accuracy) -> Optional[np.ndarray]:
        u = form.roundoff
        if terms * u > 0.25:
            return None
        allowed = accuracy.ulps.get("gradient " + dtype, roundings) + (terms if terms > 1 else 0)
        finite = np.where(np.isfinite(size), size, 0)
        tiny = form.smallest_normal if accuracy.flushes(dtype) else form.smallest_subnormal
        return np.asarray(allowed * u * finite + terms * (roundings + 1) * tiny)

    other = () if flushed is None else (summed_to(np.broadcast_to(cotangent * flushed, product.shape), shape),)
    return Expected(shape, dtype, (value,), bound, free=free if free.any() else None, flushed=other, name=name)


def flushed_to_zero(array: np.ndarray, dtype: str) -> np.ndarray:
    """The array with zeros of the same sign in the places of what is subnormal in ``dtype``."""
    return np.where(np.abs(array) < FLOATS[dtype].smallest_normal, np.copysign(0, array), array)


def summed_to(array: np.ndarray, shape: Tuple[int, ...]) -> np.ndarray:
    """The array summed over the axes along which ``shape`` was broadcast to its own."""
    lead = array.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(lead + i for i, n in enumerate(shape) if n == 1 and array.shape[lead + i] != 1)
    return np.asarray(array.sum(axis=axes).reshape(shape)) if axes else array
