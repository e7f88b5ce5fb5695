"""A heat map as inline SVG: one rectangle for every run of equal colour, a frame around every wrong element."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

CELL = 13
"""Side of an element in pixels."""


def drawing(rows: Sequence[Sequence[tuple[str, bool]]], words: str) -> str:
    """SVG of rows of (class of the colour, whether the element is wrong); ``words`` are its text alternative."""
    wide, high = CELL * max(map(len, rows)), CELL * len(rows)
    return (
        f'<svg class="map" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img" '
        f'aria-label="{escape(words)}">{"".join(_row(row, CELL * i) for i, row in enumerate(rows))}</svg>'
    )


def _row(row: Sequence[tuple[str, bool]], top: int) -> str:
    parts, left = [], 0
    for (level, wrong), cells in groupby(row):
        count = len(list(cells))
        parts.append(f'<rect class="{level}" x="{left}" y="{top}" width="{CELL * count}" height="{CELL}"/>')
        frames = range(left, left + CELL * count, CELL) if wrong else ()
        parts += [f'<rect class="w" x="{x + 1}" y="{top + 1}" width="{CELL - 2}" height="{CELL - 2}"/>' for x in frames]
        left += CELL * count
    return "".join(parts)
