"""Structures of indexing: indices inside, negative, outside and far outside."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arranging, arrays, hostile
from strategies.hostile import Structure
from strategies.moves import DTYPES, MOST, NUMBERS, WRONG_AXIS, structure_of
from strategies.shapes import index

INDEX_DTYPES = ("int64", "int32", "int64", "int32", "int64", "int32", "int8", "uint8")
"""Dtypes of indices in shrinking order."""

INDEX_RANGES = {"int8": (-128, 127), "uint8": (0, 255), "int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}

KINDS = ("inside", "inside", "inside", "inside", "negative", "outside", "far")
"""Where indices lie, in shrinking order."""

FAR = (2**31, -(2**31) - 1, 2**31 - 1, -(2**31), 2**32, 2**63 - 1, -(2**63), 2**15)


def indices(draw: DrawFn, shape: tuple[int, ...], length: int, dtype: str = "") -> tuple[str, tuple[Any, ...]]:
    """Where the indices of an axis of that length lie, and their input; empty where there is nothing to point at."""
    dtype = dtype or arrays.one(draw, INDEX_DTYPES)
    kind: str = arrays.one(draw, KINDS)
    low, high = 0, length - 1
    if kind == "negative":
        low = -length
    if kind == "outside":
        low, high = -2 * length - 1, 2 * length + 1
    if kind == "far":
        low = high = arrays.one(draw, FAR)
    least, most = INDEX_RANGES[dtype]
    low, high = min(max(low, least), most), max(min(high, most), least)
    if length == 0 and kind in ("inside", "negative"):
        shape, low, high = (0, *shape[1:]), 0, 0
    return kind, (shape, dtype, arrays.layout(draw), {"regime": "uniform", "low": low, "high": high})


@st.composite
def _take(draw: DrawFn, modes: tuple[str, ...] = ()) -> Structure:
    """Indices of any shape along an axis."""
    shape = arrays.shape(draw, ranks=(1, 2, 2, 3), most=MOST)
    axis = arrays.axis(draw, len(shape))
    points = arrays.shape(draw, ranks=(1, 1, 1, 2, 0, 3), most=32)
    kind, given = indices(draw, points or (1,), shape[axis])
    if points == () and given[0] != (0,):
        given = ((), *given[1:])
    parameters: dict[str, Any] = {"axis": axis, "indices_are": kind}
    if modes:
        parameters["mode"] = arrays.one(draw, modes)
    structure = structure_of(
        {"x": (shape, arrays.one(draw, DTYPES), arrays.layout(draw)), "indices": given}, parameters
    )
    hostile.sometimes(draw, structure, WRONG_AXIS)
    return structure


@st.composite
def _flat(draw: DrawFn) -> Structure:
    """Indices into all elements."""
    shape = arrays.shape(draw, most=MOST)
    size = 1
    for length in shape:
        size *= length
    kind, given = indices(draw, arrays.shape(draw, ranks=(1, 2), most=32), size)
    return structure_of(
        {"x": (shape, arrays.one(draw, DTYPES), arrays.layout(draw)), "indices": given}, {"indices_are": kind}
    )


def _updated(draw: DrawFn, structure: Structure, shape: tuple[int, ...]) -> None:
    """Updates of that shape and x's dtype."""
    structure["inputs"]["updates"] = (shape, structure["inputs"]["x"][1], arrays.layout(draw))


@st.composite
def _updated_rows(draw: DrawFn, dtypes: tuple[str, ...]) -> Structure:
    """One row of updates for every index."""
    shape = arrays.shape(draw, ranks=(1, 2, 3), most=MOST)
    kind, given = indices(draw, (draw(index(12)),), shape[0])
    structure = structure_of(
        {"x": (shape, arrays.one(draw, dtypes), arrays.layout(draw)), "indices": given}, {"indices_are": kind}
    )
    _updated(draw, structure, (*given[0], *shape[1:]))
    hostile.sometimes(draw, structure, {"updates": _wrong_updates})
    return structure


@st.composite
def _rows(draw: DrawFn, dtypes: tuple[str, ...] = DTYPES, ranks: tuple[int, ...] = (2,)) -> Structure:
    """Indices of the first axis."""
    shape = arrays.shape(draw, ranks=ranks, most=MOST)
    kind, given = indices(draw, arrays.shape(draw, ranks=(1, 1, 2), most=32), shape[0])
    return structure_of(
        {"x": (shape, arrays.one(draw, dtypes), arrays.layout(draw)), "indices": given}, {"indices_are": kind}
    )


