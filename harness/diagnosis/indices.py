"""Explanations by indices: one that is out of bounds is read by another rule than a documented one.

Outcomes that follow a convention of the operator, though not the documented one, are said to do so where they are judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from harness.case import Case
from harness.diagnosis.explanation import Arrays, Change, Explanation, of_call
from harness.diagnosis.inputs import edited
from harness.diagnosis.observation import Observation

NAME = "indices"
"""The input that operators of indexing call so."""

Length = Callable[[Case], "int | np.ndarray | None"]

RULES: Mapping[str, Callable[[np.ndarray, int | np.ndarray], np.ndarray]] = {
    "clamped into the axis": lambda given, length: np.clip(given, 0, length - 1),
    "clamped into the axis, negative ones counted from its end": (
        lambda given, length: np.clip(np.where(given < 0, given + length, given), 0, length - 1)
    ),
    "taken modulo the axis": lambda given, length: given % length,
    "taken for 0": lambda given, length: np.where((given < 0) | (given >= length), 0, given),
    "taken for the last of the axis": lambda given, length: np.where(
        (given < 0) | (given >= length), length - 1, given
    ),
}
"""What an index out of bounds may be read as: an index of the axis."""


def _along_its_axis(case: Case) -> int | None:
    shape, axis = case.inputs["x"].shape, case.parameters.get("axis", 0)
    return shape[axis] if type(axis) is int and -len(shape) <= axis < len(shape) else None


def _counted(case: Case) -> int | None:
    count = case.parameters.get("count")
    return count if type(count) is int else None


def _coordinates(case: Case) -> np.ndarray | None:
    """Lengths of the first axes, one for each coordinate in the last axis of the indices."""
    shape, given = case.inputs["x"].shape, case.inputs[NAME].shape
    return np.array(shape[: given[-1]], np.int64) if given and 0 < given[-1] <= len(shape) else None


LENGTHS: tuple[Length, ...] = (_counted, _along_its_axis, lambda case: case.inputs["x"].size, _coordinates)
"""What indices may count: segments, entries of an axis or of the first one, elements, coordinates."""


def out_of_bounds(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Indices out of bounds are clamped, wrapped round, or taken for the first or the last."""
    case = runs[0].case
    if not {"x", NAME} <= case.inputs.keys() or runs[0].arrays[NAME].dtype.kind not in "iu":
        return
    for words, read in RULES.items():
        for length in LENGTHS:
            sentence = f"the result is the one for {NAME} out of bounds {words}"
            yield of_call("indices out of bounds", sentence, partial(_read, read=read, length=length))


def _read(
    case: Case, arrays: Arrays, read: Callable[[np.ndarray, int | np.ndarray], np.ndarray], length: Length
) -> tuple[Case, Arrays] | None:
    """The call with indices read otherwise; None where all lie inside, or the axis is empty."""
    found = length(case) if {"x", NAME} <= arrays.keys() else None
    if found is None or not np.all(np.asarray(found) > 0):
        return None
    change: Change = edited(NAME, lambda given: read(given.astype(np.int64), found))
    return change(case, arrays)
