"""Statements about where in a result it is wrong: the tail of a row, one lane of a vector, its first or last element."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from harness.diagnosis.explanation import Explanation
from harness.diagnosis.inputs import LANES
from harness.diagnosis.observation import Observation

SURE = 0.75
"""Share of a lane's elements that must be wrong: one element says nothing of a lane."""

Mask = Callable[[Observation], np.ndarray | None]


def only(name: str, sentence: str, mask: Mask, *, least: float = 0.5) -> Explanation:
    """All wrong elements are among those of ``mask``, of which a share of ``least`` at least are wrong."""

    def holds(run: Observation) -> bool | None:
        if run.allowed is None:
            return None
        wrong, inside = run.wrong, mask(run)
        if inside is None or inside.all() or not (wrong.any() or inside.any()):
            return None  # it names every element, or none where none is wrong
        if not wrong.any():
            return False if least == 1 else None
        share = wrong[inside].sum() >= least * inside.sum()
        return bool(inside.any() and share and not wrong[~inside].any())

    return Explanation(name, sentence, holds)


def _along(run: Observation, axis: int | None, chosen: Callable[[int], np.ndarray | None]) -> np.ndarray | None:
    """Mask of the elements whose index along an axis (None: of all elements in a row) is chosen."""
    shape = run.focus.shape
    if axis is None:
        row = chosen(int(np.prod(shape)))
        return None if row is None else row.reshape(shape)
    if len(shape) < -axis:
        return None
    row = chosen(shape[axis])
    return None if row is None else np.broadcast_to(np.expand_dims(row, tuple(range(1, -axis))), shape)


def tails(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Only what remains of a row, or of all elements, behind whole vectors is wrong, and all of it."""
    shown = runs[0]
    for axis, length in _rows(shown):
        for lanes in LANES:
            if length > lanes and length % lanes:
                whole = length - length % lanes
                sentence = (
                    f"wrong elements are only among {_last(length - whole)} of {length} {_of(axis)}, the tail after {whole}, "
                    f"a multiple of {lanes} lanes"
                )
                yield only("tail", sentence, partial(_along, axis=axis, chosen=partial(_tail, lanes=lanes)))


def _rows(run: Observation) -> list[tuple[int | None, int]]:
    """Rows in which vectors may lie: the last axis, and all elements of an array of more axes."""
    shape = run.focus.shape
    rows: list[tuple[int | None, int]] = [(-1, shape[-1])] if shape else []
    return rows + ([(None, int(np.prod(shape)))] if len(shape) > 1 and np.prod(shape[:-1]) > 1 else [])


def _last(count: int) -> str:
    return "the last" if count == 1 else f"the last {count}"


def _of(axis: int | None) -> str:
    return "in memory order" if axis is None else f"along axis {axis}"


def _tail(length: int, lanes: int) -> np.ndarray | None:
    if length <= lanes:
        return None
    return np.arange(length) >= length - length % lanes


def lanes(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Only one lane of every vector is wrong: elements whose index has one remainder."""
    shown = runs[0]
    if shown.allowed is None or not shown.wrong.any():
        return
    for axis, length in _rows(shown):
        flat = shown.wrong.reshape(-1) if axis is None else shown.wrong.any(axis=tuple(range(shown.wrong.ndim - 1)))
        first = int(np.argmax(flat))
        for width in reversed(LANES):
            if length > width + first % width:
                remainder = first % width
                sentence = f"wrong elements are only those whose index {_of(axis)} is {remainder} modulo {width}, one lane of {width}"
                yield only(
                    "one lane",
                    sentence,
                    partial(_along, axis=axis, chosen=partial(_lane, width=width, remainder=remainder)),
                    least=SURE,
                )


def _end(length: int, place: int) -> np.ndarray | None:
    return np.arange(length) == place % length if length > 2 else None


def _lane(length: int, width: int, remainder: int) -> np.ndarray | None:
    return np.arange(length) % width == remainder if length > width + remainder else None


def ends(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Only the first or the last element along an axis is wrong."""
    shape = runs[0].focus.shape
    for axis in range(-1, -len(shape) - 1, -1):
        if shape[axis] > 2:
            for words, place in (("last", -1), ("first", 0)):
                sentence = f"wrong elements are only those that stand {words} of {shape[axis]} along axis {axis}"
                yield only(
                    f"{words} element",
                    sentence,
                    partial(_along, axis=axis, chosen=partial(_end, place=place)),
                )