@st.composite
def _along(draw: DrawFn, updated: bool = False, dtypes: tuple[str, ...] = DTYPES) -> Structure:
    """Indices of x's rank, whose other lengths are x's; with an update for each."""
    shape = arrays.shape(draw, ranks=(1, 2, 2, 3), most=MOST)
    axis = arrays.axis(draw, len(shape))
    place = axis % len(shape)
    count = arrays.LENGTHS.pick(draw, most=16)
    other = (*shape[:place], count, *shape[place + 1 :])
    kind, given = indices(draw, other, shape[place])
    if shape[place] == 0:  # only no index at all lies inside
        given = ((*shape[:place], 0, *shape[place + 1 :]), *given[1:])
    structure = structure_of(
        {"x": (shape, arrays.one(draw, dtypes), arrays.layout(draw)), "indices": given},
        {"axis": axis, "indices_are": kind},
    )
    if updated:
        _updated(draw, structure, given[0])
    hostile.sometimes(draw, structure, WRONG_AXIS)
    return structure


@st.composite
def _points(draw: DrawFn, updated: bool = False, dtypes: tuple[str, ...] = DTYPES) -> Structure:
    """Indices whose last axis holds coordinates of the first axes of x; with updates of what they point at."""
    shape = arrays.shape(draw, ranks=(1, 2, 2, 3), most=MOST)
    coordinates = 1 + draw(index(len(shape)))
    count = draw(index(12))
    least = min(shape[:coordinates])
    kind, given = indices(draw, (count, coordinates), least)
    dtype = arrays.one(draw, dtypes)
    structure = structure_of({"x": (shape, dtype, arrays.layout(draw)), "indices": given}, {"indices_are": kind})
    if updated:
        _updated(draw, structure, (given[0][0], *shape[coordinates:]))
        hostile.sometimes(draw, structure, {"updates": _wrong_updates})
    return structure


def _wrong_updates(draw: DrawFn, structure: Structure) -> None:
    """Updates of one axis more, of a length that no index has."""
    more = 2 + draw(index(3))
    hostile.reshape(structure, "updates", lambda shape: (*shape, 61 * more))


@st.composite
def _segments(draw: DrawFn, dtypes: tuple[str, ...]) -> Structure:
    """Rows of x and the segment of each."""
    shape = arrays.shape(draw, ranks=(1, 1, 2, 3), most=MOST)
    count = 1 + draw(index(8))
    kind, given = indices(draw, shape[:1], count, arrays.one(draw, ("int32", "int64")))
    return structure_of(
        {"x": (shape, arrays.one(draw, dtypes), arrays.layout(draw)), "indices": given},
        {"count": count, "indices_are": kind},
    )


@st.composite
def _one_hot(draw: DrawFn) -> Structure:
    """Classes, and how many there are."""
    count = 1 + draw(index(20))
    kind, given = indices(draw, arrays.shape(draw, ranks=(1, 2, 0, 3), most=128), count)
    if 0 in given[0]:
        given = ((3,), *given[1:])
    structure = structure_of({"x": given}, {"count": count, "indices_are": kind})
    hostile.sometimes(draw, structure, {"count": _wrong_count})
    return structure


def _wrong_count(draw: DrawFn, structure: Structure) -> None:
    """A negative number of classes."""
    structure["parameters"]["count"] = hostile.integer(draw, (-2, -(2**15), -(2**31)))


STRUCTURES: dict[str, SearchStrategy[Structure]] = {
    "take": _take(),
    "take_mode": _take(("clip", "wrap", "fill")),
    "take_flat": _flat(),
    "embedding": _rows(),
    "index": _rows(ranks=(1, 2, 3)),
    "take_along_axis": _along(),
    "gather_nd": _points(),
    "scatter": _points(updated=True),
    "scatter_numbers": _points(updated=True, dtypes=NUMBERS),
    "index_set": _updated_rows(DTYPES),
    "index_numbers": _updated_rows(NUMBERS),
    "scatter_along": _along(updated=True),
    "scatter_along_numbers": _along(updated=True, dtypes=NUMBERS),
    "segments": _segments(NUMBERS),
    "one_hot": _one_hot(),
    **arranging.STRUCTURES,
}
"""Strategies by name."""
