"""Statements about which elements are wrong: those of inputs of one kind, or of inputs and results of some magnitude."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from harness.diagnosis.explanation import Explanation
from harness.diagnosis.observation import Observation
from harness.diagnosis.places import only
from harness.formats import FLOATS

FEW = 4
"""Wrong elements from which it says something that all of them have inputs of one kind."""

RARE = 4
"""One input in so many is of a kind, at most, where that is said."""

NARROW = 4
"""Largest quotient of the two magnitudes between which a limit lies."""

CLEAR = 0.75
"""Share of the wrong elements that must lie beyond every right one."""

Kind = Callable[[np.ndarray], np.ndarray]


def kinds_of(dtype: np.dtype) -> dict[str, Kind]:
    """Kinds of numbers of a dtype that are often treated apart."""
    kinds: dict[str, Kind] = {"zero": lambda a: a == 0, "negative": lambda a: a < 0}
    if dtype.kind == "i":
        kinds["the smallest integer"] = lambda a: a == np.iinfo(dtype).min
    elif dtype.name in FLOATS:
        small = FLOATS[dtype.name].smallest_normal
        kinds |= {
            "NaN": np.isnan,
            "infinite": np.isinf,
            "-0.0": lambda a: (a == 0) & np.signbit(a),
            "subnormal": lambda a: (a != 0) & (np.abs(a) < small),
            "a negative subnormal number": lambda a: (a < 0) & (a > -small),
            "subnormal or zero": lambda a: np.abs(a) < small,
        }
    return kinds


def kinds_of_inputs(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Of an operator that works element by element: wrong exactly where an input is NaN, infinite, subnormal, zero, negative."""
    for name, words, mask in _kinds(runs[0]):
        yield only("kind of input", f"the result is wrong exactly where {name} is {words}", mask, every=True)


def only_kinds_of_inputs(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Wrong only where an input is of a kind, though not wherever it is: said of a rare kind and of several wrong elements."""
    for name, words, mask in _kinds(runs[0]):
        masks = [(mask(run), run.wrong) for run in runs if run.allowed is not None and (run.right or run.same)]
        known = [(inside, wrong) for inside, wrong in masks if inside is not None]
        total, inside = sum(wrong.size for _, wrong in known), sum(int(mask.sum()) for mask, _ in known)
        if sum(int(wrong.sum()) for _, wrong in known) >= FEW and RARE * inside <= total:
            sentence = f"every wrong element is one where {name} is {words}"
            yield Explanation("kind of input", sentence, partial(_among, mask=mask))


def _among(run: Observation, mask: Callable[[Observation], np.ndarray | None]) -> bool | None:
    inside = None if run.allowed is None else mask(run)
    if inside is None or not run.wrong.any():
        return None
    return not run.wrong[~inside].any()


def _kinds(run: Observation) -> Iterator[tuple[str, str, Callable[[Observation], np.ndarray | None]]]:
    """Input, kind in words, and the mask of the elements of a result whose input is of that kind."""
    if run.op.pointwise:
        for name, array in run.arrays.items():
            if array.dtype.kind not in "cb":
                for words, kind in kinds_of(array.dtype).items():
                    yield name, words, partial(_where, name=name, kind=kind)


def _where(run: Observation, name: str, kind: Kind) -> np.ndarray | None:
    """Mask of the elements of the result whose input is of a kind; None where the input has another shape."""
    array = run.arrays.get(name)
    if array is None:
        return None
    try:
        return np.broadcast_to(kind(array.astype(np.longdouble)), run.focus.shape)
    except ValueError:
        return None


def magnitudes(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Wrong above, or below, a magnitude: of the input where the operator works element by element, or of the right result."""
    shown = runs[0]
    if shown.op.pointwise:
        for name, array in shown.arrays.items():
            if array.dtype.kind not in "cb":
                for words, sign in ((f"|{name}|", 0), (f"|{name}| of negative {name}", -1), (f"{name} above 0", 1)):
                    yield from _separated(runs, words, partial(_input_sizes, name=name, sign=sign))
    yield from _separated(runs, "the right result's magnitude", _right_sizes)


def _input_sizes(run: Observation, name: str, sign: int) -> np.ndarray | None:
    """Magnitudes of an input, of numbers of one sign where one is asked for, NaN elsewhere."""
    array = run.arrays.get(name)
    sizes = _sizes(run, array)
    if sizes is None or array is None or sign == 0:
        return sizes
    return np.where(np.broadcast_to(sign * array.astype(np.longdouble) > 0, sizes.shape), sizes, np.nan)


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


Sizes = Callable[[Observation], "np.ndarray | None"]


def _separated(runs: Sequence[Observation], what: str, sizes: Sizes) -> Iterator[Explanation]:
    """The statement that a magnitude parts the wrong elements of all runs from the right ones, where one nearly does."""
    pairs = [(sizes(run), run.wrong) for run in runs if run.allowed is not None and (run.right or run.same)]
    known = [(size, wrong) for size, wrong in pairs if size is not None]
    if not known:
        return
    size = np.concatenate([size.reshape(-1) for size, _ in known])
    wrong = np.concatenate([mask.reshape(-1) for _, mask in known])
    bad, good = np.unique(size[wrong & ~np.isnan(size)]), np.unique(size[~wrong & ~np.isnan(size)])
    if min(len(bad), len(good)) < FEW or (wrong & np.isnan(size)).any():
        return
    for above in (True, False):
        clear = bad[bad > good[-1]] if above else bad[bad < good[0]]
        free = good[good < bad[0]] if above else good[good > bad[-1]]
        if len(clear) < max(CLEAR * len(bad), FEW) or len(free) < FEW:
            continue
        edge, other = (clear[0], free[-1]) if above else (clear[-1], free[0])
        if max(edge, other) <= NARROW * min(edge, other):
            side = ("from", "up to") if above else ("up to", "from")
            sentence = f"wrong {side[0]} {float(edge):.4g} of {what}, right {side[1]} {float(other):.4g}"
            holds = partial(_beyond, sizes=sizes, above=above, edge=edge, other=other)
            yield Explanation("magnitude", f"elements are {sentence}", holds)


def _beyond(run: Observation, sizes: Sizes, above: bool, edge: float, other: float) -> bool | None:
    size = None if run.allowed is None else sizes(run)
    if size is None:
        return None
    beyond, within = (size >= edge, size <= other) if above else (size <= edge, size >= other)
    if not run.wrong.any():
        return False if beyond.any() else None
    return bool(run.wrong[beyond].all() and not run.wrong[within].any() and not run.wrong[np.isnan(size)].any())
