"""Sampling at the places of a grid (docs.pytorch.org, torch.nn.functional.grid_sample).

A place g in [-1, 1] is the coordinate (g + 1) / 2 (n - 1) with align_corners, else ((g + 1) n - 1) / 2. The last axis of a grid runs over
(x, y, z), the last spatial axis first. The coordinate costs at most six roundings of numbers up to |s| + 3 n (reflection divides and
folds). The nearest element is open where the coordinate is within that of halfway, the derivative by a place where it is within that of a
kink: an element, a border, a mirror.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Dict, List, Mapping, Sequence, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS, reference_dtype
from harness.meaning import Expected, Meaning, Rule
from harness.operators.sampling import places
from harness.operators.sampling.copies import Choice, at, copied, copies, copies_gradient, nothing
from harness.operators.sampling.places import Axis
from harness.operators.sampling.rows import sampling

NAMES = ("x", "grid")


def reflected(place: np.ndarray, n: int, aligned: bool) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The place mirrored at the centres of the border elements or at their outer edges, its derivative, its distance to a mirror."""
    low, span = (0.0, float(n - 1)) if aligned else (-0.5, float(n))
    if span == 0:
        return np.zeros_like(place), np.zeros_like(place), np.full_like(place, np.inf)
    folded = np.mod(place - low, 2 * span)
    there = folded <= span
    near = np.minimum(np.minimum(folded, 2 * span - folded), np.abs(folded - span))
    return np.where(there, folded, 2 * span - folded) + low, np.where(there, 1.0, -1.0), near


def padded(place: np.ndarray, n: int, mode: str, aligned: bool) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The place that stands for one outside, by padding mode; its derivative; the distance to where that changes."""
    one, far = np.ones_like(place), np.full_like(place, np.inf)
    if mode == "zeros":
        return place, one, far
    slope, near = one, far
    if mode == "reflection":
        place, slope, near = reflected(place, n, aligned)
    slope = np.where((place < 0) | (place > n - 1), 0, slope)
    near = np.minimum(near, np.minimum(np.abs(place), np.abs(place - (n - 1))))
    return np.clip(place, 0, n - 1), slope, near


@dataclass(frozen=True)
class Grid:
    """The taps of a case: ``axes``, per axis the coordinate's ``factors`` (its change with the grid) and whether that is ``open``."""

    axes: List[Axis]
    factors: List[np.ndarray]
    open: List[np.ndarray]
    start: np.ndarray


def coordinates_of(case: Case, grid: np.ndarray) -> List[Tuple[np.ndarray, np.ndarray, float]]:
    """Per spatial axis the coordinates, flat, their largest errors, and how they change with the grid."""
    sizes, u = case.inputs["x"].shape[2:], FLOATS[case.dtype].roundoff
    found = []
    for axis, n in enumerate(sizes):
        g = grid[..., len(sizes) - 1 - axis].reshape(-1)
        place = (g + 1) / 2 * (n - 1) if case.parameters["align_corners"] else ((g + 1) * n - 1) / 2
        factor = (n - 1) / 2 if case.parameters["align_corners"] else n / 2
        found.append((place, 6 * u * (np.abs(place) + 3 * n), factor))
    return found


