"""Explanations by precision: computed in a narrower dtype, operands or results rounded to one, subnormal results flushed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from harness.diagnosis.explanation import Explanation, mapped, of_call, of_elements
from harness.diagnosis.inputs import edited, edited_all
from harness.diagnosis.observation import Observation
from harness.elements import Admissible, admissible
from harness.formats import FLOATS, PARTS, numpy_dtype
from harness.meaning import Accuracy, Expected

NARROWER = {"float64": ("float32", "float16", "bfloat16"), "float32": ("float16", "bfloat16")}
"""The dtypes that hold less than a dtype, widest first."""

COMPLEX = {"float32": "complex64"}
"""The complex dtype whose parts have a dtype."""

TF32_DIGITS = 11
ENOUGH = 8
"""Wrong elements from which an error says something of the accumulation."""


def part_of(dtype: str) -> str:
    """The floating-point dtype of the parts of a complex dtype; the dtype itself otherwise."""
    return PARTS.get(dtype, dtype)


def narrowed(array: np.ndarray, dtype: str) -> np.ndarray:
    """The elements rounded to a narrower dtype, in the array's own."""
    if array.dtype.kind == "c":
        return (narrowed(array.real, dtype) + 1j * narrowed(array.imag, dtype)).astype(array.dtype)
    with np.errstate(all="ignore"):
        return array.astype(numpy_dtype(dtype)).astype(array.dtype)


def rounded_tf32(array: np.ndarray) -> np.ndarray:
    """The elements of a float32 array rounded to the eleven digits of TensorFloat-32."""
    if array.dtype != np.float32:
        return array
    fraction, exponent = np.frexp(array.astype(np.float64))
    with np.errstate(invalid="ignore"):
        rounded = np.ldexp(np.rint(np.ldexp(fraction, TF32_DIGITS)), exponent - TF32_DIGITS)
    return np.asarray(rounded, np.float32)


def _is_of(array: np.ndarray, dtype: str) -> bool:
    """Whether every element is a number of a narrower dtype."""
    return bool(np.array_equal(narrowed(array, dtype), array, equal_nan=True))


