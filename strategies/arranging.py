"""Structures of operators that arrange elements anew without indices: choices, shifts, reversals, triangles, diagonals, slices, masks."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile
from strategies.hostile import Structure
from strategies.moves import DTYPES, MOST, WRONG_AXIS, structure_of
from strategies.shapes import index


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
