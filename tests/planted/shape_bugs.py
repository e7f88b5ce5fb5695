"""Planted bugs of operators on shapes: orders exchanged, pieces off by one, constants and ends not quite right."""

from __future__ import annotations

import numpy as np

from harness.case import GRADIENT, Kind
from planted.bugs import Bug

WRONG = (Kind.VALUE, Kind.NOT_FINITE)


def inverse_permutation(case, arrays):
    axes = [axis % len(case.parameters["axes"]) for axis in case.parameters["axes"]]
    return case.with_parameters(axes=tuple(int(i) for i in np.argsort(axes))), arrays


def column_major(case, results):
    """Elements taken in column-major order."""
    if case.quantity == GRADIENT or len(case.inputs["x"].shape) < 2:
        return results
    return [result.reshape(case.inputs["x"].shape).reshape(-1, order="F").reshape(result.shape) for result in results]


def longer_sections_last(case, results):
    sizes = [result.shape for result in results]
    return results if len(set(sizes)) == 1 else results[::-1]


def joined_in_another_order(case, arrays):
    if arrays["y"].shape != arrays["z"].shape:
        return case, arrays
    return case, {**arrays, "y": arrays["z"], "z": arrays["y"]}


def tiled_instead_of_repeated(case, results):
    """The elements of a repetition in the order of a tiling."""
    axis, count = case.parameters["axis"], case.parameters["repeats"]
    if case.quantity == GRADIENT or axis is None or count < 2:
        return results
    y = results[0]
    length = y.shape[axis] // count
    order = np.arange(y.shape[axis]).reshape(length, count).T.reshape(-1)
    return [np.take(y, order, axis=axis)]


def gradient_of_one_copy(case, results):
    """The gradient of a broadcast that counts one of the copies."""
    if case.quantity != GRADIENT:
        return results
    return [np.where(np.abs(result) > 4, result / 2, result).astype(result.dtype) for result in results]


def gradient_of_the_parts_reversed(case, results):
    if case.quantity != GRADIENT or case.parameters.get("axis") is None:
        return results
    return [np.flip(result, case.parameters["axis"]) for result in results]


def end_missed_by_an_ulp(case, results):
    if (
        case.quantity == GRADIENT
        or not case.parameters["endpoint"]
        or case.parameters["count"] < 2
        or case.dtype == "bfloat16"
    ):
        return results
    y = results[0].copy()
    y[-1] = np.nextafter(y[-1], y.dtype.type(np.inf))
    return [y]


def one_shape_too_long(case, shape):
    return (*shape, 1)


BUGS_SHAPE: dict[str, tuple[tuple[str, ...], Bug]] = {
    "shape: inverse permutation": (("transpose",), Bug((*WRONG, Kind.SHAPE), before=inverse_permutation)),
    "shape: column-major": (("reshape", "ravel"), Bug(WRONG, after=column_major)),
    "shape: longer sections last": (("array_split",), Bug((*WRONG, Kind.SHAPE), after=longer_sections_last)),
    "shape: joined in another order": (("concatenate", "stack"), Bug(WRONG, before=joined_in_another_order)),
    "shape: tiled instead of repeated": (("repeat",), Bug(WRONG, after=tiled_instead_of_repeated)),
    "shape: gradient of one copy": (("broadcast_to", "tile", "meshgrid"), Bug(WRONG, after=gradient_of_one_copy)),
    "shape: gradient of the parts reversed": (
        ("split", "array_split", "split_at", "unstack"),
        Bug(WRONG, after=gradient_of_the_parts_reversed),
    ),
    "shape: end missed by an ulp": (("linspace",), Bug(WRONG, after=end_missed_by_an_ulp)),
    "shape: inference one axis too many": (("squeeze", "expand_dims"), Bug((Kind.SHAPE,), shape=one_shape_too_long)),
    "shape: accepts everything": (
        ("reshape", "concatenate"),
        Bug((Kind.ACCEPTED, Kind.DESCRIBED_INVALID), accepts=True),
    ),
}
"""By name the operators that show it, and the bug."""
