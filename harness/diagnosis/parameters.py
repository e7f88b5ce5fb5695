"""Explanations by another parameter: an ignored dilation, sides of the padding exchanged, a window further on, the other mode."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from harness.case import Case
from harness.diagnosis.explanation import Arrays, Explanation, of_call
from harness.diagnosis.observation import Observation
from harness.diagnosis.vocabulary import vocabulary

Step = tuple[str, Callable[[Any], Any]]
"""How a parameter may be read otherwise: in words, with {name} for its name, and as a function of its value."""


def other_parameters(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """The result is that of the same call with one parameter read otherwise."""
    shown = runs[0]
    words = vocabulary(shown.op.key)
    for name, value in shown.case.parameters.items():
        for text, read in _steps(value, words.get(name, ())):
            changed = _read(read, value)
            if changed is None or changed == (value,):
                continue
            said = text.format(name=name, value=changed[0], own=value)
            yield of_call(f"parameter {name}", f"the result is the one {said}", _with(name, read))


def _with(name: str, read: Callable[[Any], Any]) -> Callable[[Case, Arrays], tuple[Case, Arrays] | None]:
    """The call with that parameter read otherwise, where that makes a difference."""

    def change(case: Case, arrays: Arrays) -> tuple[Case, Arrays] | None:
        value = case.parameters.get(name)
        changed = _read(read, value)
        return None if changed is None or changed == (value,) else (case.with_parameters(**{name: changed[0]}), arrays)

    return change


def _read(read: Callable[[Any], Any], value: Any) -> tuple[Any] | None:
    """The value read otherwise, in a tuple; None where it cannot be."""
    try:
        return (read(value),)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return None


def _constant(value: Any) -> Step:
    return "for {name} = {value!r} in place of {own!r}", lambda own: value


def _steps(value: Any, words: Iterable[Any]) -> Iterator[Step]:
    """How a value may be read otherwise, by its type."""
    if isinstance(value, bool):
        yield "for {name} = {value}", lambda own: not own
    elif isinstance(value, (int, float)):
        yield from INTEGERS if isinstance(value, int) else REALS
        yield from (_constant(other) for other in words if not isinstance(other, str) and other not in (value, 0, 1))
    elif isinstance(value, tuple) and value and all(isinstance(item, int) for item in value):
        yield from TUPLES
    elif isinstance(value, tuple) and value and all(isinstance(item, tuple) for item in value):
        yield from PAIRS
        yield from COLUMNS if len(value[0]) > 2 else ()
    elif value is None or isinstance(value, str):
        yield from (_constant(other) for other in words if other != value)


INTEGERS: tuple[Step, ...] = (
    _constant(0),
    _constant(1),
    ("for -{name}, {value}", lambda n: -n),
    ("for {name} - 1, {value}", lambda n: n - 1),
    ("for {name} + 1, {value}", lambda n: n + 1),
    ("for 2 * {name}, {value}", lambda n: 2 * n),
)
"""How an integer may be read otherwise."""

REALS: tuple[Step, ...] = (
    _constant(0.0),
    _constant(1.0),
    ("for -{name}, {value}", lambda n: -n),
    ("for 2 * {name}, {value}", lambda n: 2 * n),
    ("for 1 - {name}, {value:.9g}", lambda n: 1 - n),
    ("for 1 / {name}, {value:.9g}", lambda n: 1 / n),
)
"""How a real number may be read otherwise."""

TUPLES: tuple[Step, ...] = (
    ("with {name} ignored, as if it were {value}", lambda row: (1,) * len(row)),
    ("for {name} = {value!r} in place of {own!r}", lambda row: (0,) * len(row)),
    ("with the axes of {name} exchanged, {value}", lambda row: row[::-1]),
    ("for -{name}, {value}", lambda row: tuple(-n for n in row)),
    ("for the inverse permutation {value}", lambda row: _inverse(row)),
    ("for {name} - 1, {value}", lambda row: tuple(n - 1 for n in row)),
    ("for {name} + 1, {value}", lambda row: tuple(n + 1 for n in row)),
)
"""How a row of integers may be read otherwise."""

PAIRS: tuple[Step, ...] = (
    ("with the two sides of {name} exchanged, {value}", lambda rows: tuple(row[::-1] for row in rows)),
    ("with the axes of {name} exchanged, {value}", lambda rows: rows[::-1]),
    ("with {name} ignored, as if it were {value}", lambda rows: tuple((0,) * len(row) for row in rows)),
    ("for {name} beginning one further on, {value}", lambda rows: _moved(rows, 1, 0)),
    ("for {name} beginning one earlier, {value}", lambda rows: _moved(rows, -1, 0)),
    ("for {name} shifted by one to the front, {value}", lambda rows: _moved(rows, 1, -1)),
    ("for {name} shifted by one to the back, {value}", lambda rows: _moved(rows, -1, 1)),
    ("for {name} ending one earlier, {value}", lambda rows: _moved(rows, 0, -1)),
    ("for {name} ending one further on, {value}", lambda rows: _moved(rows, 0, 1)),
)
"""How rows of integers, such as pairs of padding or windows (first cell, length), may be read otherwise."""


def _emptied(rows: Sequence[Sequence[Any]], column: int) -> tuple[tuple[Any, ...], ...]:
    return tuple((*row[:column], None, *row[column + 1 :]) for row in rows)


COLUMNS: tuple[Step, ...] = tuple(
    (
        f"without entry {column} of each of {{name}}, {{value}}",
        partial(_emptied, column=column),
    )
    for column in range(3)
)
"""How rows of three, such as slices, may be read otherwise."""


def _inverse(row: tuple[int, ...]) -> tuple[int, ...]:
    """The inverse of a permutation of axes. Raises ValueError where it is none."""
    axes = [axis % len(row) for axis in row]
    return tuple(axes.index(axis) for axis in range(len(row)))


def _moved(rows: Sequence[Sequence[int]], first: int, second: int) -> tuple[tuple[int, ...], ...]:
    return tuple((row[0] + first, row[1] + second, *row[2:]) for row in rows)
