"""Statements about where a result is wrong: one lane or the tail of a row, its last element, inputs of one kind, beyond a size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from harness.diagnosis.explanation import Explanation
from harness.diagnosis.inputs import LANES
from harness.diagnosis.observation import Observation
from harness.formats import FLOATS

NARROW = 4
"""Largest quotient of the two magnitudes between which a limit lies."""

TINY = np.finfo(np.longdouble).tiny

Mask = Callable[[Observation], np.ndarray | None]


def _only(name: str, sentence: str, mask: Mask, *, every: bool = False) -> Explanation:
    """All wrong elements are among those of ``mask``, of which half at least are wrong, with ``every`` each of them."""

    def holds(run: Observation) -> bool | None:
        if run.allowed is None:
            return None
        wrong, inside = run.wrong, mask(run)
        if inside is None or inside.all() or not (wrong.any() or inside.any()):
            return None  # it names every element, or none where none is wrong
        if not wrong.any():
            return False if every else None
        share = wrong[inside].all() if every else 2 * wrong[inside].sum() >= inside.sum()
        return bool(inside.any() and share and not wrong[~inside].any())

    return Explanation(name, sentence, holds)


def _along(run: Observation, axis: int | None, chosen: Callable[[int], np.ndarray | None]) -> np.ndarray | None:
    """Mask of the elements whose index along an axis (None: of all elements in a row) is chosen."""
    shape = run.focus.shape
    if axis is None:
        row = chosen(int(np.prod(shape)))
        return None if row is None else row.reshape(shape)
    if len(shape) < -axis:
        return None
    row = chosen(shape[axis])
    return None if row is None else np.broadcast_to(np.expand_dims(row, tuple(range(1, -axis))), shape)


def tails(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Only what remains of a row, or of all elements, behind whole vectors is wrong, and all of it."""
    shown = runs[0]
    for axis, length in _rows(shown):
        for lanes in LANES:
            if length > lanes and length % lanes:
                whole = length - length % lanes
                sentence = (
                    f"wrong elements are only among {_last(length - whole)} of {length} {_of(axis)}, the tail after {whole}, "
                    f"a multiple of {lanes} lanes"
                )
                yield _only("tail", sentence, partial(_along, axis=axis, chosen=partial(_tail, lanes=lanes)))


def _rows(run: Observation) -> list[tuple[int | None, int]]:
    """Rows in which vectors may lie: the last axis, and all elements of an array of more axes."""
    shape = run.focus.shape
    rows: list[tuple[int | None, int]] = [(-1, shape[-1])] if shape else []
    return rows + ([(None, int(np.prod(shape)))] if len(shape) > 1 and np.prod(shape[:-1]) > 1 else [])


def _last(count: int) -> str:
    return "the last" if count == 1 else f"the last {count}"


def _of(axis: int | None) -> str:
    return "in memory order" if axis is None else f"along axis {axis}"


def _tail(length: int, lanes: int) -> np.ndarray | None:
    if length <= lanes:
        return None
    return np.arange(length) >= length - length % lanes


