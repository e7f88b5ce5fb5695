"""Explanations of a wrong shape by what became of the right one: axes lost, exchanged, one longer or shorter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from harness.diagnosis.explanation import Explanation
from harness.diagnosis.observation import Observation

Shape = tuple[int, ...]


def other_shapes(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """The shape is the right one, changed."""
    shown = runs[0]
    name, rank = shown.name, len(shown.focus.shape)
    if shown.shape is None or shown.shape == shown.focus.shape:
        return
    rows: list[tuple[str, str, Callable[[Shape], Shape]]] = [
        ("axes of length one lost", "lacks the axes of length 1", lambda shape: tuple(n for n in shape if n != 1)),
        ("axis added", "has one more axis of length 1 at its end", lambda shape: (*shape, 1)),
        ("axis added", "has one more axis of length 1 at its front", lambda shape: (1, *shape)),
        ("axes reversed", "has its axes in reverse order", lambda shape: shape[::-1]),
    ]
    for count in range(1, rank + 1):
        axes = "axis" if count == 1 else f"{count} axes"
        rows.append(("axes lost", f"lacks its first {axes}", partial(_without, first=count, last=0)))
        rows.append(("axes lost", f"lacks its last {axes}", partial(_without, first=0, last=count)))
    for axis in range(-rank, 0):
        for step, words in ((1, "one longer"), (-1, "one shorter")):
            rows.append(("length off by one", f"is {words} along axis {axis}", partial(_longer, axis=axis, step=step)))
        for other in range(axis + 1, 0):
            words = f"has its axes {axis} and {other} exchanged"
            rows.append(("axes exchanged", words, partial(_exchanged, one=axis, other=other)))
    for slug, words, change in rows:
        yield Explanation(slug, f"the shape of {name} {words}", partial(_of_shape, change=change))


def _without(shape: Shape, first: int, last: int) -> Shape:
    return shape[first : len(shape) - last]


def _longer(shape: Shape, axis: int, step: int) -> Shape:
    lengths = list(shape)
    lengths[axis] += step
    return tuple(lengths)


def _exchanged(shape: Shape, one: int, other: int) -> Shape:
    lengths = list(shape)
    lengths[one], lengths[other] = lengths[other], lengths[one]
    return tuple(lengths)


def _of_shape(run: Observation, change: Callable[[Shape], Shape]) -> bool | None:
    """What a run says of having the right shape, changed."""
    right, found = run.focus.shape, run.shape
    if found is None or None in found:
        return None
    try:
        predicted = change(right)
    except IndexError:
        return None
    if found == right:
        return None if predicted == right else False
    if predicted == found:
        return True
    return False if run.same else None
