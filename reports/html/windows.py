"""The windows of a finding: its case and detail as the facts of the window picture, and its conventions as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.case import VALUE, Case
from harness.operators.convolution.meaning import batched, kernel_of, sizes_of
from harness.values import arrays_of
from harness.windows import Window
from reports.picture import Axis, Numbers, Picture, View
from reports.text import one_line

ROWS, TARGETS = 12, 40
LARGEST = 2**64
"""Largest coordinate that is drawn."""
MOST_ELEMENTS, MOST_NUMBERS = 20_000, 600
"""Arrays above the first are not generated again for a report; above the second their numbers stay out of the page."""


@dataclass(frozen=True)
class Reading:
    """One convention of an ambiguity, as text."""

    name: str
    targets: tuple[str, ...]
    size: str
    candidates: str
    agree: str


def picture(case: Case, detail: Mapping[str, Any]) -> Picture | None:
    """The window picture of a finding; None where it has no windows.

    ``detail["windows"]`` maps labels to [[lo, out], ...] on the lengths of ``detail["canvas"]``; an ambiguity has the same
    facts in ``detail["notes"]``, by convention. What a transposed convolution was asked for is in its case.
    """
    own = _axes(case)
    facts = {**_asked(case, own), **detail, **_of_notes(detail)}
    windows, lengths = facts.get("windows"), facts.get("canvas")
    if not isinstance(windows, Mapping) or not isinstance(lengths, (list, tuple)) or not all(map(_length, lengths)):
        return None
    rank = len(lengths)
    views = _views(windows, rank)[:ROWS]
    if not views or not 1 <= rank <= 3:
        return None
    if [axis.length for axis in own] != list(lengths):  # the windows lie on another canvas than the case's own
        own = tuple(Axis(f"dimension {i}", length) for i, length in enumerate(lengths))
    index = _index(case, detail, rank)
    numbers = _numbers(case, *index[:2]) if all(axis.known for axis in own) else None
    return Picture(
        own,
        tuple(views),
        at=_first(own, views[0], index[2]) if all(axis.known for axis in own) else None,
        bias="b" in case.inputs,
        numbers=numbers,
    )


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


def _views(windows: Mapping[str, Any], rank: int) -> list[View]:
    """The labels that have a window in every dimension."""
    found = []
    for label, pairs in windows.items():
        if not isinstance(pairs, (list, tuple)) or len(pairs) != rank:
            continue
        if all(isinstance(pair, (list, tuple)) and len(pair) == 2 and all(map(_drawable, pair)) for pair in pairs):
            found.append(View(one_line(str(label), 60), tuple(Window(int(lo), max(int(out), 0)) for lo, out in pairs)))
    return found


def _axes(case: Case) -> tuple[Axis, ...]:
    """The dimensions of a transposed convolution, from its case; none of any other case."""
    stride, dilation = (_list(case.parameters.get(name)) for name in ("stride", "dilation"))
    if not case.operator.startswith("conv_transpose") or not {"x", "w"} <= set(case.inputs) or not stride:
        return ()
    sizes, kernel = sizes_of(case), kernel_of(case)
    numbers = (sizes, kernel, stride, dilation)
    if len(set(map(len, numbers))) != 1 or not all(_length(each) for own in numbers for each in own):
        return ()
    return tuple(Axis.of(f"dimension {i}", *own) for i, own in enumerate(zip(*numbers, strict=True)))


def _asked(case: Case, axes: tuple[Axis, ...]) -> dict[str, Any]:
    """Canvas and window of a transposed convolution that names its window; empty for any other case."""
    windows = _list(case.parameters.get("window"))
    if not axes or not windows:
        return {}
    return {"canvas": [axis.length for axis in axes], "windows": {"asked for": windows}}


def _index(case: Case, detail: Mapping[str, Any], rank: int) -> tuple[int, int, tuple[int, ...] | None]:
    """Sample, channel and place of the element of y that differs; the first sample and channel where none is named."""
    index = detail.get("index")
    of_y = case.quantity == VALUE and isinstance(index, (list, tuple)) and all(map(_drawable, index))
    if not of_y or not isinstance(index, (list, tuple)) or len(index) != rank + 1 + batched(case):
        return 0, 0, None
    sample = int(index[0]) if batched(case) else 0
    return sample, int(index[-rank - 1]), tuple(map(int, index[-rank:]))


def _first(axes: tuple[Axis, ...], view: View, place: tuple[int, ...] | None) -> tuple[int, ...]:
    """The canvas cell that is told first: the one that differs, else the first of the window."""
    offsets = place or (0,) * len(axes)
    cells = (window.lo + offset for window, offset in zip(view.windows, offsets, strict=True))
    return tuple(min(max(cell, 0), axis.length - 1) for cell, axis in zip(cells, axes, strict=True))


def _numbers(case: Case, sample: int, channel: int) -> Numbers | None:
    """The elements behind the products of one sample and output channel; None where they are too many, or not known."""
    if sum(spec.size for spec in case.inputs.values()) > MOST_ELEMENTS:
        return None
    try:
        arrays = arrays_of(case)
    except (ValueError, TypeError, KeyError):  # a recipe of another version: indices alone are shown
        return None
    x, w, b = arrays["x"], arrays["w"], arrays.get("b")
    x = x if batched(case) else x[None]
    groups, per_group = case.parameters.get("groups", 1), w.shape[1]
    if not _length(groups) or not sample < x.shape[0] or not channel < groups * per_group:
        return None
    inner, group = w.shape[0] // groups, channel // per_group
    if not inner or not w.shape[0] == x.shape[1] == inner * groups:
        return None
    taken = slice(group * inner, (group + 1) * inner)
    own, taps = x[sample, taken].reshape(inner, -1), w[taken, channel % per_group].reshape(inner, -1)
    if own.size + taps.size > MOST_NUMBERS:
        return None
    alone = x.shape[0] == groups * per_group == 1
    return Numbers(
        tuple(map(tuple, own.astype(float).tolist())),
        tuple(map(tuple, taps.astype(float).tolist())),
        where="" if alone else f"sample {sample}, channel {channel}",
        bias=None if b is None else float(b.reshape(-1)[channel]),
    )


def _drawable(value: Any) -> bool:
    return isinstance(value, int) and abs(value) <= LARGEST


def _length(value: Any) -> bool:
    return _drawable(value) and value > 0


def _candidates(candidates: Any, index: int) -> str:
    """``22 to 28`` for the pair of a dimension."""
    pair = candidates[index] if isinstance(candidates, (list, tuple)) and index < len(candidates) else None
    if isinstance(pair, (list, tuple)) and len(pair) == 2:
        return one_line(f"{pair[0]} to {pair[1]}", 60)
    return ""
