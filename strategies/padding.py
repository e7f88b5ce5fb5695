"""Structures of padding: widths around zero, around the limits that reflecting has, far beyond them, and negative."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile
from strategies.hostile import Structure
from strategies.shapes import index

DTYPES = (*arrays.FLOATS, "int32", "int64", "int8", "uint8", "bool", "complex64")
"""Dtypes in shrinking order."""

REACHES = ("inside", "inside", "inside", "at the limit", "beyond", "negative", "zero")
"""How far the widest pad reaches, in shrinking order."""

CONSTANTS: dict[str, tuple[Any, ...]] = {
    "bool": (False, True),
    "uint8": (0, 1, 200),
    "int8": (0, 1, -100),
    "int32": (0, 1, -7, 2**24 + 1),
    "int64": (0, 1, -7, 2**24 + 1),
}
"""Constants to pad with; floating-point dtypes take those of ``FLOAT_CONSTANTS``."""

FLOAT_CONSTANTS = (0.0, 1.0, -0.5, math.inf, -math.inf, -0.0)

MOST = 256
"""Largest number of elements of an input: padding makes many of few."""


def _width(draw: DrawFn, length: int) -> int:
    """A width that every mode allows."""
    return min(draw(index(4)), max(length - 1, 0))


def _extreme(draw: DrawFn, reach: str, length: int) -> int:
    """A width of that reach."""
    if reach == "at the limit":
        return max(length - 1 + draw(index(2)), 0)
    if reach == "beyond":
        return length + 1 + draw(index(length + 3))
    if reach == "negative":
        return -1 - draw(index(max(length, 1)))
    return 0 if reach == "zero" else _width(draw, length)


def _pads(draw: DrawFn, shape: tuple[int, ...]) -> tuple[str, list[tuple[int, int]]]:
    """Widths for every axis, of which one side of one axis is the extreme one; often none for the first axes."""
    still = draw(index(3))
    pads = [
        (0, 0) if axis < still and len(shape) > still else (_width(draw, length), _width(draw, length))
        for axis, length in enumerate(shape)
    ]
    reach: str = arrays.one(draw, REACHES)
    if reach == "zero":
        return reach, [(0, 0)] * len(shape)
    last = draw(index(len(shape)))
    axis = len(shape) - 1 - last
    other = _width(draw, shape[axis])
    extreme = _extreme(draw, reach, shape[axis])
    pads[axis] = (extreme, other) if draw(index(2)) else (other, extreme)
    return reach, pads


def structures(constant: bool) -> SearchStrategy[Structure]:
    """Structures of padding by a mode, with a constant or without."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        dtype = arrays.one(draw, DTYPES)
        shape = arrays.shape(draw, ranks=(1, 2, 3, 3, 4, 5), most=MOST)
        reach, pads = _pads(draw, shape)
        parameters: dict[str, Any] = {"pads": tuple(pads), "indices_are": reach}
        if constant:
            parameters["value"] = arrays.one(draw, CONSTANTS.get(dtype, FLOAT_CONSTANTS))
        structure: Structure = {"inputs": {"x": (shape, dtype, arrays.layout(draw))}, "parameters": parameters}
        hostile.sometimes(draw, structure, {"width": _far, "too many": _too_many})
        return structure

    return draw_structure()


def _far(draw: DrawFn, structure: Structure) -> None:
    """A width that no memory holds, or that leaves less than nothing."""
    pads = structure["parameters"]["pads"]
    axis, side = draw(index(len(pads))), draw(index(2))
    far = hostile.integer(draw, (-(2**31), 2**62, 2**63 - 1, -(2**63), -(2**15)))
    structure["parameters"]["pads"] = hostile.replaced(pads, axis, hostile.replaced(pads[axis], side, far))


def _too_many(draw: DrawFn, structure: Structure) -> None:
    """Widths of one axis more than there is."""
    structure["parameters"]["pads"] = ((0, 1), *structure["parameters"]["pads"])


@st.composite
def _interior(draw: DrawFn) -> Structure:
    """Widths and gaps between elements; both sides may be negative."""
    dtype = arrays.one(draw, DTYPES)
    shape = arrays.shape(draw, ranks=(1, 2, 3, 0), most=MOST)
    config = []
    for length in shape:
        gap = draw(index(4))
        least = length + max(length - 1, 0) * gap
        low = draw(index(6)) - 2
        config.append((low, max(draw(index(6)) - 2, -least - low), gap))
    value = arrays.one(draw, CONSTANTS.get(dtype, FLOAT_CONSTANTS))
    structure: Structure = {
        "inputs": {"x": (shape, dtype, arrays.layout(draw))},
        "parameters": {"config": tuple(config), "value": value},
    }
    if shape:
        hostile.sometimes(draw, structure, {"gap": _negative_gap, "crop": _crop})
    return structure


def _negative_gap(draw: DrawFn, structure: Structure) -> None:
    """A gap below zero."""
    config = structure["parameters"]["config"]
    axis = draw(index(len(config)))
    gap = hostile.integer(draw, (-1, -2, -(2**31)))
    structure["parameters"]["config"] = hostile.replaced(config, axis, (*config[axis][:2], gap))


def _crop(draw: DrawFn, structure: Structure) -> None:
    """More taken away than there is."""
    config = structure["parameters"]["config"]
    axis = draw(index(len(config)))
    far = hostile.integer(draw, (-(2**14), -(2**31), -(2**62)))
    structure["parameters"]["config"] = hostile.replaced(config, axis, (far, *config[axis][1:]))


STRUCTURES: dict[str, SearchStrategy[Structure]] = {
    "pad_constant": structures(True),
    "pad": structures(False),
    "pad_interior": _interior(),
}
"""Strategies by name."""