def rounded_results(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """The right result was rounded once to a narrower dtype on its way."""
    own = runs[0].focus.dtype
    for dtype in NARROWER.get(part_of(own), ()):
        sentence = f"{runs[0].name} is the right result rounded to {dtype}"
        yield of_elements("result rounded", sentence, partial(_rounded, dtype=dtype))


def _rounded(run: Observation, dtype: str) -> Admissible | None:
    """The right result, rounded; where it was computed with an error, within half a unit of the narrower dtype more."""
    assert run.allowed is not None, "asked for runs that are judged by elements"
    if not _is_of(run.got, dtype):
        return _impossible(run.allowed)
    if run.allowed.bound is None:
        return mapped(run.allowed, lambda value: narrowed(value, dtype))
    form = FLOATS[dtype]
    more = form.roundoff * np.abs(run.allowed.readings[0]) + form.smallest_subnormal
    readings = tuple(_overflowed(value, form.largest) for value in run.allowed.readings)
    return Admissible(readings, run.allowed.bound + more, run.allowed.free, run.allowed.signed)


def _overflowed(value: np.ndarray, largest: float) -> np.ndarray:
    """Infinity where real numbers are beyond the largest of a dtype."""
    return value if value.dtype.kind == "c" else np.where(np.abs(value) > largest, np.copysign(np.inf, value), value)


def _impossible(allowed: Admissible) -> Admissible:
    """What no result fits."""
    nothing = np.full(allowed.readings[0].shape, np.nan, allowed.readings[0].dtype)
    return Admissible((nothing,), None, None)


def narrow_computation(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """The whole call was computed in a narrower dtype: its numbers are of that dtype, and within the error that it has."""
    own = runs[0].focus.dtype
    for dtype in NARROWER.get(part_of(own), ()):
        if own in PARTS and dtype not in COMPLEX:
            continue
        sentence = f"{runs[0].name} holds {dtype} numbers, within the error of a computation in {dtype}"
        yield Explanation("computed in a narrower dtype", sentence, partial(_narrow, dtype=dtype))


def _narrow(run: Observation, dtype: str) -> bool | None:
    if run.allowed is None:
        return None
    meaning = _meaning_in(run, dtype)
    if meaning is None:
        return None
    predicted = admissible(meaning[run.output], run.accuracy)
    if predicted is None or predicted.readings[0].shape != run.got.shape:
        return None
    fits = _is_of(run.got, dtype) and bool(predicted.holds(run.got.astype(predicted.readings[0].dtype)).all())
    return run.judged(fits) if run.right or run.wrong.any() else None


def _meaning_in(run: Observation, dtype: str) -> tuple[Expected, ...] | None:
    """What is right for the case with its wider floating-point inputs narrowed."""
    names = {wide: dtype for wide, narrow in NARROWER.items() if dtype in narrow}
    names |= {wide: COMPLEX[dtype] for wide in PARTS if dtype in COMPLEX and dtype in NARROWER.get(PARTS[wide], ())}
    inputs = {name: replace(spec, dtype=names.get(spec.dtype, spec.dtype)) for name, spec in run.case.inputs.items()}
    with np.errstate(all="ignore"):
        arrays = {name: array.astype(numpy_dtype(inputs[name].dtype)) for name, array in run.arrays.items()}
    return run.expected_of(replace(run.case, inputs=inputs), arrays)


def rounded_operands(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Operands were rounded to a narrower dtype before the computation."""
    shown = runs[0]
    for dtype in ("float32", "tf32", "float16", "bfloat16"):

        def rounded(array: np.ndarray, dtype: str = dtype) -> np.ndarray:
            if dtype == "tf32":
                return rounded_tf32(array)
            return narrowed(array, dtype) if dtype in NARROWER.get(part_of(array.dtype.name), ()) else array

        sentence = f"the result is the one for inputs rounded to {dtype}"
        yield of_call("operands rounded", sentence, edited_all(rounded))
        for name in shown.arrays if len(shown.arrays) > 1 else ():
            sentence = f"the result is the one for {name} rounded to {dtype}"
            yield of_call("operands rounded", sentence, edited(name, rounded))


def flushed_results(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Results that are subnormal numbers are zero."""
    dtype = runs[0].focus.dtype
    if dtype in FLOATS:
        small = FLOATS[dtype].smallest_normal
        sentence = f"subnormal numbers in {runs[0].name} are flushed to zero"
        yield of_elements("subnormal results flushed", sentence, partial(_flushed, small=small))


def _flushed(run: Observation, small: float) -> Admissible:
    assert run.allowed is not None, "asked for runs that are judged by elements"
    kept = np.where(np.abs(run.got) < small, run.got, 0)
    if (kept != 0).any():
        return _impossible(run.allowed)  # a subnormal number that is there
    return Admissible(
        tuple(np.where(np.abs(value) < small, np.copysign(0.0, value), value) for value in run.allowed.readings),
        run.allowed.bound,
        run.allowed.free,
    )


def narrow_accumulation(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """The errors are those of sums accumulated in a narrower dtype: a statement about their size, and of many elements only."""
    for dtype in NARROWER.get(runs[0].focus.dtype, ()):
        sentence = f"the errors are within the bound of an accumulation in {dtype}"
        yield Explanation("narrow accumulation", sentence, partial(_accumulated, dtype=dtype))


def _accumulated(run: Observation, dtype: str) -> bool | None:
    own, allowed = run.focus.dtype, run.allowed
    if allowed is None or allowed.bound is None or run.focus.bound is None or own not in FLOATS:
        return None
    bound = run.focus.bound(own, Accuracy(accumulate={own: dtype}))
    if bound is None or not (bound > 2 * allowed.bound).any():
        return None
    fits = bool(Admissible(allowed.readings, bound, allowed.free).holds(run.got).all())
    if run.right or not run.wrong.any():
        return None  # an accumulation in a narrow dtype may come out right
    with np.errstate(all="ignore"):
        large = np.abs(run.got - allowed.readings[0]) > bound / 2**8
    typical = (
        int(run.wrong.sum()) >= ENOUGH and 2 * int(run.wrong.sum()) >= run.wrong.size and 4 * large.sum() >= large.size
    )
    return run.judged(fits and typical)