def start_of(case: Case, count: int) -> np.ndarray:
    """First element of the image that each of ``count`` places lies in."""
    shape = case.inputs["x"].shape
    return np.repeat(np.arange(shape[0]) * math.prod(shape[2:]), count // max(shape[0], 1))


def taps_of(case: Case, grid: np.ndarray) -> Grid:
    """The taps of a linear or cubic case."""
    p, u = case.parameters, FLOATS[case.dtype].roundoff
    aligned, sizes = bool(p["align_corners"]), case.inputs["x"].shape[2:]
    axes, factors, opens = [], [], []
    for (place, error, factor), n in zip(coordinates_of(case, grid), sizes):
        if p["mode"] == "bicubic":
            slope, left_open = np.ones_like(place), np.zeros(place.shape, bool)
            rows = places.cubic_axis(place, error, u, -0.75)
            rows = [(padded(row[0], n, p["padding"], aligned)[0], *row[1:]) for row in rows]
        else:
            moved, slope, near = padded(place, n, p["padding"], aligned)
            left_open = (near <= error) | places.kinks(moved, error)
            rows = places.linear_axis(moved, error, u)
        axes.append([places.tap(n, *row) for row in rows])
        factors.append(slope * factor)
        opens.append(left_open)
    return Grid(axes, factors, opens, start_of(case, grid[..., 0].size))


def flat(array: np.ndarray) -> np.ndarray:
    """(batch, channels, *places) as (channels, batch * places)."""
    return np.moveaxis(array, 1, 0).reshape(array.shape[1], -1)


def batched(expected_shape: Sequence[int], array: np.ndarray) -> np.ndarray:
    """(channels, batch * places) as (batch, channels, *places) of the shape."""
    batch, channels, *rest = expected_shape
    return np.moveaxis(array.reshape(channels, batch, *rest), 0, 1)


def restored(found: places.Sampled, shape: Sequence[int]) -> places.Sampled:
    """A sum by channels as an array of the shape."""
    return places.Sampled(*(batched(shape, part) for part in (found.value, found.size, found.lost)))


def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """Parameters: mode, padding, align_corners."""
    shape, grid, p = case.inputs["x"].shape, case.inputs["grid"].shape, case.parameters
    rank = len(shape) - 2
    if rank not in (2, 3) or len(grid) != len(shape) or grid[-1] != rank or grid[0] != shape[0]:
        return Meaning(Rule.REFUSE, f"x of shape {shape} with a grid of shape {grid}")
    if p["mode"] == "bicubic" and rank == 3:
        return Meaning(Rule.REFUSE, "bicubic is two-dimensional")
    if 0 in shape[1:] or 0 in grid[1:]:
        return Meaning(Rule.EITHER, "no channels or empty sizes: refused, or an empty result")
    wide = reference_dtype(case.dtype)
    given: Dict[str, np.ndarray] = {name: array.astype(wide) for name, array in arrays.items()}
    copying = p["mode"] == "nearest"
    if case.quantity == GRADIENT:
        return Meaning(Rule.COMPUTE, "", {"": (nearest_gradients if copying else gradients)(case, given)})
    return Meaning(Rule.COMPUTE, "", {"": ((nearest if copying else sampled)(case, given),)})


def result_shape(case: Case) -> Tuple[int, ...]:
    """(batch, channels, *places)."""
    return (*case.inputs["x"].shape[:2], *case.inputs["grid"].shape[1:-1])


def sampled(case: Case, arrays: Mapping[str, np.ndarray]) -> Expected:
    """The samples."""
    grid = taps_of(case, arrays["grid"])
    found = places.values_at(flat(arrays["x"]), grid.axes, arrays["x"].shape[2:], grid.start)
    shape = result_shape(case)
    return restored(found, shape).expected(shape, case.dtype, places.roundings(grid.axes))


def gradients(case: Case, arrays: Mapping[str, np.ndarray]) -> Tuple[Expected, ...]:
    """The products for the array and for the grid."""
    grid, x, cotangent = taps_of(case, arrays["grid"]), flat(arrays["x"]), flat(arrays[COTANGENT])
    shape, sizes = arrays["x"].shape, arrays["x"].shape[2:]
    found, count = places.array_gradient(cotangent, grid.axes, sizes, grid.start, x.shape[1])
    terms = batched(shape, np.broadcast_to(count, x.shape))
    first = restored(found, shape).expected(shape, case.dtype, terms + 4 * len(sizes) + 4, "x")
    columns = []
    for axis, factor in enumerate(grid.factors):
        column = places.place_gradient(x, cotangent, grid.axes, sizes, grid.start, axis)
        columns.append(column.scaled(factor))
    parts = [np.stack(part[::-1], axis=-1) for part in zip(*((c.value, c.size, c.lost) for c in columns))]
    steps = places.roundings(grid.axes) + x.shape[0] + 4
    free = np.stack(grid.open[::-1], axis=-1)
    return first, places.Sampled(*parts).expected(arrays["grid"].shape, case.dtype, steps, "grid", free)


def copied_choices(case: Case, grid: np.ndarray) -> List[List[Choice]]:
    """Per axis the element to which halves round to even, and those that rounding of the coordinate may give."""
    p, choices = case.parameters, []
    for (place, error, _), n in zip(coordinates_of(case, grid), case.inputs["x"].shape[2:]):
        moved = padded(place, n, p["padding"], bool(p["align_corners"]))[0]
        choices.append([at(np.rint(moved + step), n) for step in (0, -error, error)])
    return choices


def nearest(case: Case, arrays: Mapping[str, np.ndarray]) -> Expected:
    """Copies: halves round to even, and either way within the coordinate's error."""
    x, shape = flat(arrays["x"]), result_shape(case)
    start = start_of(case, arrays["grid"][..., 0].size)
    readings = copies(x, copied_choices(case, arrays["grid"]), arrays["x"].shape[2:], start)
    return copied(tuple(batched(shape, reading) for reading in readings), case.dtype)


def nearest_gradients(case: Case, arrays: Mapping[str, np.ndarray]) -> Tuple[Expected, ...]:
    """The cotangents added at the elements; the places have no influence."""
    shape, cotangent = arrays["x"].shape, flat(arrays[COTANGENT])
    choices, start = copied_choices(case, arrays["grid"]), start_of(case, cotangent.shape[1])
    found, terms, free = copies_gradient(cotangent, choices, shape[2:], start, math.prod(shape) // max(shape[1], 1))
    first = restored(found, shape).expected(shape, case.dtype, batched(shape, terms), "x", batched(shape, free))
    return first, nothing(arrays["grid"].shape, case.dtype, "grid")


grid_sample = sampling(
    "grid_sample",
    NAMES,
    meaning,
    "samples at the places of a grid, linear, nearest or cubic",
    differentiable=NAMES,
    result=lambda case: (result_shape(case), case.dtype),
)


@grid_sample.call("torch")
def _(torch, x, grid, *, mode, padding, align_corners):
    return torch.nn.functional.grid_sample(x, grid, mode, padding, align_corners)
