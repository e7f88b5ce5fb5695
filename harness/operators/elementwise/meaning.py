"""What an elementwise operator means: a function of numbers, its error in units in the last place, and its derivatives."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS, PARTS, kind_of, reference_dtype
from harness.meaning import Accuracy, Expected, Meaning, Rule
from harness.operators.elementwise.annex import at_specials, is_special
from harness.operators.elementwise.bounds import (
    GRADIENT_ROUNDINGS,
    flushed_to_zero,
    product_within,
    value_within,
)

Reference = Callable[..., np.ndarray]


@dataclass(frozen=True)
class Function:
    """A function of one or several numbers.

    ``reference`` takes arrays of the reference dtype (integers and booleans in their own dtype, where they wrap) and the
    parameters. ``ulps`` is its error for float32 and float64, ``half`` that for 16-bit floats: 0 is exact, 0.5 correctly rounded.
    ``derivatives`` hold one function of (inputs..., result) per input; ``magnitudes`` likewise the sum of the magnitudes of a
    derivative's terms, where it is larger than the derivative. ``kinks`` are named conventions for the derivative, where the
    function has none at some points. ``conventions`` are named readings of the function itself. ``result`` is the dtype of the
    result, of the inputs' dtype, and ``other_results`` further ones that are right. ``points`` are where something happens. ``signed``
    says that the sign of a zero is defined.

    ``scale`` is the magnitude of the value's terms where it exceeds the value, so that the error is relative to it (near a zero that is
    reached by subtraction). ``conditions`` say by how much the usual formula of a derivative amplifies relative errors (1 where None), and
    ``intermediates`` what such a formula computes on its way and may overflow or underflow. ``undefined`` marks elements about which
    nothing is promised; an integer operator may then refuse the call as well. ``aware`` functions take the case's dtype as the keyword
    ``dtype``. ``alternatives`` are further right values, element by element; ``flushing`` are those of targets for which subnormal
    intermediate results are zero. ``loosest`` is the largest error stated of any target, which decides where it may be
    infinity. ``others`` are dtypes of inputs where they differ from the first one's. ``underflow`` is how many times the smallest of a
    usual formula's intermediate results the result is, so that the former may be subnormal where the latter is not.
    ``annex_g`` says that C17 Annex G defines the function of a complex number at zeros, infinities and NaN.
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
    other_results: Callable[[str], Tuple[str, ...]] = lambda dtype: ()
    scale: Optional[Reference] = None
    conditions: Tuple[Optional[Reference], ...] = ()
    intermediates: Tuple[Reference, ...] = ()
    undefined: Optional[Reference] = None
    aware: bool = False
    alternatives: Tuple[Reference, ...] = ()
    flushing: Tuple[Reference, ...] = ()
    loosest: float = 0.0
    others: Mapping[str, str] = field(default_factory=dict)
    underflow: float = 1.0
    annex_g: bool = False


def elementwise(function: Function, inputs: Sequence[str]) -> Callable[[Case, Mapping[str, np.ndarray]], Meaning]:
    """The meaning of the operator that applies ``function`` to its broadcast inputs."""

    def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
        specs = [case.inputs[name] for name in inputs]
        shapes = [spec.shape for spec in specs]
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            return Meaning(Rule.REFUSE, f"shapes {', '.join(map(str, shapes))}: do not broadcast")
        if any(case.inputs[name].dtype != function.others.get(name, case.dtype) for name in inputs):
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
        plain = next(iter(variants.values()))[0]
        if function.annex_g and is_special(arrays[inputs[0]]) and plain.bound is not None:
            bound = plain.bound(plain.dtype, Accuracy())
            assert bound is not None
            return Meaning(Rule.COMPUTE, "", at_specials(plain, arrays[inputs[0]], bound))
        free = plain.free
        if kind_of(case.dtype) == "integer" and free is not None and free.any():
            return Meaning(Rule.EITHER, "integers for which nothing is promised", variants)
        return Meaning(Rule.COMPUTE, "", variants)

    return meaning


def parameters_of(case: Case) -> Dict[str, object]:
    """The parameters that are the function's own."""
    return {name: value for name, value in case.parameters.items() if name not in ("hostile", "spelling")}


def _value(function: Function, case: Case, arrays: Sequence[np.ndarray], shape: Tuple[int, ...]) -> Expected:
    """The function's value with its readings and bound."""
    kind, dtype = kind_of(case.dtype), function.result(case.dtype)
    parameters = parameters_of(case)
    if function.aware:
        parameters["dtype"] = case.dtype
    wide = widened(case.dtype, arrays)

    def of(reference: Reference, operands: Sequence[np.ndarray]) -> np.ndarray:
        return np.broadcast_to(np.asarray(reference(*operands, **parameters)), shape)

    value = of(function.reference, wide)
    free = None if function.undefined is None else of(function.undefined, wide).astype(bool)
    if kind_of(dtype) == "complex":
        size = np.abs(value) if function.scale is None else of(function.scale, wide)
        return Expected(shape, dtype, (value,), _complex_bound(function, size), free=free)
    others = tuple(of(alternative, wide) for alternative in function.alternatives)
    flushed = _flushed(function, case, wide, of)
    if kind_of(dtype) != "float":
        zero = np.zeros(shape)
        exact = tuple(np.asarray(reading).astype(np.longdouble) for reading in (value, *others))
        flushed = tuple(reading.astype(np.longdouble) for reading in flushed)
        more = function.other_results(case.dtype)
        return Expected(
            shape, dtype, exact, lambda dtype, accuracy: zero, free=free, flushed=flushed, other_dtypes=more
        )
    if kind != "float":
        value = value.astype(np.longdouble)
    scale = None if function.scale is None else of(function.scale, wide)
    return value_within(
        value,
        dtype,
        function.ulps,
        function.half,
        signed=function.signed,
        flushed=flushed,
        scale=scale,
        others=others,
        free=free,
        loosest=function.loosest,
        underflow=function.underflow,
    )


