"""Explanations by integer arithmetic: wrapped, saturated, or computed in floating point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from harness.diagnosis.explanation import Explanation, mapped, of_call, of_elements
from harness.diagnosis.inputs import edited_all
from harness.diagnosis.observation import Observation
from harness.elements import Admissible, admissible
from harness.formats import FLOATS, numpy_dtype

WIDTHS = ("int8", "uint8", "int16", "uint16", "int32", "uint32")
FLOATING = ("float32", "float64")
ROUNDED = ("float64", "float32", "float16", "bfloat16")


def _integers(run: Observation) -> bool:
    return run.raw is not None and run.raw.dtype.kind in "iu"


def wrapped(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """The result wrapped round in fewer bits than it has."""
    if not _integers(runs[0]):
        return
    name = next(iter(runs[0].arrays))
    sentence = f"{runs[0].name} is the right result wrapped to the dtype of {name}"
    yield of_elements("integer wrapped", sentence, partial(_wrapped_as, name=name))
    for dtype in WIDTHS:
        sentence = f"{runs[0].name} is the right result wrapped to {dtype}"
        yield of_elements("integer wrapped", sentence, partial(_moved, change=partial(wrap, dtype=dtype)))


def _wrapped_as(run: Observation, name: str) -> Admissible | None:
    """The right integers wrapped to the dtype of an input, which has fewer bits."""
    own = run.arrays[name].dtype
    return _moved(run, partial(wrap, dtype=own.name)) if own.kind in "iu" else None


def wrap(value: np.ndarray, dtype: str) -> np.ndarray:
    """Integers modulo the range of an integer dtype, in the array's own dtype."""
    info = np.iinfo(dtype)
    span = np.array(2, value.dtype) ** info.bits
    return np.asarray(value - span * np.floor((value - info.min) / span))


def _moved(run: Observation, change: Callable[[np.ndarray], np.ndarray]) -> Admissible | None:
    """The right integers changed, exactly; None where that cannot be said of this run."""
    if not _integers(run) or run.allowed is None:
        return None
    return Admissible(mapped(run.allowed, change).readings, None, run.allowed.free)


def rounded_integers(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Integers went through a floating-point dtype that does not hold them all."""
    if not any(array.dtype.kind in "iu" for array in runs[0].arrays.values()):
        return
    for dtype in ROUNDED:
        if _integers(runs[0]):
            sentence = f"{runs[0].name} is the right result rounded to {dtype} and converted back"
            yield of_elements(
                "integer through a float", sentence, partial(_moved, change=partial(_rounded, dtype=dtype))
            )
        sentence = f"the result is the one for integers rounded to {dtype}"
        yield of_call("integer through a float", sentence, edited_all(partial(_through, dtype=dtype)))


def _rounded(value: np.ndarray, dtype: str) -> np.ndarray:
    return value.astype(numpy_dtype(dtype)).astype(value.dtype)


def _through(array: np.ndarray, dtype: str) -> np.ndarray:
    """Integers rounded to a floating-point dtype; the ends of their range where it rounds beyond it."""
    if array.dtype.kind not in "iu":
        return array
    info = np.iinfo(array.dtype)
    wide = array.astype(numpy_dtype(dtype)).astype(np.longdouble)
    return np.clip(wide, info.min, info.max).astype(array.dtype)


def computed_in_floats(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Integers were computed in floating point, and what is beyond their range became one of its ends."""
    if not _integers(runs[0]):
        return
    name, own = runs[0].name, runs[0].focus.dtype
    for dtype in FLOATING:
        beyond = f"{name} is what a computation in {dtype} gives, converted to {own}"
        yield Explanation(
            "integer computed as a float",
            f"{beyond}, with the least {own} for results beyond its range",
            partial(_as_float, dtype=dtype, beyond=_indefinite),
        )
        yield Explanation(
            "integer saturated",
            f"{beyond}, with the nearest {own} for results beyond its range",
            partial(_as_float, dtype=dtype, beyond=_clipped),
        )


def _indefinite(value: np.ndarray, info: np.iinfo[Any]) -> np.ndarray:
    """What x86 converts numbers beyond the range to."""
    return np.where((value > info.max) | (value < info.min) | np.isnan(value), info.min, value)


def _clipped(value: np.ndarray, info: np.iinfo[Any]) -> np.ndarray:
    return np.asarray(np.clip(value, info.min, info.max))


def _as_float(run: Observation, dtype: str, beyond: Callable[[np.ndarray, np.iinfo[Any]], np.ndarray]) -> bool | None:
    """What a run says of having been computed in ``dtype``: the truncated result within the error that this dtype has."""
    if not _integers(run) or run.allowed is None:
        return None
    inputs = {
        name: replace(spec, dtype=dtype if run.arrays[name].dtype.kind in "iu" else spec.dtype)
        for name, spec in run.case.inputs.items()
    }
    arrays = {name: array.astype(numpy_dtype(inputs[name].dtype)) for name, array in run.arrays.items()}
    expected = run.expected_of(replace(run.case, inputs=inputs), arrays)
    predicted = admissible(expected[run.output], run.accuracy) if expected else None
    if predicted is None or predicted.readings[0].shape != run.got.shape or predicted.readings[0].dtype.kind == "c":
        return None
    info = np.iinfo(run.focus.dtype)
    value, bound = predicted.readings[0], predicted.bound
    slack = np.zeros(value.shape) if bound is None else bound
    slack = slack + np.abs(value) * FLOATS[dtype].roundoff
    low, high = (beyond(np.trunc(value + sign * slack), info) for sign in (-1, 1))
    least, most = np.minimum(low, high), np.maximum(low, high)
    sure = (
        (value + slack <= info.max) & (value - slack >= info.min)
        | (value - slack > info.max)
        | (value + slack < info.min)
    )
    if not sure.all():
        return None
    return run.judge_elements(Admissible(((least + most) / 2,), (most - least) / 2, run.allowed.free))
