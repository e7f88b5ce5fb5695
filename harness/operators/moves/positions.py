"""Operators that move elements: every element of the result is an element of an input, or a constant.

One description serves the value and the gradient: an array of positions, which says for every element of the result where it comes from. A
row computes it by applying the operator's definition to arrays of positions in the place of the inputs. The value is a copy; the
vector-Jacobian product adds every element of the cotangent to the place that its result came from.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS, kind_of, reference_dtype
from harness.meaning import Accuracy, Expected, Meaning, Property, Rule
from harness.operators.moves.sums import scattered_sum

ZERO, MISSING, GIVEN = -1, -2, -3
"""In the place of a position: zero; what JAX fills with (NaN, the least signed or the largest unsigned integer, True); the parameter
``value``."""

REFUSES = "refuse"
"""Name of the convention that refuses."""

Sources = Union[np.ndarray, List[np.ndarray]]
"""Positions of the elements of a result, or of several."""

Plan = Callable[..., Union[Sources, Mapping[str, Sources]]]
"""A row's definition: moved inputs as arrays of positions, other inputs as their values, and parameters, all by keyword. Several
conventions are a mapping. Raises Refused or Undefined."""


class Refused(Exception):
    """The call must be refused; the message is the reason."""


class Undefined(Exception):
    """The call may be refused or follow any of the readings; the first argument is the reason, the second the readings, if any."""


def the_inputs(case: Case, moved: Sequence[str], arrays: Mapping[str, np.ndarray]) -> Dict[str, np.ndarray]:
    """Arguments of a plan: positions in the moved inputs, flat and one after another, and the values of the others."""
    given, start = dict(arrays), 0
    for name in moved:
        if name in arrays:
            given[name] = np.arange(start, start + arrays[name].size).reshape(arrays[name].shape)
            start += arrays[name].size
    return given


def parameters_of(case: Case) -> Dict[str, Any]:
    """The parameters that are the operator's own: not what describes how the structure was drawn."""
    return {
        name: value for name, value in case.parameters.items() if name not in ("hostile", "spelling", "indices_are")
    }


def readings_of(
    plan: Plan, moved: Sequence[str], case: Case, arrays: Mapping[str, np.ndarray]
) -> Tuple[Rule, str, Dict[str, List[np.ndarray]]]:
    """Rule, reason, and positions per convention."""
    inputs = {name: array for name, array in the_inputs(case, moved, arrays).items() if name != COTANGENT}
    rule, reason = Rule.COMPUTE, ""
    try:
        found: Any = plan(**inputs, **parameters_of(case))
    except Refused as refused:
        return Rule.REFUSE, str(refused), {}
    except Undefined as undefined:
        rule, reason = Rule.EITHER, str(undefined.args[0])
        found = undefined.args[1] if len(undefined.args) > 1 else {}
    readings = found if isinstance(found, dict) else {"": found}
    return rule, reason, {name: one if isinstance(one, list) else [one] for name, one in readings.items()}


def result_of(
    plan: Plan, moved: Sequence[str], several: bool = False
) -> Callable[[Case, Mapping[str, np.ndarray]], Optional[Tuple[int, ...]]]:
    """The shape of what a gradient is of, None where the case must or may be refused, or has no result.

    With ``several`` it is that of all elements of all results in one axis.
    """

    def shape(case: Case, arrays: Mapping[str, np.ndarray]) -> Optional[Tuple[int, ...]]:
        rule, _, readings = readings_of(plan, moved, case, arrays)
        first = next(iter(readings.values()), [])
        if rule is not Rule.COMPUTE or not first or (len(first) > 1 and not several):
            return None
        return tuple(end_to_end(first).shape if several else first[0].shape)

    return shape


def end_to_end(results: Sequence[np.ndarray]) -> np.ndarray:
    """All elements of several results in one axis, the last axis of each running fastest."""
    return np.concatenate([np.asarray(result).reshape(-1) for result in results])


