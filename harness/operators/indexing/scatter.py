"""Scatters: updates written, added, multiplied or compared at the places that indices name; and sums and extremes of segments.

Where an index stands several times, a scatter that writes may keep any of the updates (docs.pytorch.org, torch.Tensor.scatter_;
docs.jax.dev, jax.numpy.ndarray.at; tensorflow.org, tf.tensor_scatter_nd_update): each is a reading of the element. Its gradient with
respect to updates that share a place is the cotangent's element for each of them, or for the one that was kept.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS, kind_of
from harness.meaning import Accuracy, Expected, Meaning, Rule
from harness.operators.indexing.places import axis_of, targets
from harness.operators.moves.positions import REFUSES, Refused, exactly, refusals, wide
from harness.operators.moves.sums import scattered_sum

Arrays = Mapping[str, np.ndarray]
Reduce = Callable[[Case, np.ndarray, np.ndarray, np.ndarray], Expected]
"""A reduction of (case, x flat, places, updates flat, one per place) to the flat result."""


def copied(case: Case, x: np.ndarray, places: np.ndarray, updates: np.ndarray) -> Expected:
    """The update of its place, any of those that share it."""
    readings: List[np.ndarray] = []
    left = np.arange(places.size)
    while left.size or not readings:
        value = (readings[0] if readings else x).copy()
        _, last = np.unique(places[left][::-1], return_index=True)
        chosen = left[left.size - 1 - last]
        value[places[chosen]] = updates[chosen]
        readings.append(value)
        left = np.setdiff1d(left, chosen)
    return exactly(readings[0], case.dtype, others=tuple(readings[1:]))


def added(case: Case, x: np.ndarray, places: np.ndarray, updates: np.ndarray) -> Expected:
    """The sum of x and all updates of a place; integers modulo their width."""
    if kind_of(case.dtype) == "integer":
        return integers(np.add, case, x, places, updates)
    return scattered_sum(places, updates, x, case.dtype).output(slice(None), x.shape)


def integers(function: Any, case: Case, x: np.ndarray, places: np.ndarray, updates: np.ndarray) -> Expected:
    """A reduction of integers, modulo the dtype's width."""
    value = x.astype(case.dtype)
    function.at(value, places, updates.astype(case.dtype))
    return exactly(value.astype(np.longdouble), case.dtype)


def multiplied(case: Case, x: np.ndarray, places: np.ndarray, updates: np.ndarray) -> Expected:
    """The product of x and all updates of a place, in any order; free where some order may leave the range of the dtype."""
    if kind_of(case.dtype) == "integer":
        return integers(np.multiply, case, x, places, updates)
    form = FLOATS[case.dtype]
    value, large, small = x.copy(), np.maximum(np.abs(x), 1), np.minimum(np.abs(x), 1)
    with np.errstate(all="ignore"):
        np.multiply.at(value, places, updates)
        np.multiply.at(large, places, np.maximum(np.abs(updates), 1))
        np.multiply.at(small, places, np.minimum(np.abs(updates), 1))
        n = np.bincount(places, minlength=x.size)
        gamma = n * form.roundoff / (1 - np.minimum(n * form.roundoff, 0.5))
        error = np.where(np.isfinite(value), gamma * np.abs(value), 0) * (1 + 2.0**-40)
    zero = (value == 0) & (small == 0)
    free = (n > 0) & (~(large <= form.largest / 2) | ((small < 2 * form.smallest_normal) & ~zero)) & ~np.isnan(value)

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        return np.asarray(error + np.where(n > 0, form.smallest_normal, 0) if accuracy.flushes(dtype) else error)

    return Expected(x.shape, case.dtype, (value,), bound, free=free if free.any() else None)


def extreme(function: Any, ignoring: Any) -> Reduce:
    """The largest or smallest; where one is NaN the result is NaN, or the extreme of the others, or of what came after the NaN."""

    def reduce(case: Case, x: np.ndarray, places: np.ndarray, updates: np.ndarray) -> Expected:
        value, other = x.copy(), x.copy()
        with np.errstate(invalid="ignore"):
            function.at(value, places, updates)
            ignoring.at(other, places, updates)
        if np.array_equal(value, other, equal_nan=True):
            return compared(value, case.dtype)
        candidates = copied(case, x, places, updates).values
        return compared(value, case.dtype, (other, x, *candidates))

    return reduce


