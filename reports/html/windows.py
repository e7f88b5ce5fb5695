"""The windows of a finding as pictures: per dimension the canvas and each target's stretch of it, in pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.case import Case
from harness.operators.convolution.meaning import kernel_of, sizes_of
from harness.windows import canvas
from reports.text import one_line

CELL, BAR, LABEL, ROWS, TARGETS = 18, 22, 250, 12, 40
WIDTH = 560
LARGEST = 2**64
"""Largest coordinate that is drawn."""


@dataclass(frozen=True)
class Reading:
    """One convention of an ambiguity, as text."""

    name: str
    targets: tuple[str, ...]
    size: str
    candidates: str
    agree: str


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
    """Pictures of ``detail["windows"]``, label to [[lo, out], ...], on ``detail["canvas"]``; none of any other form.

    An ambiguity has the same facts in ``detail["notes"]``, by convention.
    """
    detail = {**detail, **_of_notes(detail)}
    windows, lengths = detail.get("windows"), detail.get("canvas")
    if not isinstance(windows, Mapping) or not isinstance(lengths, (list, tuple)):
        return ()
    candidates = detail.get("candidates")
    return tuple(
        _dimension(i, length, stretches, _candidates(candidates, i))
        for i, length in enumerate(lengths[:4])
        if _drawable(length) and (stretches := _stretches(windows, i))
    )


def asked(case: Case) -> dict[str, Any]:
    """Canvas and window of a transposed convolution that names its window; empty for any other case."""
    windows, stride, dilation = (_list(case.parameters.get(name)) for name in ("window", "stride", "dilation"))
    if not case.operator.startswith("conv_transpose") or not {"x", "w"} <= set(case.inputs) or not stride:
        return {}
    sizes, kernel = sizes_of(case), kernel_of(case)
    if not len(sizes) == len(kernel) == len(stride) == len(dilation) == len(windows):
        return {}
    if not all(map(_drawable, (*stride, *dilation))):
        return {}
    return {"canvas": tuple(map(canvas, sizes, kernel, stride, dilation)), "windows": {"asked for": tuple(windows)}}


def readings(detail: Mapping[str, Any]) -> tuple[Reading, ...]:
    """The conventions of an ambiguity: who follows each, what it gives, and the arguments that make others agree."""
    notes, following = detail.get("notes"), detail.get("conventions")
    if not isinstance(notes, Mapping) or not isinstance(following, Mapping):
        return ()
    found = []
    for name, note in list(notes.items())[:ROWS]:
        facts = note if isinstance(note, Mapping) else {}
        targets = [one_line(str(target), 80) for target, fits in following.items() if name in _list(fits)]
        sizes = [*_list(facts.get("sizes")), *(out for pair in _list(facts.get("window")) for out in _list(pair)[-1:])]
        found.append(
            Reading(
                one_line(str(name), 80),
                tuple(targets[:TARGETS]),
                " x ".join(one_line(str(size), 20) for size in sizes[:4]),
                ", ".join(filter(None, (_candidates(facts.get("candidates"), i) for i in range(4)))),
                one_line(str(facts.get("agree", "")), 600),
            )
        )
    return tuple(found)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _of_notes(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Canvas and windows as an ambiguity has them, one note per convention; labels name the frameworks that follow."""
    notes = detail.get("notes")
    if not isinstance(notes, Mapping):
        return {}
    drawn = {name: note for name, note in notes.items() if isinstance(note, Mapping) and note.get("window")}
    if not drawn:
        return {}
    frameworks = {
        reading.name: ", ".join(sorted({target.partition(":")[0] for target in reading.targets}))
        for reading in readings(detail)
    }
    windows = {f"{name}: {frameworks.get(name, '')}".rstrip(": "): note["window"] for name, note in drawn.items()}
    return {"windows": windows, "canvas": next(iter(drawn.values())).get("canvas")}


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
