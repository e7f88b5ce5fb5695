"""What an elementwise operator means: a function of numbers, its error in units in the last place, and its derivatives."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS, PARTS, kind_of, reference_dtype
from harness.meaning import Accuracy, Expected, Meaning, Rule
from harness.numerics import ulp

Reference = Callable[..., np.ndarray]

SIXTEEN_BITS = ("float16", "bfloat16")

GRADIENT_ROUNDINGS = 8.0
"""Roundings, relative to the magnitude of its terms, that a derivative times a cotangent may have."""


@dataclass(frozen=True)
class Function:
    """A function of one or several numbers.

    ``reference`` takes arrays of the reference dtype (integers and booleans in their own dtype, where they wrap) and the
    parameters. ``ulps`` is its error for float32 and float64, ``half`` that for 16-bit floats: 0 is exact, 0.5 correctly rounded.
    ``derivatives`` hold one function of (inputs..., result) per input; ``magnitudes`` likewise the sum of the magnitudes of a
    derivative's terms, where it is larger than the derivative. ``kinks`` are named conventions for the derivative, where the
    function has none at some points. ``conventions`` are named readings of the function itself. ``result`` is the dtype of the
    result, of the inputs' dtype. ``points`` are where something happens. ``signed`` says that the sign of a zero is defined.
    """

    reference: Reference
    ulps: float = 0.5
    half: float = 0.5
    derivatives: Tuple[Reference, ...] = ()
    magnitudes: Tuple[Optional[Reference], ...] = ()
    kinks: Mapping[str, Tuple[Reference, ...]] = field(default_factory=dict)
    conventions: Mapping[str, Reference] = field(default_factory=dict)
    result: Callable[[str], str] = lambda dtype: dtype
    points: Tuple[float, ...] = ()
    signed: bool = True
    dtypes: Tuple[str, ...] = tuple(FLOATS)


def elementwise(function: Function, inputs: Sequence[str]) -> Callable[[Case, Mapping[str, np.ndarray]], Meaning]:
    """The meaning of the operator that applies ``function`` to its broadcast inputs."""

    def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
        specs = [case.inputs[name] for name in inputs]
        shapes = [spec.shape for spec in specs]
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            return Meaning(Rule.REFUSE, f"shapes {', '.join(map(str, shapes))}: do not broadcast")
        if len({spec.dtype for spec in specs}) > 1:
            return Meaning(Rule.EITHER, "inputs of different dtypes")
        if case.dtype not in function.dtypes:
            return Meaning(Rule.EITHER, f"dtype {case.dtype}: not one that the operator is defined for")
        with np.errstate(all="ignore"):
            if case.quantity == GRADIENT:
                return Meaning(
                    Rule.COMPUTE, "", _gradients(function, case, [arrays[n] for n in inputs], arrays, inputs)
                )
            readings = function.conventions or {"": function.reference}
            variants = {
                name: (_value(replace(function, reference=reading), case, [arrays[n] for n in inputs], shape),)
                for name, reading in readings.items()
            }
        return Meaning(Rule.COMPUTE, "", variants)

    return meaning


def parameters_of(case: Case) -> Dict[str, object]:
    """The parameters that are the function's own."""
    return {name: value for name, value in case.parameters.items() if name not in ("hostile", "spelling")}


def _value(function: Function, case: Case, arrays: Sequence[np.ndarray], shape: Tuple[int, ...]) -> Expected:
    """The function's value with its readings and bound."""
    kind, dtype = kind_of(case.dtype), function.result(case.dtype)
    parameters = parameters_of(case)
    if kind == "float":
        wide: List[np.ndarray] = [array.astype(reference_dtype(case.dtype)) for array in arrays]
    elif kind == "complex":
        wide = [array.astype(np.clongdouble if case.dtype == "complex128" else np.complex128) for array in arrays]
    else:
        wide = list(arrays)
    value = np.broadcast_to(np.asarray(function.reference(*wide, **parameters)), shape)
    if kind_of(dtype) == "complex":
        return Expected(shape, dtype, (value,), _complex_bound(function, value))
    other = value
    if kind == "float":
        wide = [flushed_to_zero(x, case.dtype) for x in wide]
        other = np.broadcast_to(np.asarray(function.reference(*wide, **parameters)), shape)
    else:
        value = value.astype(np.longdouble)
    if kind_of(dtype) != "float":
        zero = np.zeros(shape)
        exact, flushed = value.astype(np.longdouble), other.astype(np.longdouble)
        return Expected(shape, dtype, (exact,), lambda dtype, accuracy: zero, flushed=(flushed,))
    return value_within(value, dtype, function.ulps, function.half, signed=function.signed, flushed=(other,))


def value_within(
    value: np.ndarray,
    dtype: str,
    ulps: float,
    half: float,
    *,
    signed: bool = False,
    flushed: Tuple[np.ndarray, ...] = (),
    name: str = "y",
) -> Expected:
    """The expected floating-point output ``value`` (of the reference dtype) within ``ulps`` units in the last place, ``half`` for 16 bits.

    Where the bound reaches beyond the largest finite number, infinity is right too.
    """
    form = FLOATS[dtype]
    own = half if dtype in SIXTEEN_BITS else ulps
    near_overflow = np.abs(value) + own * ulp(value, dtype) > form.largest
    infinite = np.where(near_overflow, np.copysign(np.inf, value), value) if near_overflow.any() else None

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        allowed = accuracy.ulps.get(dtype, own)
        error = np.where(np.isfinite(value), allowed * ulp(value, dtype), 0)
        if allowed:
            error = error + 4 * np.finfo(value.dtype).eps * np.where(np.isfinite(value), np.abs(value), 0)
        if accuracy.flushes(dtype):
            error = error + np.where(
                np.abs(value) < form.smallest_normal * (1 + form.roundoff), form.smallest_normal, 0
            )
        return np.asarray(error)

    readings = (value,) if infinite is None else (value, infinite)
    return Expected(value.shape, dtype, readings, bound, flushed=flushed, name=name, signed=signed)


