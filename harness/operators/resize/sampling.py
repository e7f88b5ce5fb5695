"""Sampling at given places: torch's grid_sample and affine_grid (docs.pytorch.org, torch.nn.functional.grid_sample, affine_grid).

A place g in [-1, 1] is the coordinate (g + 1) / 2 (n - 1) with align_corners, else ((g + 1) n - 1) / 2. The last axis of a grid runs over
(x, y, z), the last spatial axis first.

Bound: the coordinate costs at most six roundings of numbers up to |s| + 3 n (reflection divides and folds), so it is
off by e = 6 u (|s| + 3 n); the result is continuous and changes by at most S max |x| e per axis, where S is the sum
of the slopes of the taps: 2 for linear, 4 * 1.4 for cubic. The sum of K products of r weights each has K + 4 r + 4
roundings of max |x| times the sum of weights, at most 2 per axis for cubic. The nearest element is open where the
coordinate is within e of halfway.
"""

from __future__ import annotations

import itertools
import math
from typing import Any, Callable, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from harness.case import Case
from harness.formats import FLOATS, reference_dtype
from harness.meaning import Accuracy, Expected, Meaning, Rule
from harness.operator import Operator, register
from harness.operators.facts import state
from harness.operators.resize.table import drawn
from harness.operators.resize.weights import cubic
from harness.plain import classes, value_sets

Axis = List[Tuple[np.ndarray, np.ndarray]]
"""Taps along one axis: index (possibly outside) and weight."""


def reflected(place: np.ndarray, n: int, aligned: bool) -> np.ndarray:
    """The place mirrored at the centres of the border elements, or at their outer edges."""
    low, span = (0.0, float(n - 1)) if aligned else (-0.5, float(n))
    if span == 0:
        return np.zeros_like(place)
    folded = np.mod(place - low, 2 * span)
    return np.asarray(np.minimum(folded, 2 * span - folded) + low)


def padded(place: np.ndarray, n: int, mode: str, aligned: bool) -> np.ndarray:
    """The place that stands for one outside, by padding mode."""
    if mode == "zeros":
        return place
    return np.clip(reflected(place, n, aligned) if mode == "reflection" else place, 0, n - 1)


def taps_of(place: np.ndarray, n: int, mode: str, padding: str, aligned: bool) -> Axis:
    """The taps along an axis of n elements."""
    if mode == "bicubic":
        base = np.floor(place)
        kernel = cubic(-0.75)
        return [(padded(base + k, n, padding, aligned), kernel(place - base - k)) for k in (-1, 0, 1, 2)]
    place = padded(place, n, padding, aligned)
    base = np.floor(place)
    return [(base, 1 - (place - base)), (base + 1, place - base)]


def gathered(x: np.ndarray, index: Sequence[np.ndarray]) -> np.ndarray:
    """Elements (batch, channels, *places) at one index per spatial axis, zero outside; the index of nearest or of a tap is integral."""
    inside = np.ones(index[0].shape, bool)
    safe = []
    for place, n in zip(index, x.shape[2:]):
        inside &= (place >= 0) & (place < n)
        safe.append(np.clip(place, 0, n - 1).astype(np.int64))
    batch = np.arange(x.shape[0]).reshape(-1, *(1,) * (index[0].ndim - 1))
    found = np.moveaxis(x[(batch, slice(None), *safe)], -1, 1)
    return np.where(inside[:, None], found, 0)


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
    return Meaning(Rule.COMPUTE, "", {"": (sampled(case, arrays),)})


def sampled(case: Case, arrays: Mapping[str, np.ndarray]) -> Expected:
    """The samples with their readings and bound."""
    p, wide = case.parameters, reference_dtype(case.dtype)
    x: np.ndarray = arrays["x"].astype(wide)
    grid: np.ndarray = arrays["grid"].astype(wide)
    sizes, aligned, u = x.shape[2:], bool(p["align_corners"]), FLOATS[case.dtype].roundoff
    places = []
    for axis, n in enumerate(sizes):
        g = grid[..., len(sizes) - 1 - axis]
        places.append((g + 1) / 2 * (n - 1) if aligned else ((g + 1) * n - 1) / 2)
    errors = [6 * u * (np.abs(place) + 3 * n) for place, n in zip(places, sizes)]
    if p["mode"] == "nearest":
        return _nearest(x, places, errors, case)
    axes = [taps_of(place, n, p["mode"], p["padding"], aligned) for place, n in zip(places, sizes)]
    value = np.zeros((*x.shape[:2], *grid.shape[1:-1]), x.dtype)
    for taps in itertools.product(*axes):
        weight = math.prod((w for _, w in taps[1:]), start=taps[0][1])
        value = value + weight[:, None] * gathered(x, [index for index, _ in taps])
    largest = np.abs(x).max(axis=tuple(range(2, x.ndim)), keepdims=True)
    steep, total = (4 * 1.4 * 2, 2.0) if p["mode"] == "bicubic" else (2.0, 1.0)
    count = math.prod(len(axis) for axis in axes)

    def bound(dtype: str, accuracy: Accuracy) -> Optional[np.ndarray]:
        moved = steep * sum(error[:, None] for error in errors)
        rounded = (count + 4 * len(axes) + 4) * u * total ** len(axes)
        tiny = (
            FLOATS[dtype].smallest_normal * count
            if accuracy.flushes(dtype)
            else FLOATS[dtype].smallest_subnormal * count
        )
        return np.asarray((moved + rounded) * largest + tiny)

    return Expected(value.shape, case.dtype, (value,), bound)


