"""Vector-Jacobian products of scatters, and of the extremes of segments.

Writing takes the cotangent from x at the places that are written; updates that share a place have the cotangent's element each, or the one
that was kept has. Who gets the cotangent of an extreme that several elements have is a convention.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Mapping, Tuple

import numpy as np

from harness.case import Case
from harness.formats import FLOATS
from harness.meaning import Accuracy, Expected
from harness.operators.moves.positions import exactly
from harness.operators.reductions.sums import within

EVENLY, SOMEHOW = "ties share evenly", "ties share somehow"
"""Who gets the cotangent of an extreme that several elements have."""

Readings = Mapping[str, Tuple[Expected, ...]]


@dataclass(frozen=True)
class Scattered:
    """All flat and of the reference dtype: x, the updates, the cotangent; of each update the place in x, and whether it has one."""

    x: np.ndarray
    updates: np.ndarray
    cotangent: np.ndarray
    places: np.ndarray
    kept: np.ndarray

    def at(self, array: np.ndarray) -> np.ndarray:
        """Of an array of x's size the element at the place of each update; 0 for those without one."""
        if not array.size:
            return np.zeros(self.places.shape, array.dtype)
        return np.where(self.kept, array[np.where(self.kept, self.places, 0)], np.zeros((), array.dtype))

    def total(self, terms: np.ndarray, start: Any = 0, function: Any = np.add) -> np.ndarray:
        """Of x's size: the terms of the updates of each place, reduced."""
        found = np.full(self.x.shape, start, np.result_type(terms, self.x.dtype))
        function.at(found, self.places[self.kept], terms[self.kept])
        return found


def compared(value: np.ndarray, dtype: str, others: Tuple[np.ndarray, ...] = (), name: str = "y") -> Expected:
    """Exact, but for the sign of zeros, which comparisons and sums of nothing do not define, and for subnormals where they are flushed."""
    return exactly(value, dtype, name, others, signed=False, flushes=True)


def shaped(flat: Expected, shape: Tuple[int, ...]) -> Expected:
    """An expected output in another shape."""

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        assert flat.bound is not None
        return np.asarray(flat.bound(dtype, accuracy)).reshape(shape)

    free = None if flat.free is None else flat.free.reshape(shape)
    values = tuple(value.reshape(shape) for value in flat.values)
    return Expected(shape, flat.dtype, values, bound, free=free, name=flat.name, signed=flat.signed)


def gradients(kind: str, case: Case, given: Scattered) -> Readings:
    """The vector-Jacobian products of a scatter for x and the updates."""
    with np.errstate(all="ignore"):
        if kind == "mul":
            return {"": both(case, *products(case, given))}
        if kind in ("min", "max"):
            found = extremes(case, given, np.minimum if kind == "min" else np.maximum)
            return {name: both(case, *outputs) for name, outputs in found.items()}
        return {"": both(case, *copies(kind, case, given))}


def both(case: Case, for_x: Expected, for_updates: Expected) -> Tuple[Expected, Expected]:
    """The outputs in the shapes of the inputs."""
    return shaped(for_x, case.inputs["x"].shape), shaped(for_updates, case.inputs["updates"].shape)


def copies(kind: str, case: Case, given: Scattered) -> Tuple[Expected, Expected]:
    """Writing (``set``) and adding."""
    for_x, for_updates = given.cotangent.copy(), given.at(given.cotangent)
    others: Tuple[np.ndarray, ...] = ()
    if kind == "set":
        for_x[given.places[given.kept]] = 0
        shared = given.at(given.total(np.ones(given.places.shape))) > 1
        others = (np.where(shared, 0, for_updates),) if shared.any() else ()
    return compared(for_x, case.dtype, name="x"), compared(for_updates, case.dtype, others, "updates")


def products(case: Case, given: Scattered) -> Tuple[Expected, Expected]:
    """Multiplying: the cotangent times the product of everything else at the place, at most 2 n + 2 roundings.

    With a single factor of zero the product of the others is that of all but it; with two it is zero. Free are places where some product
    may leave the range of the dtype.
    """
    form = FLOATS[case.dtype]
    zero = given.updates == 0
    zeros, n = given.total(zero.astype(float)), given.total(np.ones(given.places.shape))
    others = given.total(np.where(zero, 1, given.updates).astype(np.longdouble), 1, np.multiply)
    own = np.where(zero, 1, given.updates)
    left = np.where(given.at(zeros) - zero > 0, 0, given.at(others) / own)
    for_x = given.cotangent * np.where(zeros > 0, 0, others)
    for_updates = given.at(given.cotangent) * given.at(given.x) * left
    sizes = [np.where(a == 0, 1, np.abs(a)) for a in (given.updates, given.x, given.cotangent)]
    large = given.total(np.maximum(sizes[0], 1), 1, np.multiply) * np.maximum(sizes[1], 1) * np.maximum(sizes[2], 1)
    small = given.total(np.minimum(sizes[0], 1), 1, np.multiply) * np.minimum(sizes[1], 1) * np.minimum(sizes[2], 1)
    free = (n > 0) & ~((large < form.largest / 4) & (small > form.smallest_normal * 4))

    def output(value: np.ndarray, count: np.ndarray, free: np.ndarray, name: str) -> Expected:
        error = (2 * count + 2) * form.roundoff * np.abs(value) * (1 + 2.0**-20)
        return within(value, case.dtype, lambda u: error, free=free, ulps=0, name=name)

    return output(for_x, n, free, "x"), output(for_updates, given.at(n), given.at(free), "updates")


def extremes(case: Case, given: Scattered, function: Any, counted: bool = True) -> Dict[str, Tuple[Expected, Expected]]:
    """The cotangent goes to the extreme of x (where ``counted``) and the updates of a place; of several each has a share.

    Free are places with a NaN, and those where several are equal once subnormal numbers are flushed.
    """
    form = FLOATS[case.dtype]
    extreme = given.x.copy()
    function.at(extreme, given.places[given.kept], given.updates[given.kept])
    of_x = (given.x == extreme) & counted
    of_updates = given.kept & (given.updates == given.at(extreme))
    ties = given.total(of_updates.astype(float)) + of_x
    tiny = (np.abs(given.updates) < form.smallest_normal).astype(float)
    flushed = (np.abs(extreme) < form.smallest_normal) & (
        given.total(tiny) + (np.abs(given.x) < form.smallest_normal) > 1
    )
    free = np.isnan(extreme) | (flushed & (extreme != 0))
    count = np.maximum(ties, 1)
    for_x = np.where(of_x, given.cotangent, 0) / count
    for_updates = np.where(of_updates, given.at(given.cotangent), 0) / np.maximum(given.at(count), 1)

    touched = given.total(np.ones(given.places.shape)) > 0
    sizes = {"x": np.where(touched, np.abs(given.cotangent), 0), "updates": np.abs(given.at(given.cotangent))}

    def output(value: np.ndarray, open_: np.ndarray, name: str) -> Expected:
        """A share, within three roundings of the cotangent: one that goes elsewhere may have been added and subtracted."""
        return within(value, case.dtype, lambda u: 3 * form.roundoff * sizes[name], free=open_, ulps=0, name=name)

    tied_x, tied_updates = (ties > 1) & of_x, (given.at(ties) > 1) & of_updates
    exact = output(for_x, free, "x"), output(for_updates, given.at(free), "updates")
    if not (ties > 1).any():
        return {"": exact}
    loose = output(for_x, free | tied_x, "x"), output(for_updates, given.at(free) | tied_updates, "updates")
    return {EVENLY: exact, SOMEHOW: loose}
