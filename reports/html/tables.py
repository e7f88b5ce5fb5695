"""Words and classes of the matrix, the error / bound table and the bars."""

from __future__ import annotations

from collections.abc import Mapping

from harness.records import Status
from reports.matrix import Cell, State
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
    return _WORDS.get(Status(status), status.replace("_", " ")) if status in set(Status) else one_line(status, 40)
