"""Samples at given coordinates of an array of any rank (docs.jax.dev, jax.scipy.ndimage.map_coordinates; keras.io,
keras.ops.image.map_coordinates; docs.scipy.org, scipy.ndimage.map_coordinates).

What lies beyond an array is, by mode: a constant, the border element (nearest), the array again (wrap), the array mirrored at its border
elements (mirror) or at its borders (reflect); the names are those of SciPy, of which wrap is its grid-wrap and constant its
grid-constant, as JAX documents. Coordinates are given, so that nothing but the weights is rounded.
"""

from __future__ import annotations

from typing import Callable, Dict, List, Mapping, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS, reference_dtype
from harness.meaning import Expected, Meaning, Rule
from harness.operators.padding.extension import edge, reflected, symmetric, wrapped
from harness.operators.sampling import places
from harness.operators.sampling.copies import Choice, copied, copies, copies_gradient, nothing
from harness.operators.sampling.places import Tap
from harness.operators.sampling.rows import sampling

BEYOND: Mapping[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "nearest": edge,
    "wrap": wrapped,
    "mirror": reflected,
    "reflect": symmetric,
}
"""Which element stands for one beyond the array, by mode; ``constant`` has none."""

NAMES = ("x", "coordinates")


def choice(position: np.ndarray, n: int, mode: str) -> Choice:
    """The element that stands at integral positions, and whether there is one."""
    position = position.astype(np.int64)
    if mode == "constant":
        return np.clip(position, 0, n - 1), (position >= 0) & (position < n)
    return BEYOND[mode](position, n), np.ones(position.shape, bool)


def refusal(case: Case) -> Tuple[Rule, str]:
    """The verdict."""
    shape, points, p = case.inputs["x"].shape, case.inputs["coordinates"].shape, case.parameters
    if len(points) < 1 or points[0] != len(shape):
        return Rule.REFUSE, f"coordinates of shape {points}: the first length is the rank of x, {len(shape)}"
    if p["mode"] not in ("constant", *BEYOND):
        return Rule.REFUSE, f"mode {p['mode']!r}: none of constant, {', '.join(BEYOND)}"
    if p["order"] not in (0, 1):
        return Rule.REFUSE, f"order {p['order']}: 0 or 1"
    if len(points) < 2 or 0 in shape or 0 in points:
        return Rule.EITHER, "a single place without an axis, or nothing to sample or to sample at"
    return Rule.COMPUTE, ""


def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """Parameters: order (0: the nearest element, 1: linear), mode, value (of the mode constant)."""
    rule, reason = refusal(case)
    if rule is not Rule.COMPUTE:
        return Meaning(rule, reason)
    wide = reference_dtype(case.dtype)
    given: Dict[str, np.ndarray] = {name: array.astype(wide) for name, array in arrays.items()}
    nearest = case.parameters["order"] == 0
    if case.quantity == GRADIENT:
        return Meaning(rule, reason, {"": (nearest_gradients if nearest else gradients)(case, given)})
    return Meaning(rule, reason, {"": ((copy if nearest else sampled)(case, given),)})


def result_shape(case: Case) -> Tuple[int, ...]:
    """The shape of the coordinates along one axis."""
    return tuple(case.inputs["coordinates"].shape[1:])


def taps_of(case: Case, coordinates: np.ndarray) -> List[places.Axis]:
    """The taps of linear interpolation, two for every axis."""
    u, mode, axes = FLOATS[case.dtype].roundoff, case.parameters["mode"], []
    for place, n in zip(coordinates.reshape(coordinates.shape[0], -1), case.inputs["x"].shape):
        rows = places.linear_axis(place, np.zeros_like(place), u)
        axes.append([Tap(*choice(position, n, mode), *weights) for position, *weights in rows])
    return axes


def sampled(case: Case, arrays: Mapping[str, np.ndarray]) -> Expected:
    """The samples by linear interpolation."""
    x, axes = arrays["x"], taps_of(case, arrays["coordinates"])
    start = np.zeros(axes[0][0].index.shape, np.int64)
    found = places.values_at(x.reshape(1, -1), axes, x.shape, start, case.parameters["value"])
    return found.expected(result_shape(case), case.dtype, places.roundings(axes))


def gradients(case: Case, arrays: Mapping[str, np.ndarray]) -> Tuple[Expected, ...]:
    """The products for the array and for the coordinates, which at an element itself have none."""
    x, axes = arrays["x"], taps_of(case, arrays["coordinates"])
    points = arrays["coordinates"].reshape(x.ndim, -1)
    start, cotangent = np.zeros(points.shape[1], np.int64), arrays[COTANGENT].reshape(1, -1)
    found, count = places.array_gradient(cotangent, axes, x.shape, start, x.size)
    first = found.expected(x.shape, case.dtype, count[None] + 4 * x.ndim + 4, "x")
    rows = [
        places.place_gradient(x.reshape(1, -1), cotangent, axes, x.shape, start, axis, case.parameters["value"])
        for axis in range(x.ndim)
    ]
    parts = [np.stack(part) for part in zip(*((row.value, row.size, row.lost) for row in rows))]
    free = places.kinks(points, 4 * FLOATS[case.dtype].roundoff * (np.abs(points) + 1))
    shape = arrays["coordinates"].shape
    return first, places.Sampled(*parts).expected(shape, case.dtype, places.roundings(axes) + 4, "coordinates", free)


def choices_of(case: Case, coordinates: np.ndarray) -> List[List[Choice]]:
    """The nearest elements; halves go either way, which no documentation says."""
    u, mode, found = FLOATS[case.dtype].roundoff, case.parameters["mode"], []
    for place, n in zip(coordinates.reshape(coordinates.shape[0], -1), case.inputs["x"].shape):
        error = 2 * u * (np.abs(place) + 1)
        found.append([choice(np.rint(place + step), n, mode) for step in (0, -error, error)])
    return found


def copy(case: Case, arrays: Mapping[str, np.ndarray]) -> Expected:
    """The nearest elements."""
    x, choices = arrays["x"], choices_of(case, arrays["coordinates"])
    start = np.zeros(choices[0][0][0].shape, np.int64)
    readings = copies(x.reshape(1, -1), choices, x.shape, start, case.parameters["value"])
    return copied([reading.reshape(result_shape(case)) for reading in readings], case.dtype)


def nearest_gradients(case: Case, arrays: Mapping[str, np.ndarray]) -> Tuple[Expected, ...]:
    """The cotangents added at the elements; the coordinates have no influence."""
    x, choices = arrays["x"], choices_of(case, arrays["coordinates"])
    cotangent = arrays[COTANGENT].reshape(1, -1)
    start = np.zeros(cotangent.shape[1], np.int64)
    found, terms, free = copies_gradient(cotangent, choices, x.shape, start, x.size)
    first = found.expected(x.shape, case.dtype, terms, "x", free)
    return first, nothing(arrays["coordinates"].shape, case.dtype, "coordinates")


map_coordinates = sampling(
    "map_coordinates",
    NAMES,
    meaning,
    "samples of an array of any rank at given coordinates, nearest or linear",
    differentiable=NAMES,
    result=lambda case: (result_shape(case), case.dtype),
    points=(0.0, 1.0, 2.5, -0.5, -1.0),
)


@map_coordinates.call("jax")
def _(jax, x, coordinates, *, order, mode, value):
    import jax.scipy.ndimage

    return jax.scipy.ndimage.map_coordinates(x, list(coordinates), order, mode, value)


@map_coordinates.call("keras")
def _(keras, x, coordinates, *, order, mode, value):
    return keras.ops.image.map_coordinates(x, coordinates, order, mode, value)