def compared(value: np.ndarray, dtype: str, others: Tuple[np.ndarray, ...] = (), name: str = "y") -> Expected:
    """Exact, but for the sign of zeros, which comparisons and sums of nothing do not define, and for subnormals where they are flushed."""
    return exactly(value, dtype, name, others, signed=False, flushes=True)


REDUCTIONS: Mapping[str, Reduce] = {
    "set": copied,
    "add": added,
    "mul": multiplied,
    "min": extreme(np.minimum, np.fmin),
    "max": extreme(np.maximum, np.fmax),
}
"""What becomes of an element and the updates at its place."""


def points(case: Case, arrays: Arrays) -> np.ndarray:
    """The indices are coordinates already."""
    return arrays["indices"]


def rows(case: Case, arrays: Arrays) -> np.ndarray:
    """The indices are those of the first axis."""
    return arrays["indices"][..., None]


def along(case: Case, arrays: Arrays) -> np.ndarray:
    """The indices replace the coordinate of an axis in the place where they stand. Raises Refused when there is no such axis."""
    indices = arrays["indices"]
    axis = axis_of(case.parameters["axis"], arrays["x"].ndim)
    places = np.indices(indices.shape)
    places[axis] = indices
    return np.moveaxis(places, 0, -1)


def scattering(
    kind: str, coordinates: Callable[[Case, Arrays], np.ndarray] = points
) -> Callable[[Case, Arrays], Meaning]:
    """The meaning of scattering updates into x at coordinates of its first axes."""
    reduce = REDUCTIONS[kind]

    def meaning(case: Case, arrays: Arrays) -> Meaning:
        x, updates = arrays["x"], arrays["updates"]
        try:
            indices = coordinates(case, arrays)
        except Refused as refused:
            return Meaning(Rule.REFUSE, str(refused))
        depth = indices.shape[-1]
        if updates.shape != (*indices.shape[:-1], *x.shape[depth:]):
            return Meaning(Rule.REFUSE, f"updates {updates.shape}: not the shape of what the indices name")
        if len({x.dtype, updates.dtype}) > 1:
            return Meaning(Rule.EITHER, "inputs of different dtypes")
        if 0 in x.shape[:depth] and indices.size:
            return Meaning(Rule.EITHER, "indices: out of bounds of an axis of length 0")
        reason, found = targets(indices, x.shape[:depth])
        entry = int(np.prod(x.shape[depth:], dtype=np.int64))
        variants = {name: result(kind, reduce, case, arrays, places, entry) for name, places in found.items()}
        if reason:
            variants[REFUSES] = refusals(next(iter(variants.values())), reason)
        return Meaning(Rule.EITHER if reason else Rule.COMPUTE, reason, variants)

    return meaning


def result(
    kind: str, reduce: Reduce, case: Case, arrays: Arrays, places: np.ndarray, entry: int
) -> Tuple[Expected, ...]:
    """The value, or the gradients, when entry i of the updates, of so many elements, goes to place i of x, or nowhere."""
    x, updates = wide(arrays["x"], case.dtype), wide(arrays["updates"], case.dtype)
    flat = (places.reshape(-1, 1) * entry + np.arange(entry)).reshape(-1)
    kept = np.repeat(places.reshape(-1) >= 0, entry)
    if case.quantity == GRADIENT:
        return gradients(kind, case, wide(arrays[COTANGENT], case.dtype), flat, kept)
    flat_result = reduce(case, x.reshape(-1), flat[kept], updates.reshape(-1)[kept])
    return (shaped(flat_result, x.shape),)


def shaped(flat: Expected, shape: Tuple[int, ...]) -> Expected:
    """An expected output in another shape."""

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        assert flat.bound is not None
        return np.asarray(flat.bound(dtype, accuracy)).reshape(shape)

    free = None if flat.free is None else flat.free.reshape(shape)
    values = tuple(value.reshape(shape) for value in flat.values)
    return Expected(shape, flat.dtype, values, bound, free=free, name=flat.name, signed=flat.signed)


