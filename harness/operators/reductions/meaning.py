"""What a reduction or a scan means: axes become rows, a function of rows gives the result per convention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Mapping, Optional, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import kind_of
from harness.meaning import Expected, Meaning, Rule
from harness.operators.reductions.axes import Reduced, is_scalar_axis, moved, reduced
from harness.operators.reductions.sums import wide_of

Readings = Mapping[str, Tuple[Expected, ...]]
"""Per convention the outputs, an element or a row of elements per row."""

NO_AXIS, ALL_AXES = "() is no axis", "() is every axis"
"""What an empty tuple of axes means: the Python array API reduces none, torch reduces all."""


@dataclass(frozen=True)
class Reduction:
    """A function of rows.

    ``value`` takes the rows (floats in the reference dtype, others in their own) and the case, and gives outputs of the rows' leading
    shape, or with ``scan`` of the rows' shape. ``gradient`` takes rows, the cotangent (leading shape and 1, or the rows' shape) and
    the case, and gives the vector-Jacobian product as rows. ``empty`` is the rule for rows without elements. ``points`` and
    ``regimes`` are those of the values; gradients are asked for rows up to ``longest``.
    """

    value: Callable[[np.ndarray, Case], Readings]
    gradient: Optional[Callable[[np.ndarray, np.ndarray, Case], Readings]] = None
    empty: Rule = Rule.COMPUTE
    scan: bool = False
    dtypes: Tuple[str, ...] = ()
    points: Tuple[float, ...] = (0.0, 1.0)
    regimes: Tuple[str, ...] = ()
    gradient_regimes: Tuple[str, ...] = ("rounding", "near")
    parameters: Tuple[Tuple[str, Tuple[Any, ...]], ...] = ()
    longest: int = 2**20


def one(expected: Expected) -> Readings:
    """The readings of an operator with a single output and no convention."""
    return {"": (expected,)}


def reduction(row: Reduction) -> Callable[[Case, Mapping[str, np.ndarray]], Meaning]:
    """The meaning of a reduction of the input ``x`` along the parameter ``axis``."""

    def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
        shape, axis = case.inputs["x"].shape, case.parameters["axis"]
        if is_scalar_axis(shape, axis):
            return Meaning(Rule.EITHER, f"axis {axis}: an array without axes has none, though some frameworks allow it")
        if case.dtype not in row.dtypes:
            return Meaning(Rule.EITHER, f"dtype {case.dtype}: not one that the operator is defined for")
        keepdims = bool(case.parameters.get("keepdims", False))
        how = reduced(shape, axis, keepdims)
        if isinstance(how, str):
            return Meaning(Rule.REFUSE, how)
        ways = {"": how}
        if axis == () and shape:
            every = reduced(shape, None, keepdims)
            assert isinstance(every, Reduced)
            ways = {NO_AXIS: how, ALL_AXES: every}
        variants: Dict[str, Tuple[Expected, ...]] = {}
        with np.errstate(all="ignore"):
            for name, way in ways.items():
                for convention, outputs in _outputs(row, case, arrays, way).items():
                    variants[", ".join(part for part in (name, convention) if part)] = outputs
        return _ruled(row, how, variants)

    return meaning


def _ruled(row: Reduction, how: Reduced, variants: Dict[str, Tuple[Expected, ...]]) -> Meaning:
    """The meaning by the rule for empty rows; where no row exists at all, refusing is not wrong either."""
    if how.count or row.empty is Rule.COMPUTE or row.scan:
        return Meaning(Rule.COMPUTE, "", variants)
    reason = f"shape {how.shape}: there is nothing to reduce along the axes {how.axes}"
    if row.empty is Rule.REFUSE and 0 not in how.kept:
        return Meaning(Rule.REFUSE, reason)
    return Meaning(Rule.EITHER, reason, variants if row.empty is Rule.EITHER else {})


def _outputs(row: Reduction, case: Case, arrays: Mapping[str, np.ndarray], how: Reduced) -> Readings:
    """The outputs of a case for one way of reading its axes."""
    rows = how.rows(arrays["x"])
    if kind_of(case.dtype) == "float":
        rows = wide_of(rows, case.dtype)
    if case.quantity == GRADIENT:
        assert row.gradient is not None
        given = wide_of(arrays[COTANGENT], case.dtype)
        cotangent = how.rows(given) if row.scan else given.reshape(*how.kept, 1)
        return {
            name: tuple(moved(output, how.back, how.shape) for output in outputs)
            for name, outputs in row.gradient(rows, cotangent, case).items()
        }
    if row.scan:
        return {
            name: tuple(moved(output, how.back, how.shape) for output in outputs)
            for name, outputs in row.value(rows, case).items()
        }
    if not how.count and row.empty is Rule.REFUSE:
        return {}
    return {
        name: tuple(moved(output, lambda array: array.reshape(how.result), how.result) for output in outputs)
        for name, outputs in row.value(rows, case).items()
    }
