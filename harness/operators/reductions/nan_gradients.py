"""Vector-Jacobian products of reductions of the elements that are not NaN, from those of the plain reductions."""

from __future__ import annotations

import itertools
import math
from typing import Callable, List, NamedTuple, Tuple

import numpy as np

from harness.case import Case
from harness.meaning import Accuracy, Expected
from harness.operators.reductions.extremes import EVENLY
from harness.operators.reductions.meaning import Readings
from harness.operators.reductions.orders import LOWER, MIDPOINT
from harness.operators.reductions.selected import SOMEHOW

Gradient = Callable[[np.ndarray, np.ndarray, Case], Readings]

CHOICES = ((LOWER, MIDPOINT), (EVENLY, SOMEHOW))
"""Conventions that rows may have a choice of, each independent of the others."""


class Part(NamedTuple):
    """Rows with equally many numbers: which they are, where their numbers stand in ascending order, and the products for these."""

    rows: np.ndarray
    places: np.ndarray
    found: Readings


def numbers_of_gradient(plain: Gradient) -> Gradient:
    """The product for the numbers of each row, 0 at NaN. Free are rows without numbers, and those with an infinity."""

    def gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
        count, width = math.prod(rows.shape[:-1]), rows.shape[-1]
        flat, given = rows.reshape(count, width), np.broadcast_to(cotangent, (*rows.shape[:-1], 1)).reshape(count, 1)
        order = np.argsort(flat, axis=-1, kind="stable")  # NaN stands last
        ordered, numbers = np.take_along_axis(flat, order, axis=-1), (~np.isnan(flat)).sum(axis=-1)
        parts = [
            Part(numbers == m, order[numbers == m, :m], plain(ordered[numbers == m, :m], given[numbers == m], case))
            for m in np.unique(numbers)
            if m
        ]
        unknown = (numbers == 0) | np.isinf(flat).any(axis=-1)
        return {name: (whole(parts, name, rows, unknown, case.dtype),) for name in names_of(parts)}

    return gradient


def names_of(parts: List[Part]) -> List[str]:
    """The conventions of all rows together: every combination of what any of them has a choice of."""
    said = {word for part in parts for name in part.found for word in name.split(", ")}
    choices = [[word for word in words if word in said] or [""] for words in CHOICES]
    return [", ".join(word for word in words if word) for words in itertools.product(*choices)]


def chosen(found: Readings, name: str) -> Expected:
    """The reading of rows, which may have fewer choices than the convention names."""
    words = {"", *name.split(", ")}
    return next(outputs[0] for own, outputs in found.items() if set(own.split(", ")) <= words)


def whole(parts: List[Part], name: str, rows: np.ndarray, unknown: np.ndarray, dtype: str) -> Expected:
    """One output for all rows from those of the parts under a convention."""
    count, width = unknown.shape[0], rows.shape[-1]

    def spread(part: Part, array: np.ndarray, out: np.ndarray) -> None:
        own = np.zeros((part.places.shape[0], width), out.dtype)
        np.put_along_axis(own, part.places, np.broadcast_to(array, part.places.shape), axis=-1)
        out[part.rows] = own

    outputs: List[Tuple[Part, Expected]] = [(part, chosen(part.found, name)) for part in parts]
    values = [np.zeros((count, width), rows.dtype) for _ in range(max((len(o.values) for _, o in outputs), default=1))]
    free = np.repeat(unknown[:, None], width, axis=1)
    for part, output in outputs:
        for i, value in enumerate(values):
            spread(part, output.values[min(i, len(output.values) - 1)], value)
        if output.free is not None:
            lost = np.zeros_like(free)
            spread(part, output.free, lost)
            free |= lost
            # What overflows on the way meets a product with zero at NaN.
            free[part.rows] |= output.free.all(axis=-1, keepdims=True)

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        error = np.zeros((count, width), rows.dtype)
        for part, output in outputs:
            assert output.bound is not None
            found = output.bound(dtype, accuracy)
            assert found is not None
            spread(part, found, error)
        return error.reshape(rows.shape)

    return Expected(
        rows.shape,
        dtype,
        tuple(value.reshape(rows.shape) for value in values),
        bound,
        free=free.reshape(rows.shape),
        name="x",
    )
