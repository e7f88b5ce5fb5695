"""Structures of sampling: grids, affine maps, boxes, coordinates."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile
from strategies.hostile import Structure
from strategies.resize import image, no_size
from strategies.shapes import index

FLOATS = ("float32", "float32", "float64")
"""Dtypes that every framework samples."""


@st.composite
def _grid(draw: DrawFn) -> Structure:
    """Structures of sampling at a grid."""
    dtype = arrays.one(draw, FLOATS)
    mode = arrays.one(draw, ("bilinear", "nearest", "bicubic"))
    rank = 2 if mode == "bicubic" else arrays.one(draw, (2, 2, 3))
    shape = image(draw, rank)
    grid = (shape[0], *(1 + draw(index(6)) for _ in range(rank)), rank)
    parameters = {
        "mode": mode,
        "padding": arrays.one(draw, ("zeros", "border", "reflection")),
        "align_corners": bool(draw(index(2))),
    }
    structure: Structure = {
        "inputs": {"x": (shape, dtype, arrays.layout(draw)), "grid": (grid, dtype, arrays.layout(draw))},
        "parameters": parameters,
    }
    hostile.sometimes(draw, structure, {"grid": _other_grid, "axes": hostile.axes("x", "grid")})
    return structure


def _other_grid(draw: DrawFn, structure: Structure) -> None:
    """A grid of another batch, or of places with a coordinate too many."""
    more = draw(index(2))
    hostile.reshape(
        structure, "grid", lambda shape: (*shape[:-1], shape[-1] + 1) if more else (shape[0] + 1, *shape[1:])
    )


@st.composite
def _affine(draw: DrawFn) -> Structure:
    """Structures of affine grids."""
    dtype = arrays.one(draw, FLOATS)
    rank = arrays.one(draw, (2, 2, 3))
    size = tuple((1 + draw(index(9)), 16, 33)[max(draw(index(6)) - 3, 0) if rank == 2 else 0] for _ in range(rank))
    parameters: dict[str, Any] = {"size": size, "align_corners": bool(draw(index(2)))}
    structure: Structure = {
        "inputs": {"x": ((1 + draw(index(3)), rank, rank + 1), dtype, arrays.layout(draw))},
        "parameters": parameters,
    }
    hostile.sometimes(draw, structure, {"size": no_size, "axes": hostile.axes("x")})
    return structure


@st.composite
def _crops(draw: DrawFn) -> Structure:
    """Structures of crops: boxes inside and outside, flipped or empty, of several images."""
    dtype = arrays.one(draw, ("float32", "float32", "float32", "float64", "float16", "uint8", "int32"))
    shape = image(draw, 2)
    boxes = (1, 2, 3, 0)[draw(index(4))]
    size = tuple((1, 2, 3, 4, 5, 7, 9)[draw(index(7))] for _ in range(2))
    parameters: dict[str, Any] = {"size": size, "method": arrays.one(draw, ("bilinear", "bilinear", "nearest"))}
    parameters["value"] = arrays.one(draw, (0.0, 1.0, -0.5))
    within = {"regime": "uniform", "low": 0, "high": max(shape[0] - 1, 0)}
    structure: Structure = {
        "inputs": {
            "x": (shape, dtype, arrays.layout(draw)),
            "boxes": ((boxes, 4), "float32", arrays.layout(draw)),
            "index": ((boxes,), "int32", "contiguous", within),
        },
        "parameters": parameters,
    }
    hostile.sometimes(draw, structure, {"size": no_size, "arity": hostile.arity("size"), "axes": hostile.axes("x")})
    return structure


@st.composite
def _coordinates(draw: DrawFn) -> Structure:
    """Structures of sampling at coordinates; axes are short, so that most coordinates lie beyond them in some axis."""
    dtype = arrays.one(draw, arrays.FLOATS)
    shape = tuple((1, 2, 3, 4, 5, 2, 3, 8)[draw(index(8))] for _ in range(arrays.one(draw, (1, 2, 2, 3))))
    points = tuple((1, 2, 3, 5, 8, 17)[draw(index(6))] for _ in range(arrays.one(draw, (1, 1, 2))))
    parameters: dict[str, Any] = {
        "order": arrays.one(draw, (1, 0)),
        "mode": arrays.one(draw, ("constant", "nearest", "wrap", "mirror", "reflect")),
        "value": arrays.one(draw, (0.0, 1.0, -0.5)),
    }
    structure: Structure = {
        "inputs": {
            "x": (shape, dtype, arrays.layout(draw)),
            "coordinates": ((len(shape), *points), dtype, arrays.layout(draw)),
        },
        "parameters": parameters,
    }
    hostile.sometimes(draw, structure, {"order": _order, "mode": _mode, "axes": hostile.axes("x")})
    return structure


def _order(draw: DrawFn, structure: Structure) -> None:
    """An order that there is not."""
    structure["parameters"]["order"] = hostile.integer(draw, (2, -1, 3, 2**31))


def _mode(draw: DrawFn, structure: Structure) -> None:
    """A mode that there is not."""
    structure["parameters"]["mode"] = arrays.one(draw, ("", "grid-wrap", "NEAREST"))


STRUCTURES: dict[str, SearchStrategy[Structure]] = {
    "grid_sample": _grid(),
    "affine_grid": _affine(),
    "crop_and_resize": _crops(),
    "map_coordinates": _coordinates(),
}
"""Strategies by name."""