def gradients(kind: str, case: Case, cotangent: np.ndarray, flat: np.ndarray, kept: np.ndarray) -> Tuple[Expected, ...]:
    """Vector-Jacobian products of writing (``set``) and adding, for x and the updates."""
    given = cotangent.reshape(-1)
    for_x = given.copy()
    if kind == "set":
        for_x[flat[kept]] = 0
    for_updates = np.where(kept, given[np.where(kept, flat, 0)] if given.size else 0, 0)
    others: Tuple[np.ndarray, ...] = ()
    if kind == "set":
        shared = kept & (
            np.bincount(flat[kept], minlength=given.size)[np.where(kept, flat, 0)] > 1 if given.size else kept
        )
        others = (np.where(shared, 0, for_updates),) if shared.any() else ()
    x_shape, shape = case.inputs["x"].shape, case.inputs["updates"].shape
    first = compared(for_x.reshape(x_shape), case.dtype, name="x")
    return (first, compared(for_updates.reshape(shape), case.dtype, tuple(o.reshape(shape) for o in others), "updates"))


EMPTY: Mapping[str, Callable[[str], Dict[str, float]]] = {
    "sum": lambda dtype: {"": 0.0},
    "max": lambda dtype: extremes(dtype, False),
    "min": lambda dtype: extremes(dtype, True),
}
"""What a segment without entries holds, by convention."""


def extremes(dtype: str, largest: bool) -> Dict[str, float]:
    """The last finite number and infinity, or the last integer."""
    if dtype not in FLOATS:
        info = np.iinfo(dtype)
        return {"": float(np.longdouble(info.max if largest else info.min))}
    sign = 1.0 if largest else -1.0
    return {"infinity": sign * np.inf, "finite": sign * FLOATS[dtype].largest}


def segmented(kind: str) -> Callable[[Case, Arrays], Meaning]:
    """The meaning of the sum or the extreme of the rows of x that share a segment; rows outside [0, count) are left out."""

    def meaning(case: Case, arrays: Arrays) -> Meaning:
        x, segments, count = arrays["x"], arrays["indices"].astype(np.int64), case.parameters["count"]
        outside = bool(((segments < 0) | (segments >= count)).any())
        kept = (segments >= 0) & (segments < count)
        if case.quantity == GRADIENT:
            cotangent = wide(arrays[COTANGENT], case.dtype)
            rows = cotangent[np.where(kept, segments, 0)]
            rows = np.where(kept.reshape((-1,) + (1,) * (x.ndim - 1)), rows, 0)
            variants = {"": (compared(rows, case.dtype, name="x"),)}
        else:
            variants = {
                name: (segment(kind, case, x[kept], segments[kept], empty),)
                for name, empty in EMPTY[kind](case.dtype).items()
            }
        if not outside:
            return Meaning(Rule.COMPUTE, "", variants)
        return Meaning(Rule.EITHER, "indices: segments out of bounds", variants)

    return meaning


def segment(kind: str, case: Case, x: np.ndarray, segments: np.ndarray, empty: float) -> Expected:
    """The reduction of the rows of each segment."""
    entry = int(np.prod(x.shape[1:], dtype=np.int64))
    shape = (case.parameters["count"], *x.shape[1:])
    flat = (segments.reshape(-1, 1) * entry + np.arange(entry)).reshape(-1)
    values = wide(x, case.dtype).reshape(-1)
    start = np.zeros(int(np.prod(shape, dtype=np.int64)), values.dtype)
    if kind == "sum":
        if kind_of(case.dtype) == "integer":
            return shaped(integers(np.add, case, start, flat, values), shape)
        return scattered_sum(flat, values, start, case.dtype, False).output(slice(None), shape)
    if kind_of(case.dtype) == "integer":
        info = np.iinfo(case.dtype)
        start = start + np.longdouble(info.max if kind == "min" else info.min)
    else:
        start = start + (np.inf if kind == "min" else -np.inf)
    found = REDUCTIONS[kind](case, start, flat, values)
    hit = np.bincount(flat, minlength=start.size) > 0
    filled = tuple(np.where(hit, value, empty if kind_of(case.dtype) == "float" else start) for value in found.values)
    return shaped(compared(filled[0], case.dtype, filled[1:]), shape)