def lanes(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Only one lane of every vector is wrong: elements whose index has one remainder."""
    shown = runs[0]
    if shown.allowed is None or not shown.wrong.any():
        return
    for axis, length in _rows(shown):
        flat = shown.wrong.reshape(-1) if axis is None else shown.wrong.any(axis=tuple(range(shown.wrong.ndim - 1)))
        first = int(np.argmax(flat))
        for width in reversed(LANES):
            if length > width + first % width:
                remainder = first % width
                sentence = f"wrong elements are only those whose index {_of(axis)} is {remainder} modulo {width}, one lane of {width}"
                yield _only(
                    "one lane",
                    sentence,
                    partial(_along, axis=axis, chosen=partial(_lane, width=width, remainder=remainder)),
                )


def _end(length: int, place: int) -> np.ndarray | None:
    return np.arange(length) == place % length if length > 2 else None


def _lane(length: int, width: int, remainder: int) -> np.ndarray | None:
    return np.arange(length) % width == remainder if length > width + remainder else None


def ends(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Only the first or the last element along an axis is wrong."""
    shape = runs[0].focus.shape
    for axis in range(-1, -len(shape) - 1, -1):
        if shape[axis] > 2:
            for words, place in (("last", -1), ("first", 0)):
                sentence = f"wrong elements are only those that stand {words} of {shape[axis]} along axis {axis}"
                yield _only(
                    f"{words} element",
                    sentence,
                    partial(_along, axis=axis, chosen=partial(_end, place=place)),
                )


def kinds_of_inputs(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Of an operator that works element by element: wrong exactly where an input is NaN, infinite, subnormal, zero, negative."""
    shown = runs[0]
    if not shown.op.pointwise:
        return
    for name, array in shown.arrays.items():
        dtype = array.dtype
        if dtype.kind in "cb":
            continue
        rows: dict[str, Callable[[np.ndarray], np.ndarray]] = {
            "NaN": np.isnan,
            "infinite": np.isinf,
            "zero": lambda a: a == 0,
            "-0.0": lambda a: (a == 0) & np.signbit(a),
            "negative": lambda a: a < 0,
            "the smallest integer": partial(_least, dtype=dtype),
            "subnormal": partial(_subnormal, dtype=dtype),
            "subnormal or zero": partial(_subnormal_or_zero, dtype=dtype),
        }
        for words, kind in rows.items():
            sentence = f"the result is wrong exactly where {name} is {words}"
            yield _only("kind of input", sentence, partial(_where, name=name, kind=kind), every=True)


def _least(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return np.asarray(array == np.iinfo(dtype).min) if dtype.kind == "i" else np.zeros(array.shape, bool)


def _subnormal_or_zero(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return np.asarray(_subnormal(array, dtype) | (array == 0))


def _subnormal(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if dtype.name not in FLOATS:
        return np.zeros(array.shape, bool)
    return np.asarray((array != 0) & (np.abs(array) < FLOATS[dtype.name].smallest_normal))


def _where(run: Observation, name: str, kind: Callable[[np.ndarray], np.ndarray]) -> np.ndarray | None:
    """Mask of the elements of the result whose input is of a kind; None where the input has another shape."""
    array = run.arrays.get(name)
    if array is None:
        return None
    try:
        return np.broadcast_to(kind(array.astype(np.longdouble)), run.focus.shape)
    except ValueError:
        return None


def magnitudes(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Wrong exactly above, or below, a magnitude: of the input where the operator works element by element, or of the right result."""
    shown = runs[0]
    if shown.op.pointwise:
        for name, array in shown.arrays.items():
            if array.dtype.kind not in "cb":
                yield from _separated(runs, f"|{name}|", partial(_input_sizes, name=name))
    yield from _separated(runs, "the right result in magnitude", _right_sizes)


def _input_sizes(run: Observation, name: str) -> np.ndarray | None:
    return _sizes(run, run.arrays.get(name))


def _right_sizes(run: Observation) -> np.ndarray | None:
    """Magnitudes of the right result, NaN where that is infinite: it says nothing of a limit."""
    sizes = None if run.allowed is None else _sizes(run, run.allowed.readings[0])
    return None if sizes is None else np.where(np.isinf(sizes), np.nan, sizes)


def _sizes(run: Observation, array: np.ndarray | None) -> np.ndarray | None:
    """Magnitudes per element of the result, NaN where there is none."""
    if array is None or array.dtype.kind == "c":
        return None
    try:
        return np.abs(np.broadcast_to(array.astype(np.longdouble), run.focus.shape))
    except ValueError:
        return None


def _separated(
    runs: Sequence[Observation], what: str, sizes: Callable[[Observation], np.ndarray | None]
) -> Iterator[Explanation]:
    """The statement that a limit parts the wrong elements of all runs from the right ones, where one does."""
    pairs = [(sizes(run), run.wrong) for run in runs if run.allowed is not None and (run.right or run.same)]
    known = [(size, wrong) for size, wrong in pairs if size is not None]
    if not known:
        return
    size = np.concatenate([size.reshape(-1) for size, _ in known])
    wrong = np.concatenate([mask.reshape(-1) for _, mask in known])
    bad, good = size[wrong & ~np.isnan(size)], size[~wrong & ~np.isnan(size)]
    if len(np.unique(bad)) < 3 or len(np.unique(good)) < 3 or (wrong & np.isnan(size)).any():
        return
    for above in (True, False):
        edge, other = (bad.min(), good.max()) if above else (bad.max(), good.min())
        narrow = max(edge, other) <= NARROW * max(min(edge, other), TINY)
        if narrow and ((edge > other) if above else (edge < other)):
            side = ("from", "up to") if above else ("up to", "from")
            sentence = (
                f"elements are wrong {side[0]} {float(edge):.4g} of {what}, and right {side[1]} {float(other):.4g}"
            )
            yield Explanation(
                "magnitude",
                sentence,
                partial(_beyond, sizes=sizes, above=above, edge=edge, other=other),
            )


def _beyond(
    run: Observation, sizes: Callable[[Observation], np.ndarray | None], above: bool, edge: float, other: float
) -> bool | None:
    size = sizes(run)
    if run.allowed is None or size is None:
        return None
    beyond, within = (size >= edge, size <= other) if above else (size <= edge, size >= other)
    if not run.wrong.any():
        return False if beyond.any() else None
    return bool(run.wrong[beyond].all() and not run.wrong[within].any())
