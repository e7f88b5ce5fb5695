"""Structures of operators that change shapes: factorisations, permutations, axes; lengths of zero and one among them."""

from __future__ import annotations

import math

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile, pieces
from strategies.hostile import Structure
from strategies.moves import DTYPES, WRONG_AXIS, structure_of
from strategies.padding import CONSTANTS, FLOAT_CONSTANTS
from strategies.pieces import array, shape_of
from strategies.shapes import index


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
    structure: Structure = draw(array())
    size = math.prod(shape_of(structure))
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
    size = math.prod(shape_of(structure))
    structure["parameters"]["shape"] = arrays.one(
        draw, ((size + 1,), (-2, size), (-1, size + 1), (0, -1), (size, 2, 3, 0))
    )
    if structure["parameters"]["shape"] == (size, 2, 3, 0) and size == 0:
        structure["parameters"]["shape"] = (-2,)


def _two_open(draw: DrawFn, structure: Structure) -> None:
    """Two lengths left open."""
    structure["parameters"]["shape"] = (-1, -1)


def _huge(draw: DrawFn, structure: Structure) -> None:
    """Lengths whose product passes the borders of machine types, or wraps around to what would fit."""
    size = max(math.prod(shape_of(structure)), 1)
    shapes = (
        (2**32, 2**32),
        (2**62, 4),
        (2**31, size),
        (2**63 - 1,),
        (2**32, 2**32, size),
        (-(2**63),),
        (-(2**31), -1),
    )
    structure["parameters"]["shape"] = arrays.one(draw, shapes)


@st.composite
def _transpose(draw: DrawFn) -> Structure:
    """A permutation of the axes."""
    structure: Structure = draw(array(ranks=(2, 3, 1, 4, 5, 0)))
    left = list(range(len(shape_of(structure))))
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
    structure: Structure = draw(array(ranks=(2, 3, 1, 4)))
    rank = len(shape_of(structure))
    structure["parameters"].update({first: arrays.axis(draw, rank), second: arrays.axis(draw, rank)})

    def wrong(draw: DrawFn, structure: Structure) -> None:
        structure["parameters"][(first, second)[draw(index(2))]] = hostile.integer(
            draw, (rank, -rank - 1, 2**31, -(2**63))
        )

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
    structure: Structure = draw(array())
    rank = len(shape_of(structure)) + 1
    structure["parameters"]["axis"] = arrays.axis(draw, rank)

    def wrong(draw: DrawFn, structure: Structure) -> None:
        structure["parameters"]["axis"] = hostile.integer(draw, (rank, -rank - 1, 2**31, 2**63 - 1, -(2**63)))

    hostile.sometimes(draw, structure, {"axis": wrong})
    return structure


@st.composite
def _full_like(draw: DrawFn) -> Structure:
    """A constant of the dtype."""
    structure: Structure = draw(array())
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


CREATED = (*arrays.FLOATS, "int32", "int64", "int8", "uint8", "int16")
"""Dtypes of what is made of parameters alone."""


@st.composite
def _diagonal_of_ones(draw: DrawFn) -> Structure:
    """Rows, columns and a diagonal inside or outside."""
    parameters = {
        "rows": arrays.one(draw, (1, 2, 3, 4, 5, 8, 17, 0)),
        "columns": arrays.one(draw, (1, 2, 3, 4, 5, 8, 17, 0)),
        "k": arrays.one(draw, (0, 0, 1, -1, 2, -3, 20, -20)),
    }
    structure = structure_of({"x": ((), arrays.one(draw, CREATED), "contiguous")}, parameters)

    def negative(draw: DrawFn, structure: Structure) -> None:
        name = ("rows", "columns")[draw(index(2))]
        structure["parameters"][name] = hostile.integer(draw, (-1, -7, -(2**31), -(2**63)))

    hostile.sometimes(draw, structure, {"negative": negative})
    return structure


@st.composite
def _arange(draw: DrawFn) -> Structure:
    """A start, a stop before, at or beyond it, and a step; with halves and quarters for floating-point dtypes."""
    dtype = arrays.one(draw, CREATED)
    steps = (1, 2, 3, 7, -1, -2) if "int" in dtype else (1.0, 2.0, 0.5, 0.25, -0.5, -1.0)
    step = arrays.one(draw, steps if dtype != "uint8" else steps[:4])
    start, stop = draw(index(12)), draw(index(60))
    structure = structure_of(
        {"x": ((), dtype, "contiguous")}, {"start": type(step)(start), "stop": type(step)(stop), "step": step}
    )

    def nowhere(draw: DrawFn, structure: Structure) -> None:
        structure["parameters"]["step"] = type(step)(0)

    hostile.sometimes(draw, structure, {"step": nowhere})
    return structure


STRUCTURES: dict[str, SearchStrategy[Structure]] = {
    "array": array(),
    "reshape": _reshape(),
    "transpose": _transpose(),
    "moveaxis": _two_axes("source", "destination"),
    "swapaxes": _two_axes("axis1", "axis2"),
    "squeeze": _squeeze(),
    "expand_dims": _expand_dims(),
    "full_like": _full_like(),
    "linspace": _linspace(),
    "eye": _diagonal_of_ones(),
    "tri": _diagonal_of_ones(),
    "arange": _arange(),
    **pieces.STRUCTURES,
}
"""Strategies by name."""
