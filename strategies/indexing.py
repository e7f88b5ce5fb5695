"""Structures of indexing: indices inside, negative, outside and far outside; diagonals, shifts, slices, masks."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile
from strategies.hostile import Mutation, Structure
from strategies.shapes import index

DTYPES = (
    *arrays.FLOATS,
    "int32",
    "int64",
    "int8",
    "uint8",
    "bool",
    "complex64",
    "int16",
    "uint16",
    "uint32",
    "uint64",
    "complex128",
)
"""Dtypes of what is moved, in shrinking order."""

NUMBERS = (*arrays.FLOATS, *arrays.FLOATS, "int32", "int64", "int8", "uint8")
"""Dtypes of what is added or compared."""

INDEX_DTYPES = ("int64", "int32", "int64", "int32", "int64", "int32", "int8", "uint8")
"""Dtypes of indices in shrinking order."""

INDEX_RANGES = {"int8": (-128, 127), "uint8": (0, 255), "int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}

KINDS = ("inside", "inside", "inside", "inside", "negative", "outside", "far")
"""Where indices lie, in shrinking order."""

FAR = (2**31, -(2**31) - 1, 2**31 - 1, -(2**31), 2**32, 2**63 - 1, -(2**63), 2**15)

MOST = 1024
"""Largest number of elements of an input."""


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


def structure_of(inputs: dict[str, Any], parameters: dict[str, Any]) -> Structure:
    """A structure of named inputs and parameters."""
    return {"inputs": inputs, "parameters": parameters}


def _axis(draw: DrawFn, structure: Structure) -> None:
    """An axis that there is not."""
    rank = len(structure["inputs"]["x"][0])
    names = [name for name in ("axis", "axis1") if name in structure["parameters"]]
    structure["parameters"][names[0]] = hostile.integer(draw, (rank, -rank - 1, rank + 7, 2**31, 2**63 - 1, -(2**63)))


WRONG_AXIS: dict[str, Mutation] = {"axis": _axis}


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


@st.composite
def _rows(draw: DrawFn, dtypes: tuple[str, ...] = DTYPES, ranks: tuple[int, ...] = (2,)) -> Structure:
    """Indices of the first axis."""
    shape = arrays.shape(draw, ranks=ranks, most=MOST)
    kind, given = indices(draw, arrays.shape(draw, ranks=(1, 1, 2), most=32), shape[0])
    return structure_of(
        {"x": (shape, arrays.one(draw, dtypes), arrays.layout(draw)), "indices": given}, {"indices_are": kind}
    )


@st.composite
def _along(draw: DrawFn) -> Structure:
    """Indices of x's rank, whose other lengths are x's."""
    shape = arrays.shape(draw, ranks=(1, 2, 2, 3), most=MOST)
    axis = arrays.axis(draw, len(shape))
    place = axis % len(shape)
    count = arrays.LENGTHS.pick(draw, most=16)
    other = (*shape[:place], count, *shape[place + 1 :])
    kind, given = indices(draw, other, shape[place])
    if shape[place] == 0:  # only no index at all lies inside
        given = ((*shape[:place], 0, *shape[place + 1 :]), *given[1:])
    structure = structure_of(
        {"x": (shape, arrays.one(draw, DTYPES), arrays.layout(draw)), "indices": given},
        {"axis": axis, "indices_are": kind},
    )
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
    inputs: dict[str, Any] = {"x": (shape, dtype, arrays.layout(draw)), "indices": given}
    if updated:
        inputs["updates"] = ((given[0][0], *shape[coordinates:]), dtype, arrays.layout(draw))
    structure = structure_of(inputs, {"indices_are": kind})
    if updated:
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


@st.composite
def _where(draw: DrawFn) -> Structure:
    """A condition and two arrays that broadcast."""
    full = arrays.shape(draw, most=MOST)
    shapes = [arrays.broadcast_with(draw, full) for _ in range(2)]
    shapes.insert(draw(index(3)), full)
    dtype = arrays.one(draw, DTYPES)
    structure = structure_of(
        {
            "x": (shapes[0], dtype, arrays.layout(draw)),
            "y": (shapes[1], dtype, arrays.layout(draw)),
            "condition": (shapes[2], "bool", arrays.layout(draw)),
        },
        {},
    )
    hostile.sometimes(draw, structure, {"shapes": _unbroadcast})
    return structure


def _unbroadcast(draw: DrawFn, structure: Structure) -> None:
    """Shapes that do not broadcast."""
    hostile.reshape(structure, "x", lambda shape: (*shape[:-1], 4))
    hostile.reshape(structure, ("y", "condition")[draw(index(2))], lambda shape: (*shape[:-1], 3))


@st.composite
def _array(draw: DrawFn, ranks: tuple[int, ...] = arrays.RANKS, dtypes: tuple[str, ...] = DTYPES) -> Structure:
    """Any array."""
    return structure_of(
        {"x": (arrays.shape(draw, ranks=ranks, most=MOST), arrays.one(draw, dtypes), arrays.layout(draw))}, {}
    )


SHIFTS = (1, -1, 0, 2, 7, -8, 100, -1025, 2**31, -(2**31) - 1)


@st.composite
def _roll(draw: DrawFn) -> Structure:
    """A shift of one axis, of several, or of all elements in a row."""
    structure: Structure = draw(_array(ranks=(1, 2, 3)))
    rank = len(structure["inputs"]["x"][0])
    kind = draw(index(3))
    shift: Any = arrays.one(draw, SHIFTS)
    axis: Any = arrays.axis(draw, rank)
    if kind == 1:
        axis = None
    if kind == 2:
        axis = tuple(arrays.axis(draw, rank) for _ in range(1 + draw(index(2))))
        shift = tuple(arrays.one(draw, SHIFTS[:8]) for _ in axis)
    structure["parameters"].update(shift=shift, axis=axis, indices_are=("axis", "flat", "axes")[kind])
    if kind == 0:
        hostile.sometimes(draw, structure, WRONG_AXIS)
    return structure


@st.composite
def _flip(draw: DrawFn) -> Structure:
    """None, one or several axes to reverse."""
    structure: Structure = draw(_array(ranks=(1, 2, 3, 4, 0)))
    rank = len(structure["inputs"]["x"][0])
    structure["parameters"]["axis"] = arrays.axes(draw, rank) if rank else ()
    if structure["parameters"]["axis"] is None:
        structure["parameters"]["axis"] = tuple(range(rank))
    hostile.sometimes(draw, structure, {"axis": _bad_axes, "twice": _same_axes})
    return structure


def _bad_axes(draw: DrawFn, structure: Structure) -> None:
    rank = len(structure["inputs"]["x"][0])
    structure["parameters"]["axis"] = (hostile.integer(draw, (rank + 1, -rank - 2, 2**31, 2**63 - 1, -(2**63))),)


def _same_axes(draw: DrawFn, structure: Structure) -> None:
    structure["parameters"]["axis"] = (0, 0)


@st.composite
def _rot90(draw: DrawFn) -> Structure:
    """Quarter turns in the plane of two axes."""
    structure: Structure = draw(_array(ranks=(2, 3, 4)))
    rank = len(structure["inputs"]["x"][0])
    first = arrays.axis(draw, rank)
    second = (first % rank + 1 + draw(index(rank - 1))) % rank
    turns = arrays.one(draw, (1, 2, 3, 0, -1, -2, 4, 5, 2**31 + 1))
    structure["parameters"].update(k=turns, axes=(first, second))
    hostile.sometimes(draw, structure, {"axes": _same_plane})
    return structure


def _same_plane(draw: DrawFn, structure: Structure) -> None:
    structure["parameters"]["axes"] = (0, 0)


DIAGONALS = (0, 1, -1, 2, -2, 3, 5, -7, 100, -100)


@st.composite
def _triangle(draw: DrawFn) -> Structure:
    """A diagonal of the last two axes."""
    structure: Structure = draw(_array(ranks=(2, 2, 3)))
    structure["parameters"]["k"] = arrays.one(draw, (*DIAGONALS, 2**31, -(2**31)))
    return structure


@st.composite
def _diagonal(draw: DrawFn, dtypes: tuple[str, ...] = DTYPES) -> Structure:
    """A diagonal of two axes."""
    structure: Structure = draw(_array(ranks=(2, 2, 3), dtypes=dtypes))
    rank = len(structure["inputs"]["x"][0])
    first = arrays.axis(draw, rank)
    second = (first % rank + 1 + draw(index(rank - 1))) % rank
    k = arrays.one(draw, DIAGONALS)
    structure["parameters"].update(k=k, axis1=first, axis2=second)
    hostile.sometimes(draw, structure, {**WRONG_AXIS, "twice": _same_diagonal})
    return structure


def _same_diagonal(draw: DrawFn, structure: Structure) -> None:
    structure["parameters"].update(axis1=0, axis2=0)


@st.composite
def _diag(draw: DrawFn) -> Structure:
    """The elements of a diagonal."""
    shape = arrays.shape(draw, ranks=(1,), most=32)
    return structure_of(
        {"x": (shape, arrays.one(draw, DTYPES), arrays.layout(draw))}, {"k": arrays.one(draw, DIAGONALS[:8])}
    )


@st.composite
def _slices(draw: DrawFn) -> Structure:
    """Start, stop and step of every axis, within the length and beyond it."""
    structure: Structure = draw(_array(ranks=(1, 2, 3)))
    slices = []
    for length in structure["inputs"]["x"][0]:
        ends = (None, 0, 1, 2, length, -1, -2, length - 1, length + 3, -length, -length - 2)
        start, stop = arrays.one(draw, ends), arrays.one(draw, ends)
        slices.append((start, stop, arrays.one(draw, (None, 1, 2, 3, -1, -2, length + 1, -5))))
    structure["parameters"]["slices"] = tuple(slices)
    hostile.sometimes(draw, structure, {"step": _no_step})
    return structure


def _no_step(draw: DrawFn, structure: Structure) -> None:
    """A step of zero."""
    slices = structure["parameters"]["slices"]
    structure["parameters"]["slices"] = ((*slices[0][:2], 0), *slices[1:])


@st.composite
def _window(draw: DrawFn, updated: bool = False) -> Structure:
    """Starts and sizes of a window, inside or beyond the borders; as sizes of updates."""
    structure: Structure = draw(_array(ranks=(1, 2, 3)))
    shape, dtype, _ = structure["inputs"]["x"]
    sizes = tuple(draw(index(length + 1)) for length in shape)
    kind = arrays.one(draw, ("inside", "inside", "outside", "far"))
    starts = [draw(index(length - size + 1)) for length, size in zip(shape, sizes, strict=True)]
    axis = draw(index(len(shape)))
    if kind == "outside":
        starts[axis] = arrays.one(draw, (shape[axis] - sizes[axis] + 1, shape[axis] + 2, -1, -shape[axis] - 2))
    if kind == "far":
        starts[axis] = arrays.one(draw, (2**31 - 1, -(2**31), 2**31, 2**63 - 1, -(2**63)))
    structure["parameters"].update(starts=tuple(starts), indices_are=kind)
    if updated:
        structure["inputs"]["updates"] = (sizes, dtype, arrays.layout(draw))
    else:
        structure["parameters"]["sizes"] = sizes
    hostile.sometimes(draw, structure, {"size": _too_wide_update if updated else _too_wide})
    return structure


def _too_wide(draw: DrawFn, structure: Structure) -> None:
    """A window larger than the array."""
    shape = structure["inputs"]["x"][0]
    sizes = structure["parameters"]["sizes"]
    more = hostile.integer(draw, (shape[0] + 1, shape[0] + 100, 2**31, 2**62))
    structure["parameters"].update(sizes=(more, *sizes[1:]), starts=tuple(0 for _ in shape))


def _too_wide_update(draw: DrawFn, structure: Structure) -> None:
    """Updates larger than the array."""
    length = structure["inputs"]["x"][0][0]
    hostile.reshape(structure, "updates", lambda shape: (length + 1, *shape[1:]))


@st.composite
def _mask(draw: DrawFn) -> Structure:
    """A mask of x's shape."""
    structure: Structure = draw(_array(ranks=(1, 2, 3, 0)))
    shape = structure["inputs"]["x"][0]
    structure["inputs"]["mask"] = (shape, "bool", arrays.layout(draw))
    return structure


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
    "segments": _segments(NUMBERS),
    "one_hot": _one_hot(),
    "where": _where(),
    "array": _array(),
    "roll": _roll(),
    "flip": _flip(),
    "rot90": _rot90(),
    "triangle": _triangle(),
    "diagonal": _diagonal(),
    "trace": _diagonal(dtypes=arrays.FLOATS),
    "diag": _diag(),
    "slices": _slices(),
    "dynamic_slice": _window(),
    "dynamic_update_slice": _window(updated=True),
    "mask": _mask(),
}
"""Strategies by name."""