def moving(
    plan: Plan, moved: Sequence[str], flushes: bool = False, several: bool = False
) -> Callable[[Case, Mapping[str, np.ndarray]], Meaning]:
    """The meaning of the operator that moves elements of the inputs ``moved`` as ``plan`` says.

    ``flushes``: some framework copies by arithmetic, so that subnormal elements become zero where its kernels flush them. ``several``:
    the gradient is that of all results end to end.
    """

    def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
        dtypes = {case.inputs[name].dtype for name in moved if name in case.inputs}
        if len(dtypes) > 1:
            return Meaning(Rule.EITHER, "inputs of different dtypes")
        rule, reason, readings = readings_of(plan, moved, case, arrays)
        variants = {}
        for convention, positions in readings.items():
            if case.quantity == GRADIENT:
                place = end_to_end(positions) if several else positions[0]
                variants[convention] = adjoints(case, moved, arrays, place)
            else:
                variants[convention] = copies(case, moved, arrays, positions, flushes)
        if readings and rule is Rule.EITHER:
            variants[REFUSES] = refusals(next(iter(variants.values())), reason)
        return Meaning(rule, reason, variants)

    return meaning


def refusals(like: Sequence[Expected], reason: str) -> Tuple[Expected, ...]:
    """What no result fulfils: the convention of those that document to refuse."""
    never = Property(f"refused: {reason}", lambda outputs: np.array([np.inf]))
    return tuple(Expected(e.shape, e.dtype, e.values, name=e.name, property=never) for e in like)


def wide(array: np.ndarray, dtype: str) -> np.ndarray:
    """The array in a dtype that holds all of its numbers: of floats and complex numbers the reference's, else longdouble."""
    kind = kind_of(dtype)
    if kind == "float":
        return array.astype(reference_dtype(dtype))
    if kind == "complex":
        return array.astype(np.complex128)
    return array.astype(np.longdouble)


def exactly(
    value: np.ndarray,
    dtype: str,
    name: str = "y",
    others: Tuple[np.ndarray, ...] = (),
    signed: bool = True,
    flushes: bool = False,
) -> Expected:
    """The expected output that is ``value`` bit by bit, NaNs aside; ``others`` are further readings of elements.

    ``flushes``: subnormal elements may be zero on targets that flush them.
    """
    value = np.asarray(value)
    zero = np.zeros(value.shape)
    tiny = FLOATS[dtype].smallest_normal if dtype in FLOATS and flushes else 0.0

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        return np.where(np.abs(value) < tiny, tiny, zero) if accuracy.flushes(dtype) else zero

    signed = signed and kind_of(dtype) == "float" and not others
    return Expected(value.shape, dtype, (value, *others), bound, name=name, signed=signed)


def fill_of(position: int, case: Case) -> Any:
    """The constant in the place of a position below zero."""
    if position == GIVEN:
        return case.parameters["value"]
    kind = kind_of(case.dtype)
    if position == ZERO or kind == "bool":
        return position == MISSING
    if kind != "integer":
        return np.nan
    info = np.iinfo(case.dtype)
    return info.min if info.min < 0 else info.max


def copies(
    case: Case,
    moved: Sequence[str],
    arrays: Mapping[str, np.ndarray],
    positions: Sequence[np.ndarray],
    flushes: bool = False,
) -> Tuple[Expected, ...]:
    """The values: copies of elements, and constants."""
    flat = np.concatenate([wide(arrays[name], case.dtype).reshape(-1) for name in moved if name in arrays])
    outputs = []
    for place in positions:
        place = np.asarray(place)
        value = np.zeros(place.shape, flat.dtype)
        inside = place >= 0
        value[inside] = flat[place[inside]]
        for constant in (MISSING, GIVEN):
            if (place == constant).any():
                value[place == constant] = fill_of(constant, case)
        outputs.append(exactly(value, case.dtype, flushes=flushes))
    return tuple(outputs)


def adjoints(
    case: Case, moved: Sequence[str], arrays: Mapping[str, np.ndarray], positions: np.ndarray
) -> Tuple[Expected, ...]:
    """The vector-Jacobian products: every element of the cotangent is added where its result came from."""
    names = [name for name in moved if name in arrays]
    total = sum(arrays[name].size for name in names)
    cotangent = wide(arrays[COTANGENT], case.dtype).reshape(-1)
    place = np.asarray(positions).reshape(-1)
    kept = place >= 0
    outputs, start = [], 0
    zero = np.zeros(total, cotangent.dtype)
    whole = scattered_sum(place[kept], cotangent[kept], zero, case.dtype, False)
    for name in names:
        stop = start + arrays[name].size
        outputs.append(whole.output(slice(start, stop), arrays[name].shape, name))
        start = stop
    return tuple(outputs)