def _nearest(x: np.ndarray, places: Sequence[np.ndarray], errors: Sequence[np.ndarray], case: Case) -> Expected:
    """Copies: halves round to even, and either way within the coordinate's error."""
    p, choices = case.parameters, []
    for place, error, n in zip(places, errors, x.shape[2:]):
        moved = padded(place, n, p["padding"], bool(p["align_corners"]))
        choices.append([np.rint(moved), np.rint(moved - error), np.rint(moved + error)])
    first, *others = [gathered(x, index) for index in itertools.product(*choices)]
    distinct = (first, *(other for other in others if not np.array_equal(other, first)))
    return Expected(first.shape, case.dtype, distinct, lambda dtype, accuracy: np.zeros(first.shape))


def affine(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """Parameters: size (height, width), align_corners. x is (batch, 2, 3): rows for the coordinates, columns for x, y and one."""
    shape, (height, width), u = case.inputs["x"].shape, case.parameters["size"], FLOATS[case.dtype].roundoff
    if len(shape) != 3 or shape[1:] != (2, 3):
        return Meaning(Rule.REFUSE, f"theta of shape {shape}: expected (batch, 2, 3)")
    if min(height, width) < 1 or shape[0] == 0:
        return Meaning(
            Rule.REFUSE if min(height, width) < 0 else Rule.EITHER, f"size {height, width}, batch {shape[0]}"
        )
    theta: np.ndarray = arrays["x"].astype(reference_dtype(case.dtype))
    ends = [_base(n, bool(case.parameters["align_corners"])).astype(theta.dtype) for n in (width, height)]
    base = np.stack([*np.broadcast_arrays(ends[0][None, :], ends[1][:, None]), np.ones((height, width))], axis=-1)
    value = np.einsum("hwk,nck->nhwc", base, theta)
    # Six roundings of each base coordinate, one per product and two of the sum; the base is off by u of 1, not of itself.
    error = 10 * u * np.einsum("hwk,nck->nhwc", np.ones_like(base), np.abs(theta)) + FLOATS[case.dtype].smallest_normal
    return Meaning(
        Rule.COMPUTE, "", {"": (Expected(value.shape, case.dtype, (value,), lambda dtype, accuracy: error),)}
    )


def _base(n: int, aligned: bool) -> np.ndarray:
    """The places of n elements between -1 and 1; 0 for a single one."""
    i = np.arange(n, dtype=np.longdouble)
    if aligned:
        return 2 * i / (n - 1) - 1 if n > 1 else i
    return (2 * i + 1) / n - 1


def cases(structure: Case, seed: int) -> List[Case]:
    """Finite value sets; integers as places reach the borders."""
    return value_sets(structure, seed, regimes=("rounding", "exact"), gradient=())


def _operator(name: str, inputs: Tuple[str, ...], of: Callable[..., Meaning], summary: str) -> Operator:
    """A sampling operator."""
    facts: Mapping[str, Any] = {
        "classes": classes,
        "words": lambda case: case.dtype,
        "family": "resize",
        "summary": summary,
    }
    return state(register(Operator(name, inputs=inputs, meaning=of, structures=drawn(name), cases=cases, **facts)))


grid_sample = _operator(
    "grid_sample", ("x", "grid"), meaning, "samples at the places of a grid, linear, nearest or cubic"
)
affine_grid = _operator("affine_grid", ("x",), affine, "the grid of places that an affine map gives")


@grid_sample.call("torch")
def _(torch, x, grid, *, mode, padding, align_corners):
    return torch.nn.functional.grid_sample(x, grid, mode, padding, align_corners)


@affine_grid.call("torch")
def _(torch, x, *, size, align_corners):
    return torch.nn.functional.affine_grid(x, [x.shape[0], 1, *size], align_corners)