def _complex_bound(function: Function, value: np.ndarray) -> Callable[[str, Accuracy], np.ndarray]:
    """The bound of a complex result: relative to its modulus, so that either part may be far off where it is small."""

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        form = FLOATS[PARTS[dtype]]
        allowed = accuracy.ulps.get(dtype, max(function.ulps, 4.0) if function.ulps else 0.0)
        return np.asarray(2 * allowed * form.roundoff * np.abs(value) + (form.smallest_normal if allowed else 0))

    return bound


def _gradients(
    function: Function,
    case: Case,
    given: Sequence[np.ndarray],
    arrays: Mapping[str, np.ndarray],
    inputs: Sequence[str],
) -> Dict[str, Tuple[Expected, ...]]:
    """The vector-Jacobian products per convention at the kinks."""
    wide: List[np.ndarray] = [array.astype(reference_dtype(case.dtype)) for array in given]
    cotangent: np.ndarray = arrays[COTANGENT].astype(reference_dtype(case.dtype))
    parameters = parameters_of(case)
    result = np.asarray(function.reference(*wide, **parameters))
    small = [flushed_to_zero(x, case.dtype) for x in wide]
    small_result = np.asarray(function.reference(*small, **parameters))
    readings = function.kinks or {"": function.derivatives}
    variants: Dict[str, Tuple[Expected, ...]] = {}
    for convention, derivatives in readings.items():
        outputs = []
        for position, (name, derivative) in enumerate(zip(inputs, derivatives)):
            slope = np.asarray(derivative(*wide, result, **parameters))
            size = function.magnitudes[position] if position < len(function.magnitudes) else None
            scale = np.abs(slope) if size is None else np.asarray(size(*wide, result, **parameters))
            flushed = np.asarray(derivative(*small, small_result, **parameters))
            shape = case.inputs[name].shape
            outputs.append(product_within(cotangent, slope, scale, shape, case.dtype, name, flushed=flushed))
        variants[convention] = tuple(outputs)
    return variants


def product_within(
    cotangent: np.ndarray,
    slope: np.ndarray,
    scale: np.ndarray,
    shape: Tuple[int, ...],
    dtype: str,
    name: str,
    roundings: float = GRADIENT_ROUNDINGS,
    flushed: Optional[np.ndarray] = None,
) -> Expected:
    """The vector-Jacobian product ``cotangent * slope``, summed over the axes along which the input of ``shape`` was broadcast.

    ``scale`` is the sum of magnitudes of the slope's terms: the error of each product is ``roundings`` unit roundoffs of it, that of a sum
    of n products n more. ``flushed`` is the slope where subnormal inputs are zero. Free are elements with a term near or above the
    largest finite number, where an intermediate result may overflow, or with a slope that is not finite.
    """
    form = FLOATS[dtype]
    product = np.broadcast_to(cotangent * slope, np.broadcast_shapes(cotangent.shape, np.shape(slope)))
    magnitude = np.broadcast_to(np.abs(cotangent) * np.maximum(scale, np.abs(slope)), product.shape)
    value, size = _summed_to(product, shape), _summed_to(magnitude, shape)
    terms = max(product.size // max(value.size, 1), 1)
    steep = ~(np.broadcast_to(np.maximum(scale, np.abs(slope)), product.shape) <= form.largest / 8)
    free = ~(size <= form.largest) | (_summed_to(steep, shape) > 0)

    def bound(dtype: str, accuracy: Accuracy) -> Optional[np.ndarray]:
        u = form.roundoff
        if terms * u > 0.25:
            return None
        allowed = accuracy.ulps.get("gradient " + dtype, roundings) + (terms if terms > 1 else 0)
        finite = np.where(np.isfinite(size), size, 0)
        tiny = form.smallest_normal if accuracy.flushes(dtype) else form.smallest_subnormal
        return np.asarray(allowed * u * finite + terms * (roundings + 1) * tiny)

    other = () if flushed is None else (_summed_to(np.broadcast_to(cotangent * flushed, product.shape), shape),)
    return Expected(shape, dtype, (value,), bound, free=free if free.any() else None, flushed=other, name=name)


def flushed_to_zero(array: np.ndarray, dtype: str) -> np.ndarray:
    """The array with zeros of the same sign in the places of what is subnormal in ``dtype``."""
    return np.where(np.abs(array) < FLOATS[dtype].smallest_normal, np.copysign(0, array), array)


def _summed_to(array: np.ndarray, shape: Tuple[int, ...]) -> np.ndarray:
    """The array summed over the axes along which ``shape`` was broadcast to its own."""
    lead = array.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(lead + i for i, n in enumerate(shape) if n == 1 and array.shape[lead + i] != 1)
    return np.asarray(array.sum(axis=axes).reshape(shape)) if axes else array
