"""The trend as inline SVG: one column a run, what is new on top of what is still there, what is fixed below the line."""

from __future__ import annotations

from collections.abc import Sequence

from reports.text import one_line
from reports.trend import Point

HEIGHT, BELOW, WIDE, GAP, LEFT = 120, 40, 26, 8, 8
"""Pixels above and below the line, of a column, between columns, at the left."""
_ABOVE = ("still", "flaky", "new")


def chart(points: Sequence[Point]) -> str:
    """SVG of the runs, oldest first. Its numbers also stand in the table beside it, which is the text alternative."""
    tallest = max((sum(getattr(point, name) for name in _ABOVE) for point in points), default=0) or 1
    deepest = max((point.fixed for point in points), default=0)
    wide = 2 * LEFT + len(points) * (WIDE + GAP)
    columns = "".join(_column(point, i, tallest, deepest) for i, point in enumerate(points))
    line = 16 + HEIGHT
    below = BELOW if deepest else 0
    return (
        f'<svg class="trend" viewBox="0 0 {wide} {line + below + 18}" width="{wide}" height="{line + below + 18}" role="img" '
        f'aria-label="Findings of the last {len(points)} runs; the numbers are in the table">'
        f'{columns}<line x1="0" x2="{wide}" y1="{line}" y2="{line}"/></svg>'
    )


def _column(point: Point, place: int, tallest: int, deepest: int) -> str:
    x, top = LEFT + place * (WIDE + GAP), 16.0 + HEIGHT
    parts = []
    for name in _ABOVE:
        high = HEIGHT * getattr(point, name) / tallest
        top -= high
        parts.append(_bar(f"p-{name}", x, top, high))
    if point.new:
        parts.append(f'<text x="{x + WIDE / 2}" y="{top - 4:.1f}" class="p-count">{point.new:,}</text>')
    parts.append(_bar("p-fixed", x, 16 + HEIGHT, BELOW * point.fixed / (deepest or 1)))
    label, foot = one_line(point.started[5:10], 5), 16 + HEIGHT + (BELOW if deepest else 0)
    parts.append(f'<text x="{x + WIDE / 2}" y="{foot + 14}">{_text(label)}</text>')
    return f"<g>{''.join(parts)}</g>"


def _bar(name: str, x: float, y: float, high: float) -> str:
    return f'<rect class="{name}" x="{x}" y="{y:.1f}" width="{WIDE}" height="{max(high, 1.5):.1f}"/>' if high else ""


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
