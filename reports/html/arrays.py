"""Arrays as small heat maps, expected, got and error side by side: numbers in coloured cells, or a drawing where they are too many."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reports.html.drawing import drawing
from reports.html.fault import NONE, Fault, finite, magnitude
from reports.text import number

SLICES = 4
"""Two-dimensional slices shown of an array of higher rank."""
WIDE = 12
"""Columns above which a slice is drawn, with its numbers below it. A vector is broken into lines of as many."""
LEVELS = 5

Grid = list[list[Any]]
Index = tuple[int, ...]


@dataclass(frozen=True)
class HeatCell:
    """``level`` is the CSS class of the colour, ``text`` the number; ``wrong`` marks the cell."""

    level: str
    text: str
    wrong: bool = False


@dataclass(frozen=True)
class Heat:
    """One two-dimensional slice. ``label`` names its place in the array; ``drawn`` is SVG, where the cells hold no text."""

    label: str
    rows: tuple[tuple[HeatCell, ...], ...]
    columns: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    drawn: str = ""

    @property
    def numbers(self) -> str:
        """The numbers as lines of text; wrong ones in asterisks."""
        return "\n".join("  ".join(f"*{cell.text}*" if cell.wrong else cell.text for cell in row) for row in self.rows)


@dataclass(frozen=True)
class Pane:
    """One array under its title. ``note`` says what is not shown; ``legend`` is the largest magnitude of each level in use."""

    title: str
    slices: tuple[Heat, ...]
    note: str = ""
    legend: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Look:
    """How an array is coloured (``palette`` v: values of both signs, e: errors) and which elements are marked."""

    title: str
    scale: float
    palette: str
    wrong: frozenset[Index] = frozenset()
    first: Index = ()


def panes(expected: Any, got: Any, fault: Fault = NONE) -> tuple[Pane, ...]:
    """Expected, got and error of one output as nested lists; the error only where the shapes are equal and one result alone is right.

    Colours of expected and got share one scale, the largest finite magnitude of both; the error has its own.
    """
    scale = _largest((*_leaves(expected), *_leaves(got)))
    wrong = frozenset(fault.marked)
    shown = [
        _pane(expected, _Look("expected", scale, "v", frozenset(), fault.index)),
        _pane(got, _Look("got", scale, "v", wrong, fault.index)),
    ]
    comparable = fault.unique and expected is not None and got is not None
    if comparable and shape_of(expected) == shape_of(got):
        error = _error(expected, got)
        shown.append(_pane(error, _Look("error", _largest(_leaves(error)), "e", wrong, fault.index)))
    return tuple(pane for pane in shown if pane.slices)


def single(arrays: Iterable[tuple[str, Any]]) -> tuple[Pane, ...]:
    """Arrays by title, on one colour scale, without an error."""
    pairs = list(arrays)
    scale = _largest([leaf for _, array in pairs for leaf in _leaves(array)])
    shown = (_pane(array, _Look(title, scale, "v")) for title, array in pairs)
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


def _pane(array: Any, look: _Look) -> Pane:
    grids = list(_grids(array, ()))
    home = look.first[: max(len(shape_of(array)) - 2, 0)]
    chosen = sorted(grids, key=lambda pair: pair[0] != home)[
        :SLICES
    ]  # the slice of the worst element is never left out
    slices = tuple(_heat(index, grid, look, len(shape_of(array))) for index, grid in sorted(chosen, key=grids.index))
    if len(grids) == 1:
        slices = tuple(Heat("", heat.rows, heat.columns, heat.names, heat.drawn) for heat in slices)
    hidden = len(grids) - len(slices)
    return Pane(look.title, slices, f"{hidden} more slices not shown" if hidden else "", _legend(slices, look))


def _grids(array: Any, index: Index) -> Iterator[tuple[Index, Grid]]:
    """The two-dimensional slices of an array that hold anything, with their leading index."""
    rank = len(shape_of(array))
    if rank > 2:
        for i, part in enumerate(array):
            yield from _grids(part, (*index, i))
        return
    grid: Grid = [[array]] if rank == 0 else [list(array)] if rank == 1 else [list(row) for row in array]
    if array is not None and any(grid):
        yield index, grid


def _heat(index: Index, grid: Grid, look: _Look, rank: int) -> Heat:
    """One slice: its cells, and the indices of its columns and rows."""
    label = f"[{', '.join(map(str, index))}]" if index else ""
    skipped = 2 - min(rank, 2)  # a vector has no row index, a scalar none at all
    rows = [
        [_cell(value, look, (*index, *(i, j)[skipped:]) in look.wrong) for j, value in enumerate(row)]
        for i, row in enumerate(grid)
    ]
    if rank == 0:
        return Heat(label, (tuple(rows[0]),))
    wide = max(map(len, rows))
    if rank == 1:
        lines = [rows[0][start : start + WIDE] for start in range(0, wide, WIDE)]
        names = tuple(str(start) for start in range(0, wide, WIDE)) if len(lines) > 1 else ()
        return Heat(label, tuple(map(tuple, lines)), tuple(map(str, range(min(wide, WIDE)))), names)
    named = tuple(map(str, range(len(rows))))
    if wide <= WIDE:
        return Heat(label, tuple(map(tuple, rows)), tuple(map(str, range(wide))), named)
    levels = [[(cell.level, cell.wrong) for cell in row] for row in rows]
    return Heat(label, tuple(map(tuple, rows)), drawn=drawing(levels, _summary(grid, look)))


def _summary(grid: Grid, look: _Look) -> str:
    """A drawn slice in words."""
    values = [value for value in map(finite, _leaves(grid)) if value is not None]
    extent = f" from {number(min(values))} to {number(max(values))}" if values else ""
    return f"{look.title}: {len(grid)} x {max(map(len, grid))} numbers{extent}; listed below"


def _cell(value: Any, look: _Look, wrong: bool) -> HeatCell:
    size = magnitude(value)
    text = number(value, 3 if look.palette == "e" else 6)
    if size is None:
        return HeatCell("nf", text, wrong)
    if size == 0 or look.scale == 0:
        return HeatCell("z", text, wrong)
    share = min(size / look.scale, 1.0)  # first the quotient: a product with a large value may overflow
    level = min(LEVELS, 1 + int(LEVELS * share - 1e-9))
    below = look.palette == "v" and (finite(value) or 0) < 0
    return HeatCell(f"{'n' if below else look.palette}{level}", text, wrong)


def _legend(slices: Iterable[Heat], look: _Look) -> tuple[tuple[str, str], ...]:
    """Each level in use, from the most negative to the largest, with the numbers that have its colour."""
    used = {cell.level for heat in slices for row in heat.rows for cell in row}
    order = [*(f"n{i}" for i in range(LEVELS, 0, -1)), "z", *(f"{look.palette}{i}" for i in range(1, LEVELS + 1)), "nf"]
    return tuple((level, _range(level, look.scale)) for level in order if level in used)


def _range(level: str, scale: float) -> str:
    if level == "z":
        return "0"
    if level == "nf":
        return "not finite"
    top = number(float(f"{scale * (int(level[1]) / LEVELS):.3g}"), 3)
    return f"to -{top}" if level[0] == "n" else f"to {top}"


def _error(expected: Any, got: Any) -> Any:
    """got - expected, element by element; of complex numbers its size; equal non-finite values differ by 0, others by ``nan``."""
    if isinstance(expected, (list, tuple)):
        return [_error(*pair) for pair in zip(expected, got, strict=False)]
    if expected == got:
        return 0.0
    a, b = finite(expected), finite(got)
    if a is not None and b is not None:
        return b - a
    distance = Fault.distance(expected, got)
    return distance if math.isfinite(distance) else "nan"


def _leaves(array: Any) -> Sequence[Any]:
    if isinstance(array, (list, tuple)):
        return [leaf for part in array for leaf in _leaves(part)]
    return [array]


def _largest(values: Sequence[Any]) -> float:
    return max((size for size in map(magnitude, values) if size is not None), default=0.0)
