"""Scatters: updates written, added, multiplied or compared at the places that indices name.

Where an index stands several times, a scatter that writes may keep any of the updates (docs.pytorch.org, torch.Tensor.scatter_;
docs.jax.dev, jax.numpy.ndarray.at; tensorflow.org, tf.tensor_scatter_nd_update): each is a reading of the element.
"""

from __future__ import annotations

from typing import Any, Callable, List, Mapping, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS, kind_of
from harness.meaning import Accuracy, Expected, Meaning, Rule
from harness.operators.indexing.places import axis_of, targets
from harness.operators.indexing.scatter_gradients import Scattered, compared, gradients, shaped
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
            reason = f"updates {updates.shape}: not the shape of what the indices name"
            return Meaning(Rule.REFUSE if updates.size else Rule.EITHER, reason)
        if len({x.dtype, updates.dtype}) > 1:
            return Meaning(Rule.EITHER, "inputs of different dtypes")
        if 0 in x.shape[:depth] and indices.size:
            return Meaning(Rule.EITHER, "indices: out of bounds of an axis of length 0")
        reason, found = targets(indices, x.shape[:depth])
        entry = int(np.prod(x.shape[depth:], dtype=np.int64))
        variants = {
            ", ".join(part for part in (name, ties) if part): outputs
            for name, places in found.items()
            for ties, outputs in results(kind, reduce, case, arrays, places, entry).items()
        }
        if reason:
            variants[REFUSES] = refusals(next(iter(variants.values())), reason)
        if not reason and indices.size and not updates.size:
            return Meaning(Rule.EITHER, "updates: none, which TensorFlow refuses where indices name some", variants)
        return Meaning(Rule.EITHER if reason else Rule.COMPUTE, reason, variants)

    return meaning


def results(
    kind: str, reduce: Reduce, case: Case, arrays: Arrays, places: np.ndarray, entry: int
) -> Mapping[str, Tuple[Expected, ...]]:
    """The value, or the gradients by convention, when entry i of the updates, of so many elements, goes to place i of x, or nowhere."""
    x, updates = wide(arrays["x"], case.dtype), wide(arrays["updates"], case.dtype)
    flat = (places.reshape(-1, 1) * entry + np.arange(entry)).reshape(-1)
    kept = np.repeat(places.reshape(-1) >= 0, entry)
    if case.quantity == GRADIENT:
        given = Scattered(
            x.reshape(-1), updates.reshape(-1), wide(arrays[COTANGENT], case.dtype).reshape(-1), flat, kept
        )
        return gradients(kind, case, given)
    flat_result = reduce(case, x.reshape(-1), flat[kept], updates.reshape(-1)[kept])
    return {"": (shaped(flat_result, x.shape),)}
