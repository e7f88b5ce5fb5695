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

NARROW = 1000
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
    """Where an input has an element for each of the result: wrong exactly where it is NaN, infinite, subnormal, zero, negative."""
    for name, words, mask in _kinds(runs[0]):
        yield only("kind of input", f"the result is wrong exactly where {name} is {words}", mask, least=1)


def only_kinds_of_inputs(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Wrong only where an input is of a kind, though not wherever it is: said of the rarest kind, and of several wrong elements."""
    found: list[tuple[int, str, Explanation]] = []
    for name, words, mask in _kinds(runs[0]):
        masks = [(mask(run), run.wrong) for run in runs if run.allowed is not None and (run.right or run.same)]
        known = [(inside, wrong) for inside, wrong in masks if inside is not None]
        total, many = sum(wrong.size for _, wrong in known), sum(int(inside.sum()) for inside, _ in known)
        outside = any((wrong & ~inside).any() for inside, wrong in known)
        number = sum(int(wrong.sum()) for _, wrong in known)
        if not outside and number == many:
            return  # exactly where it is of a kind: that says more
        if not outside and number >= FEW and RARE * many <= total:
            sentence = f"every wrong element is one where {name} is {words}"
            found.append((many, sentence, Explanation("kind of input", sentence, partial(_among, mask=mask))))
    if found:
        yield min(found, key=lambda one: one[:2])[2]


def _among(run: Observation, mask: Callable[[Observation], np.ndarray | None]) -> bool | None:
    inside = None if run.allowed is None else mask(run)
    if inside is None or not run.wrong.any():
        return None
    return not run.wrong[~inside].any()


def _kinds(run: Observation) -> Iterator[tuple[str, str, Callable[[Observation], np.ndarray | None]]]:
    """Input, kind in words, and the mask of the elements of a result whose input is of that kind."""
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
    """Wrong above, or below, a magnitude: of an input that has an element for each of the result, or of the right result."""
    for name, array in runs[0].arrays.items():
        if array.dtype.kind not in "cb":
            for words, sign in (
                (f"|{name}|", 0),
                (f"negative {name} and |{name}|", -1),
                (f"positive {name} and |{name}|", 1),
            ):
                yield from _separated(runs, words, partial(input_sizes, name=name, sign=sign))
    yield from _separated(runs, "a magnitude of the right result", _right_sizes)


def input_sizes(run: Observation, name: str, sign: int = 0) -> np.ndarray | None:
    """Magnitudes of an input, of numbers of one sign where one is asked for, NaN elsewhere."""
    array = run.arrays.get(name)
    sizes = _sizes(run, array)
    if sizes is None or array is None or sign == 0:
        return sizes
    return np.where(np.broadcast_to(sign * array.astype(np.longdouble) > 0, sizes.shape), sizes, np.nan)


def _right_sizes(run: Observation) -> np.ndarray | None:
    """Magnitudes of the right result, NaN where it may round to infinity: that says nothing of a limit."""
    sizes = None if run.allowed is None else _sizes(run, run.allowed.readings[0])
    largest = FLOATS[run.focus.dtype].largest * (1 - 2.0**-6) if run.focus.dtype in FLOATS else np.inf
    return None if sizes is None else np.where((sizes < largest) | run.wrong, sizes, np.nan)


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
            more, less = ("at least", "at most") if above else ("at most", "at least")
            sentence = f"elements with {what} of {more} {float(edge):.4g} are wrong, those with {less} {float(other):.4g} are right"
            holds = partial(_beyond, sizes=sizes, above=above, edge=edge, other=other)
            yield Explanation("magnitude", sentence, holds)


def _beyond(run: Observation, sizes: Sizes, above: bool, edge: float, other: float) -> bool | None:
    size = sizes(run) if run.allowed is not None and (run.right or run.same) else None
    if size is None:
        return None
    beyond, within = (size >= edge, size <= other) if above else (size <= edge, size >= other)
    if not run.wrong.any():
        return False if beyond.any() else None
    return bool(run.wrong[beyond].all() and not run.wrong[within].any() and not run.wrong[np.isnan(size)].any())
