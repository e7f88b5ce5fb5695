"""The windows of a finding as pictures: per dimension the canvas and each target's stretch of it, in pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.text import one_line

CELL, BAR, LABEL, ROWS = 18, 22, 190, 12
WIDTH = 560
LARGEST = 2**64
"""Largest coordinate that is drawn."""


@dataclass(frozen=True)
class Bar:
    """One label's window: cells ``lo`` to ``stop`` - 1, drawn from ``x`` on with ``width``; ``y`` is its row's top."""

    label: str
    lo: int
    out: int
    x: float
    width: float
    y: int

    @property
    def stop(self) -> int:
        """First cell after the window."""
        return self.lo + self.out


@dataclass(frozen=True)
class Dimension:
    """One spatial dimension: the canvas is the first bar; grid ``lines`` where cells are wide enough."""

    name: str
    length: int
    bars: tuple[Bar, ...]
    lines: tuple[float, ...]
    width: int
    height: int
    candidates: str
    hidden: int


def dimensions(detail: Mapping[str, Any]) -> tuple[Dimension, ...]:
    """Pictures of ``detail["windows"]``, label to [[lo, out], ...], on ``detail["canvas"]``; none of any other form."""
    windows, canvas = detail.get("windows"), detail.get("canvas")
    if not isinstance(windows, Mapping) or not isinstance(canvas, (list, tuple)):
        return ()
    candidates = detail.get("candidates")
    return tuple(
        _dimension(i, length, stretches, _candidates(candidates, i))
        for i, length in enumerate(canvas[:4])
        if _drawable(length) and (stretches := _stretches(windows, i))
    )


def _stretches(windows: Mapping[str, Any], index: int) -> list[tuple[str, int, int]]:
    found = []
    for label, pairs in windows.items():
        pair = pairs[index] if isinstance(pairs, (list, tuple)) and index < len(pairs) else None
        if isinstance(pair, (list, tuple)) and len(pair) == 2 and all(map(_drawable, pair)):
            found.append((one_line(str(label), 60), int(pair[0]), int(pair[1])))
    return found


def _drawable(value: Any) -> bool:
    return isinstance(value, int) and abs(value) <= LARGEST


def _dimension(index: int, length: int, stretches: list[tuple[str, int, int]], candidates: str) -> Dimension:
    shown = stretches[:ROWS]
    first = min(0, *(lo for _, lo, _ in shown))
    stop = max(length, *(lo + out for _, lo, out in shown), first + 1)
    cell = min(CELL, WIDTH / (stop - first))

    def bar(row: int, label: str, lo: int, out: int) -> Bar:
        return Bar(label, lo, out, round(LABEL + (lo - first) * cell, 2), round(max(out, 0) * cell, 2), row * BAR)

    bars = tuple(bar(row, *stretch) for row, stretch in enumerate([("canvas", 0, length), *shown]))
    lines = tuple(round(LABEL + i * cell, 2) for i in range(stop - first + 1)) if cell >= 6 else ()
    width, height = round(LABEL + (stop - first) * cell + 90), len(bars) * BAR + 4
    return Dimension(f"dimension {index}", length, bars, lines, width, height, candidates, len(stretches) - len(shown))


def _candidates(candidates: Any, index: int) -> str:
    """``22 to 28`` for the pair of a dimension."""
    pair = candidates[index] if isinstance(candidates, (list, tuple)) and index < len(candidates) else None
    if isinstance(pair, (list, tuple)) and len(pair) == 2:
        return one_line(f"{pair[0]} to {pair[1]}", 60)
    return ""