def widened(dtype: str, arrays: Sequence[np.ndarray]) -> List[np.ndarray]:
    """The arrays in the dtype in which the oracle computes; integers and booleans stay as they are."""
    kind = kind_of(dtype)
    if kind == "complex":
        return [array.astype(np.clongdouble if dtype == "complex128" else np.complex128) for array in arrays]
    return [array.astype(reference_dtype(dtype)) if kind_of(array.dtype.name) == "float" else array for array in arrays]


FLUSHED = ("bfloat16", "float32", "float64")
"""Dtypes whose subnormal numbers some frameworks take for zero; those of float16 are normal numbers in float32."""


def _flushed(
    function: Function,
    case: Case,
    wide: Sequence[np.ndarray],
    of: Callable[[Reference, Sequence[np.ndarray]], np.ndarray],
) -> Tuple[np.ndarray, ...]:
    """The readings in which subnormal operands are zero, where there are any."""
    if case.dtype not in FLUSHED:
        return ()
    inner = tuple(of(reference, wide) for reference in function.flushing)
    small = [flushed_to_zero(x, case.dtype) if x.dtype.kind == "f" else x for x in wide]
    if all(np.array_equal(x, y, equal_nan=True) for x, y in zip(wide, small)):
        return inner
    return tuple(of(reference, small) for reference in (function.reference, *function.alternatives)) + inner


def _complex_bound(function: Function, size: np.ndarray) -> Callable[[str, Accuracy], np.ndarray]:
    """The bound of a complex result: relative to its modulus or scale ``size``, so that either part may be far off where it is small."""

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        form = FLOATS[PARTS[dtype]]
        allowed = accuracy.ulps.get(dtype, max(function.ulps, 4.0) if function.ulps else 0.0)
        return np.asarray(2 * allowed * form.roundoff * size + (form.smallest_normal if allowed else 0))

    return bound


def _gradients(
    function: Function,
    case: Case,
    given: Sequence[np.ndarray],
    arrays: Mapping[str, np.ndarray],
    inputs: Sequence[str],
) -> Dict[str, Tuple[Expected, ...]]:
    """The vector-Jacobian products per convention at the kinks."""
    form = FLOATS[case.dtype]
    wide = widened(case.dtype, given)
    cotangent: np.ndarray = arrays[COTANGENT].astype(reference_dtype(case.dtype))
    parameters = parameters_of(case)
    result = np.asarray(function.reference(*wide, **parameters))
    small = [flushed_to_zero(x, case.dtype) if x.dtype.kind == "f" else x for x in wide]
    small_result = np.asarray(function.reference(*small, **parameters))
    free = np.isnan(result)  # Outside its domain a function has no derivative.
    for intermediate in function.intermediates:
        size = np.abs(np.asarray(intermediate(*wide, result, **parameters)))
        kept = (size <= form.largest / 8) & ((size == 0) | (size >= form.smallest_normal / form.roundoff))
        free = free | ~kept
    readings = function.kinks or {"": function.derivatives}
    variants: Dict[str, Tuple[Expected, ...]] = {}
    for convention, derivatives in readings.items():
        outputs = []
        for position, (name, derivative) in enumerate(zip(inputs, derivatives)):
            slope = np.asarray(derivative(*wide, result, **parameters))
            scale = np.abs(slope)
            size = _at(function.magnitudes, position)
            if size is not None:
                scale = np.fmax(scale, np.asarray(size(*wide, result, **parameters)))
            condition = _at(function.conditions, position)
            unsure = free
            if condition is not None:
                factor = np.asarray(condition(*wide, result, **parameters))
                scale = scale * np.fmax(factor, 1)
                unsure = free | ~(GRADIENT_ROUNDINGS * form.roundoff * factor <= 0.125)
            flushed = np.asarray(derivative(*small, small_result, **parameters))
            shape = case.inputs[name].shape
            outputs.append(
                product_within(cotangent, slope, scale, shape, case.dtype, name, flushed=flushed, free=unsure)
            )
        variants[convention] = tuple(outputs)
    return variants


def _at(references: Tuple[Optional[Reference], ...], position: int) -> Optional[Reference]:
    """The reference at a position, None behind the last one."""
    return references[position] if position < len(references) else None
