"""Structures of operators that join, cut and repeat arrays."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile
from strategies.hostile import Structure
from strategies.moves import DTYPES, MOST, WRONG_AXIS, structure_of
from strategies.shapes import index

SMALL = 64
"""Largest number of elements of an input that is repeated."""


@st.composite
def array(draw: DrawFn, ranks: tuple[int, ...] = arrays.RANKS, most: int = MOST) -> Structure:
    """Any array."""
    shape = arrays.shape(draw, ranks=ranks, most=most)
    return structure_of({"x": (shape, arrays.one(draw, DTYPES), arrays.layout(draw))}, {})


def shape_of(structure: Structure) -> tuple[int, ...]:
    """The shape of x."""
    shape: tuple[int, ...] = structure["inputs"]["x"][0]
    return shape


@st.composite
def _joined(draw: DrawFn, new: bool) -> Structure:
    """Three arrays that differ in the length of one axis, or in nothing; one may be empty."""
    shape = arrays.shape(draw, ranks=(1, 2, 3, 4) if not new else (1, 2, 0, 3), most=MOST)
    rank = len(shape) + new
    axis = arrays.axis(draw, rank)
    dtype = arrays.one(draw, DTYPES)
    inputs = {}
    for name in ("x", "y", "z"):
        own = list(shape)
        if not new and name != "x":
            own[axis % rank] = (0, 1, 2, 3, 7, own[axis % rank])[draw(index(6))]
        inputs[name] = (tuple(own), dtype, arrays.layout(draw))
    structure = structure_of(inputs, {"axis": axis})

    def longer(draw: DrawFn, structure: Structure) -> None:
        name = ("y", "z")[draw(index(2))]
        hostile.reshape(
            structure, name, lambda own: (*own, 3) if not new and len(own) == 1 else tuple(n + 1 for n in own) or (3,)
        )

    hostile.sometimes(draw, structure, {**WRONG_AXIS, "shapes": longer})
    return structure


@st.composite
def _split(draw: DrawFn) -> Structure:
    """Numbers of equal or nearly equal sections."""
    structure: Structure = draw(array(ranks=(1, 2, 3)))
    axis = arrays.axis(draw, len(shape_of(structure)))
    length = shape_of(structure)[axis]
    sections = [n for n in range(1, min(length, 24) + 1) if length % n == 0] or [1, 2, 3]
    structure["parameters"].update(sections=arrays.one(draw, tuple(sections)), axis=axis)

    def wrong(draw: DrawFn, structure: Structure) -> None:
        structure["parameters"]["sections"] = arrays.one(
            draw, (0, -1, length + 1 if length else -3, -(2**31), -(2**63))
        )

    hostile.sometimes(draw, structure, {**WRONG_AXIS, "sections": wrong})
    return structure


@st.composite
def _array_split(draw: DrawFn) -> Structure:
    """Numbers of sections of any length."""
    structure: Structure = draw(array(ranks=(1, 2, 3)))
    structure["parameters"].update(sections=1 + draw(index(9)), axis=arrays.axis(draw, len(shape_of(structure))))
    hostile.sometimes(draw, structure, WRONG_AXIS)
    return structure


@st.composite
def _split_at(draw: DrawFn) -> Structure:
    """Places between sections, in ascending order, within the length."""
    structure: Structure = draw(array(ranks=(1, 2, 3)))
    axis = arrays.axis(draw, len(shape_of(structure)))
    length = shape_of(structure)[axis]
    places = sorted(draw(index(length + 1)) for _ in range(1 + draw(index(4))))
    structure["parameters"].update(places=tuple(places), axis=axis)
    hostile.sometimes(draw, structure, WRONG_AXIS)
    return structure


@st.composite
def _tile(draw: DrawFn) -> Structure:
    """Repetitions of every axis, of fewer, or of more than there are."""
    structure: Structure = draw(array(ranks=(1, 2, 3, 0), most=SMALL))
    rank = len(shape_of(structure))
    count = max(rank + (0, 0, 0, 1, -1)[draw(index(5))], 1)
    structure["parameters"]["repeats"] = tuple((1, 2, 3, 0)[draw(index(4))] for _ in range(count))

    def negative(draw: DrawFn, structure: Structure) -> None:
        repeats = structure["parameters"]["repeats"]
        structure["parameters"]["repeats"] = (hostile.integer(draw, (-1, -3, -(2**31), -(2**63))), *repeats[1:])

    hostile.sometimes(draw, structure, {"negative": negative})
    return structure


@st.composite
def _repeat(draw: DrawFn) -> Structure:
    """One number of repetitions, along an axis or of all elements in a row."""
    structure: Structure = draw(array(ranks=(1, 2, 3, 0), most=128))
    rank = len(shape_of(structure))
    axis = arrays.axis(draw, rank) if rank and draw(index(4)) else None
    structure["parameters"].update(repeats=arrays.one(draw, (2, 1, 3, 0, 7)), axis=axis)

    def negative(draw: DrawFn, structure: Structure) -> None:
        structure["parameters"]["repeats"] = hostile.integer(draw, (-1, -3, -(2**31), -(2**63)))

    hostile.sometimes(draw, structure, {"negative": negative, **(WRONG_AXIS if axis is not None else {})})
    return structure


@st.composite
def _broadcast_to(draw: DrawFn) -> Structure:
    """A shape that x broadcasts to."""
    full = arrays.shape(draw, most=MOST)
    shape = arrays.broadcast_with(draw, full)
    structure = structure_of({"x": (shape, arrays.one(draw, DTYPES), arrays.layout(draw))}, {"shape": full})

    def other(draw: DrawFn, structure: Structure) -> None:
        hostile.reshape(structure, "x", lambda own: (*own[:-1], 3))
        last = arrays.one(draw, ((4,), (0,), (2,), (-1,), (-2,), (2**31 + 1,)))
        structure["parameters"]["shape"] = (*full[:-1], *last)

    hostile.sometimes(draw, structure, {"shape": other})
    return structure


@st.composite
def _meshgrid(draw: DrawFn) -> Structure:
    """Three arrays of one axis."""
    dtype = arrays.one(draw, DTYPES)
    inputs = {name: (arrays.shape(draw, ranks=(1,), most=12), dtype, arrays.layout(draw)) for name in ("x", "y", "z")}
    return structure_of(inputs, {"indexing": arrays.one(draw, ("ij", "xy"))})


@st.composite
def _unstack(draw: DrawFn) -> Structure:
    """An axis of which every entry becomes a result."""
    structure: Structure = draw(array(ranks=(1, 2, 3)))
    rank = len(shape_of(structure))
    axis = arrays.axis(draw, rank)
    count = 1 + draw(index(9))
    hostile.reshape(structure, "x", lambda shape: (*shape[: axis % rank], count, *shape[axis % rank + 1 :]))
    structure["parameters"]["axis"] = axis
    hostile.sometimes(draw, structure, WRONG_AXIS)
    return structure


@st.composite
def _named(draw: DrawFn, axis: int, ranks: tuple[int, ...]) -> Structure:
    """Three arrays that differ along the axis that a name joins, where they have it, or in nothing; of few axes or of none."""
    shape = arrays.shape(draw, ranks=ranks, most=SMALL)
    joined = axis if len(shape) > axis else 0 if axis == 1 and len(shape) == 1 else None
    joined = None if axis == 0 and len(shape) == 1 else joined  # vectors are rows, which are all as long
    dtype = arrays.one(draw, DTYPES)
    inputs = {}
    for name in ("x", "y", "z"):
        own = list(shape)
        if joined is not None and name != "x":
            own[joined] = (0, 1, 2, 3, 7, own[joined])[draw(index(6))]
        inputs[name] = (tuple(own), dtype, arrays.layout(draw))
    structure = structure_of(inputs, {})
    hostile.sometimes(
        draw, structure, {"shapes": lambda draw, one: hostile.reshape(one, "z", lambda own: (*own, 3, 2, 5))}
    )
    return structure


@st.composite
def _columns(draw: DrawFn) -> Structure:
    """Three vectors of one length, or matrices of as many rows, of which one may be a vector, too."""
    rows, matrices, dtype = draw(index(9)), draw(index(2)), arrays.one(draw, DTYPES)
    inputs = {}
    for name in ("x", "y", "z"):
        flat = not matrices or (name == "z" and draw(index(2)))
        shape = (rows,) if flat else (rows, draw(index(5)))
        inputs[name] = (shape, dtype, arrays.layout(draw))
    structure = structure_of(inputs, {})
    hostile.sometimes(
        draw, structure, {"shapes": lambda draw, one: hostile.reshape(one, "z", lambda own: (own[0] + 1,))}
    )
    return structure


STRUCTURES: dict[str, SearchStrategy[Structure]] = {
    "concatenate": _joined(False),
    "stack": _joined(True),
    "split": _split(),
    "array_split": _array_split(),
    "split_at": _split_at(),
    "tile": _tile(),
    "repeat": _repeat(),
    "broadcast_to": _broadcast_to(),
    "meshgrid": _meshgrid(),
    "unstack": _unstack(),
    "hstack": _named(1, (1, 2, 3, 0)),
    "vstack": _named(0, (2, 1, 3, 0)),
    "dstack": _named(2, (3, 2, 1, 4, 0)),
    "column_stack": _columns(),
}
"""Strategies by name."""
