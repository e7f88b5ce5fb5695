"""Structures of operators that change shapes: factorisations, permutations, pieces, repetitions; lengths of zero and one among them."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile
from strategies.hostile import Structure
from strategies.indexing import DTYPES, WRONG_AXIS, structure_of
from strategies.shapes import index

MOST = 1024
"""Largest number of elements of an input."""

SMALL = 64
"""Largest number of elements of an input that is repeated."""


@st.composite
def _array(draw: DrawFn, ranks: tuple[int, ...] = arrays.RANKS, most: int = MOST) -> Structure:
    """Any array."""
    shape = arrays.shape(draw, ranks=ranks, most=most)
    return structure_of({"x": (shape, arrays.one(draw, DTYPES), arrays.layout(draw))}, {})


def _x(structure: Structure) -> tuple[int, ...]:
    """The shape of x."""
    shape: tuple[int, ...] = structure["inputs"]["x"][0]
    return shape


def _factors(draw: DrawFn, size: int) -> list[int]:
    """Up to four factors of a size."""
    if size == 0:
        lengths = [1 + draw(index(3)) for _ in range(draw(index(3)))]
        lengths.insert(draw(index(len(lengths) + 1)), 0)
        return lengths
    factors = []
    for _ in range(draw(index(4))):
        divisors = [d for d in range(1, size + 1) if size % d == 0]
        factors.append(divisors[draw(index(len(divisors)))])
        size //= factors[-1]
    return [*factors, size] if size > 1 or not factors or draw(index(2)) else factors


@st.composite
def _reshape(draw: DrawFn) -> Structure:
    """A shape of as many elements, one length of it perhaps left open."""
    structure: Structure = draw(_array())
    size = math.prod(_x(structure))
    shape = _factors(draw, size)
    if size == 1 and draw(index(4)) == 3:
        shape = []
    kind = "all lengths"
    if shape and size and draw(index(2)):
        shape[draw(index(len(shape)))] = -1
        kind = "one left open"
    structure["parameters"].update(shape=tuple(shape), indices_are=kind)
    hostile.sometimes(draw, structure, {"size": _other_size, "open": _two_open, "huge": _huge})
    return structure


def _other_size(draw: DrawFn, structure: Structure) -> None:
    """A shape of more elements, or of a negative length."""
    size = math.prod(_x(structure))
    structure["parameters"]["shape"] = arrays.one(draw, ((size + 1,), (-2, size), (-1, size + 1), (0, -1), (size, 2, 3, 0)))
    if structure["parameters"]["shape"] == (size, 2, 3, 0) and size == 0:
        structure["parameters"]["shape"] = (-2,)


def _two_open(draw: DrawFn, structure: Structure) -> None:
    """Two lengths left open."""
    structure["parameters"]["shape"] = (-1, -1)


def _huge(draw: DrawFn, structure: Structure) -> None:
    """Lengths whose product passes the borders of machine types, or wraps around to what would fit."""
    size = max(math.prod(_x(structure)), 1)
    shapes = ((2**32, 2**32), (2**62, 4), (2**31, size), (2**63 - 1,), (2**32, 2**32, size), (-(2**63),), (-(2**31), -1))
    structure["parameters"]["shape"] = arrays.one(draw, shapes)


@st.composite
def _transpose(draw: DrawFn) -> Structure:
    """A permutation of the axes."""
    structure: Structure = draw(_array(ranks=(2, 3, 1, 4, 5, 0)))
    left = list(range(len(_x(structure))))
    axes = []
    while left:
        axes.append(left.pop(draw(index(len(left)))))
    structure["parameters"]["axes"] = tuple(axes)
    if axes:
        hostile.sometimes(draw, structure, {"twice": _twice, "outside": _outside, "fewer": _fewer})
    return structure


def _twice(draw: DrawFn, structure: Structure) -> None:
    """An axis that stands twice."""
    axes = structure["parameters"]["axes"]
    structure["parameters"]["axes"] = (*axes[:-1], axes[0]) if len(axes) > 1 else (0, 0)


def _outside(draw: DrawFn, structure: Structure) -> None:
    """An axis that there is not."""
    axes = structure["parameters"]["axes"]
    far = hostile.integer(draw, (len(axes), len(axes) + 3, 2**31, -(2**31), 2**63 - 1))
    structure["parameters"]["axes"] = hostile.replaced(axes, draw(index(len(axes))), far)


def _fewer(draw: DrawFn, structure: Structure) -> None:
    """An axis too many."""
    axes = structure["parameters"]["axes"]
    structure["parameters"]["axes"] = (*axes, len(axes))


@st.composite
def _two_axes(draw: DrawFn, first: str, second: str) -> Structure:
    """Two axes, perhaps the same, counted from either end."""
    structure: Structure = draw(_array(ranks=(2, 3, 1, 4)))
    rank = len(_x(structure))
    structure["parameters"].update({first: arrays.axis(draw, rank), second: arrays.axis(draw, rank)})

    def wrong(draw: DrawFn, structure: Structure) -> None:
        structure["parameters"][(first, second)[draw(index(2))]] = hostile.integer(draw, (rank, -rank - 1, 2**31, -(2**63)))

    hostile.sometimes(draw, structure, {"axis": wrong})
    return structure


@st.composite
def _squeeze(draw: DrawFn) -> Structure:
    """Axes of length one among others, to be removed: all, or one of them; or one that is longer."""
    lengths = [(1, 1, 3, 1, 5, 0)[draw(index(6))] for _ in range(1 + draw(index(4)))]
    ones = [i for i, length in enumerate(lengths) if length == 1]
    kind = arrays.one(draw, ("one", "all", "one", "longer"))
    axis: int | None = None
    if kind == "longer" or not ones:
        axis = draw(index(len(lengths)))
    elif kind == "one":
        axis = ones[draw(index(len(ones)))]
    if axis is not None and draw(index(2)):
        axis -= len(lengths)
    structure = structure_of(
        {"x": (tuple(lengths), arrays.one(draw, DTYPES), arrays.layout(draw))}, {"axis": axis, "indices_are": kind}
    )
    if axis is not None:
        hostile.sometimes(draw, structure, WRONG_AXIS)
    return structure


@st.composite
def _expand_dims(draw: DrawFn) -> Structure:
    """Where to put an axis of length one."""
    structure: Structure = draw(_array())
    rank = len(_x(structure)) + 1
    structure["parameters"]["axis"] = arrays.axis(draw, rank)

    def wrong(draw: DrawFn, structure: Structure) -> None:
        structure["parameters"]["axis"] = hostile.integer(draw, (rank, -rank - 1, 2**31, 2**63 - 1, -(2**63)))

    hostile.sometimes(draw, structure, {"axis": wrong})
    return structure


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
        hostile.reshape(structure, name, lambda own: (*own, 3) if not new and len(own) == 1 else tuple(n + 1 for n in own) or (3,))

    hostile.sometimes(draw, structure, {**WRONG_AXIS, "shapes": longer})
    return structure


@st.composite
def _split(draw: DrawFn) -> Structure:
    """Numbers of equal or nearly equal sections."""
    structure: Structure = draw(_array(ranks=(1, 2, 3)))
    axis = arrays.axis(draw, len(_x(structure)))
    length = _x(structure)[axis]
    sections = [n for n in range(1, min(length, 24) + 1) if length % n == 0] or [1, 2, 3]
    structure["parameters"].update(sections=arrays.one(draw, tuple(sections)), axis=axis)

    def wrong(draw: DrawFn, structure: Structure) -> None:
        structure["parameters"]["sections"] = arrays.one(draw, (0, -1, length + 1 if length else -3, -(2**31), -(2**63)))

    hostile.sometimes(draw, structure, {**WRONG_AXIS, "sections": wrong})
    return structure


@st.composite
def _array_split(draw: DrawFn) -> Structure:
    """Numbers of sections of any length."""
    structure: Structure = draw(_array(ranks=(1, 2, 3)))
    structure["parameters"].update(sections=1 + draw(index(9)), axis=arrays.axis(draw, len(_x(structure))))
    hostile.sometimes(draw, structure, WRONG_AXIS)
    return structure


@st.composite
def _split_at(draw: DrawFn) -> Structure:
    """Places between sections, in ascending order, within the length."""
    structure: Structure = draw(_array(ranks=(1, 2, 3)))
    axis = arrays.axis(draw, len(_x(structure)))
    length = _x(structure)[axis]
    places = sorted(draw(index(length + 1)) for _ in range(1 + draw(index(4))))
    structure["parameters"].update(places=tuple(places), axis=axis)
    hostile.sometimes(draw, structure, WRONG_AXIS)
    return structure


@st.composite
def _tile(draw: DrawFn) -> Structure:
    """Repetitions of every axis, of fewer, or of more than there are."""
    structure: Structure = draw(_array(ranks=(1, 2, 3, 0), most=SMALL))
    rank = len(_x(structure))
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
    structure: Structure = draw(_array(ranks=(1, 2, 3, 0), most=128))
    rank = len(_x(structure))
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
    structure: Structure = draw(_array(ranks=(1, 2, 3)))
    rank = len(_x(structure))
    axis = arrays.axis(draw, rank)
    count = 1 + draw(index(9))
    hostile.reshape(structure, "x", lambda shape: (*shape[: axis % rank], count, *shape[axis % rank + 1 :]))
    structure["parameters"]["axis"] = axis
    hostile.sometimes(draw, structure, WRONG_AXIS)
    return structure


@st.composite
def _full_like(draw: DrawFn) -> Structure:
    """A constant of the dtype."""
    from strategies.padding import CONSTANTS, FLOAT_CONSTANTS

    structure: Structure = draw(_array())
    dtype = structure["inputs"]["x"][1]
    known = CONSTANTS.get(dtype, (0, 1, 100) if "int" in dtype else FLOAT_CONSTANTS)
    structure["parameters"]["value"] = arrays.one(draw, known)
    return structure


@st.composite
def _linspace(draw: DrawFn) -> Structure:
    """Starts and stops, scalars or arrays of one shape, and how many values."""
    dtype = arrays.one(draw, arrays.FLOATS)
    shape = arrays.shape(draw, ranks=(0, 0, 1, 2), most=32)
    count = arrays.one(draw, (2, 3, 1, 5, 8, 9, 17, 0, 50, 129))
    inputs = {name: (shape, dtype, arrays.layout(draw)) for name in ("x", "y")}
    structure = structure_of(inputs, {"count": count, "endpoint": bool(draw(index(3)) < 2)})

    def negative(draw: DrawFn, structure: Structure) -> None:
        structure["parameters"]["count"] = hostile.integer(draw, (-1, -2, -(2**31), -(2**63)))

    hostile.sometimes(draw, structure, {"count": negative})
    return structure


STRUCTURES: dict[str, SearchStrategy[Structure]] = {
    "array": _array(),
    "reshape": _reshape(),
    "transpose": _transpose(),
    "moveaxis": _two_axes("source", "destination"),
    "swapaxes": _two_axes("axis1", "axis2"),
    "squeeze": _squeeze(),
    "expand_dims": _expand_dims(),
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
    "full_like": _full_like(),
    "linspace": _linspace(),
}
"""Strategies by name."""
