"""Words and classes of the matrix, the error / bound table and the bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.records import Status
from reports.matrix import Cell, Row, State
from reports.text import one_line

SYMBOLS = {
    State.FINDING: "✕",
    State.KNOWN: "◆",
    State.OTHER_CONVENTION: "≈",
    State.AGREE: "✓",
    State.UNSUPPORTED: "–",
    State.NOT_RUN: "·",
}
"""A shape for every state, so that no reader depends on colour."""

_STATUSES = frozenset(status.value for status in Status)
_WORDS = {Status.AGREED_REFUSAL: "agreed to refuse", Status.OTHER_CONVENTION: "followed another convention"}


def cell_title(cell: Cell) -> str:
    """All counts of a cell, in words."""
    counts = [f"{count:,} {_word(status)}" for status, count in cell.counts.items() if count]
    head = f"{cell.findings} finding{'s' * (cell.findings != 1)}" if cell.findings else str(cell.state)
    composed = [f"{cell.composed:,} of {cell.composed + cell.native:,} calls composed"] if cell.composed else []
    return "; ".join([head, *counts, *composed])


def bucket(ratio: float | None) -> str:
    """Class of an error / bound: a tenth, a half, the whole, beyond."""
    if ratio is None:
        return "none"
    return "low" if ratio <= 0.1 else "mid" if ratio <= 0.5 else "high" if ratio <= 1 else "over"


FEW = 40
"""Rows up to which a table is shown whole."""
_QUIET = (State.AGREE, State.UNSUPPORTED, State.NOT_RUN)


def telling(rows: Sequence[Row], what: str) -> list[Row]:
    """The rows of a long table to show at once: in the matrix those that do not only agree, else those above half of the bound."""
    if len(rows) <= FEW:
        return list(rows)
    if what == "matrix":
        return [row for row in rows if any(cell.state not in _QUIET for cell in row.cells)]
    return [row for row in rows if any(cell.ratio is not None and cell.ratio > 0.5 for cell in row.cells)]


def quiet(rows: Sequence[Row], what: str) -> list[Row]:
    """The rows that ``telling`` leaves out."""
    shown = set(map(id, telling(rows, what)))
    return [row for row in rows if id(row) not in shown]


def never(coverage: Mapping[str, Mapping[str, int]]) -> dict[str, list[str]]:
    """The classes that were never drawn, by operator."""
    missed = {
        operator: [name for name, count in classes.items() if not count] for operator, classes in coverage.items()
    }
    return {operator: names for operator, names in missed.items() if names}


def shares(amounts: Mapping[str, float], width: int) -> list[tuple[str, float, float, float, float]]:
    """Name, amount, share of the total, and left edge and width (pixels) of each part of a stacked bar."""
    total = sum(amounts.values()) or 1.0
    parts, left = [], 0.0
    for name, amount in amounts.items():
        wide = width * amount / total
        parts.append((one_line(name, 40), amount, amount / total, round(left, 2), round(wide, 2)))
        left += wide
    return parts


def _word(status: str) -> str:
    return _WORDS.get(Status(status), status.replace("_", " ")) if status in _STATUSES else one_line(status, 40)
