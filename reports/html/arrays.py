"""Arrays as small heat maps: expected, got and error, as table cells with a class for the colour."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reports.text import number

SLICES = 4
"""Two-dimensional slices shown of an array of higher rank."""
WIDE = 12
"""Columns above which cells carry no text, only colour and a tooltip."""
LEVELS = 5

Grid = list[list[Any]]


@dataclass(frozen=True)
class HeatCell:
    """``level`` is the CSS class; ``text`` the number, on the cell or in its tooltip."""

    level: str
    text: str


@dataclass(frozen=True)
class Heat:
    """One two-dimensional slice. ``label`` names its place in the array; ``wide`` moves the numbers into tooltips."""

    label: str
    rows: tuple[tuple[HeatCell, ...], ...]
    wide: bool


@dataclass(frozen=True)
class Pane:
    """One array under its title; ``note`` says what is not shown."""

    title: str
    slices: tuple[Heat, ...]
    note: str = ""


def panes(expected: Any, got: Any) -> tuple[Pane, ...]:
    """Expected, got and error of one output as nested lists; the error only where the shapes are equal.

    Colours of expected and got share one scale, the largest finite magnitude of both; the error has its own.
    """
    scale = _largest((*_leaves(expected), *_leaves(got)))
    shown = [_pane("expected", expected, scale, "v"), _pane("got", got, scale, "v")]
    if expected is not None and got is not None and shape_of(expected) == shape_of(got):
        error = _error(expected, got)
        shown.append(_pane("error", error, _largest(_leaves(error)), "e"))
    return tuple(pane for pane in shown if pane.slices)


def single(arrays: Iterable[tuple[str, Any]]) -> tuple[Pane, ...]:
    """Arrays by title, on one colour scale, without an error."""
    pairs = list(arrays)
    scale = _largest([leaf for _, array in pairs for leaf in _leaves(array)])
    shown = (_pane(title, array, scale, "v") for title, array in pairs)
    return tuple(pane for pane in shown if pane.slices)


def shape_of(array: Any) -> tuple[int, ...]:
    """Shape of a nested list, by its first elements."""
    shape: list[int] = []
    while isinstance(array, (list, tuple)):
        shape.append(len(array))
        if not array:
            break
        array = array[0]
    return tuple(shape)


def _pane(title: str, array: Any, scale: float, palette: str) -> Pane:
    grids = list(_grids(array, ()))
    alone = len(grids) == 1
    slices = tuple(
        Heat(
            "" if alone else label,
            tuple(tuple(_cell(value, scale, palette) for value in row) for row in grid),
            _columns(grid) > WIDE,
        )
        for label, grid in grids[:SLICES]
    )
    hidden = len(grids) - len(slices)
    return Pane(title, slices, f"{hidden} more slices not shown" if hidden else "")


def _grids(array: Any, index: tuple[int, ...]) -> Iterator[tuple[str, Grid]]:
    """The two-dimensional slices of an array that hold anything, with their leading index as text."""
    rank = len(shape_of(array))
    if rank > 2:
        for i, part in enumerate(array):
            yield from _grids(part, (*index, i))
        return
    grid: Grid = [[array]] if rank == 0 else [list(array)] if rank == 1 else [list(row) for row in array]
    if array is not None and _columns(grid):
        yield f"[{', '.join(map(str, index))}]" if index else "", grid


def _columns(grid: Grid) -> int:
    return max((len(row) for row in grid), default=0)


def _cell(value: Any, scale: float, palette: str) -> HeatCell:
    magnitude = _finite(value)
    text = number(value, 3 if palette == "e" else 6)
    if magnitude is None:
        return HeatCell("nf", text)
    if magnitude == 0 or scale == 0:
        return HeatCell("z", text)
    share = min(abs(magnitude) / scale, 1.0)  # first the quotient: a product with a large value may overflow
    level = min(LEVELS, 1 + int(LEVELS * share - 1e-9))
    return HeatCell(f"{'n' if magnitude < 0 and palette == 'v' else palette}{level}", text)


def _error(expected: Any, got: Any) -> Any:
    """got - expected, element by element; equal non-finite values differ by 0, others by ``nan``."""
    if isinstance(expected, (list, tuple)):
        return [_error(*pair) for pair in zip(expected, got, strict=False)]
    if expected == got:
        return 0.0
    a, b = _finite(expected), _finite(got)
    return "nan" if a is None or b is None else b - a


def _leaves(array: Any) -> Sequence[Any]:
    if isinstance(array, (list, tuple)):
        return [leaf for part in array for leaf in _leaves(part)]
    return [array]


def _largest(values: Sequence[Any]) -> float:
    return max((abs(value) for value in map(_finite, values) if value is not None), default=0.0)


def _finite(value: Any) -> float | None:
    """The value as a finite number; None for text ("nan", "inf") and anything else."""
    if isinstance(value, (int, float)) and abs(value) <= 1e308 and math.isfinite(value):
        return float(value)
    return None
