"""Structures of Fourier transforms: lengths with small and large prime factors, transforms shorter and longer than the axis, axes."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile
from strategies.hostile import Structure
from strategies.shapes import Pool, index

LENGTHS = Pool(
    (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 25, 31, 32, 33, 37, 64, 65, 97, 101, 127, 128, 211, 256), 5
)
"""Lengths of transforms: powers of two, odd, prime, with large prime factors."""

MOST = 2048
"""Largest number of elements of an array."""

REAL = ("float32", "float32", "float64")
COMPLEX = ("complex64", "complex64", "complex128")

NORMS = ("backward", "backward", "ortho", "forward")
"""Where the factor 1/n stands: with the inverse, as a root with both, with the transform."""


def shape(draw: DrawFn, ranks: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without empty axes."""
    lengths: list[int] = []
    for _ in range(ranks[draw(index(len(ranks)))]):
        lengths.append(LENGTHS.pick(draw, most=max(MOST // max(math.prod(lengths), 1), 1)))
    return tuple(lengths)


def count(draw: DrawFn, length: int, half: bool) -> int | None:
    """The length of a transform: as given, shorter, longer; of a half spectrum, odd as well as even."""
    whole = 2 * (length - 1) if half else length
    kind = draw(index(6))
    if kind < 3 and whole > 0:
        return None
    return max((whole, whole + 1, whole + 1, max(whole - 1, 1), max(whole // 2, 1), whole + 5)[kind], 1)


def one_axis(dtypes: tuple[str, ...], half: bool = False) -> SearchStrategy[Structure]:
    """An array, one of its axes, the length of the transform along it, where its factor stands."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        lengths = shape(draw, (1, 1, 2, 2, 3))
        axis = (-1, -1, arrays.axis(draw, len(lengths)))[draw(index(3))]
        structure: Structure = {
            "inputs": {"x": (lengths, arrays.one(draw, dtypes), arrays.layout(draw))},
            "parameters": {"n": count(draw, lengths[axis], half), "axis": axis, "norm": arrays.one(draw, NORMS)},
        }
        hostile.sometimes(draw, structure, {"n": no_length, "axis": no_axis, "empty": empty})
        return structure

    return draw_structure()


def several_axes(dtypes: tuple[str, ...], axes: int = 0, half: bool = False) -> SearchStrategy[Structure]:
    """An array and several of its axes, the last two where ``axes`` is 2, with a length along each or none at all."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        lengths = shape(draw, (2, 2, 3))
        chosen: tuple[int, ...] = (-2, -1)
        if not axes:
            order = ((-2, -1), (-1,), (0, -1), (-1, -2), tuple(range(-len(lengths), 0)))
            chosen = order[draw(index(len(order)))]
        sizes = tuple(count(draw, lengths[axis], half and axis == chosen[-1]) for axis in chosen)
        whole = tuple(2 * (lengths[a] - 1) if half and a == chosen[-1] else lengths[a] for a in chosen)
        given = tuple(w if size is None else size for size, w in zip(sizes, whole, strict=True))
        structure: Structure = {
            "inputs": {"x": (lengths, arrays.one(draw, dtypes), arrays.layout(draw))},
            "parameters": {
                "s": None if given == whole or (draw(index(2)) and min(whole) > 0) else given,
                "axes": chosen,
                "norm": arrays.one(draw, NORMS),
            },
        }
        hostile.sometimes(draw, structure, {"s": no_lengths, "axes": no_axes, "twice": twice})
        return structure

    return draw_structure()


def no_length(draw: DrawFn, structure: Structure) -> None:
    """A transform of no element, or of fewer."""
    structure["parameters"]["n"] = arrays.one(draw, (0, -1, -(2**31), -(2**63)))


def no_axis(draw: DrawFn, structure: Structure) -> None:
    """An axis that the array does not have."""
    rank = len(structure["inputs"]["x"][0])
    structure["parameters"]["axis"] = arrays.one(draw, (rank, -rank - 1, *hostile.POSITIVE, -(2**31), -(2**63)))


def empty(draw: DrawFn, structure: Structure) -> None:
    """An array whose transformed axis has no element, and no length is given."""
    axis = structure["parameters"]["axis"]
    hostile.reshape(structure, "x", lambda shape: hostile.replaced(shape, axis, 0))
    structure["parameters"]["n"] = None


def no_lengths(draw: DrawFn, structure: Structure) -> None:
    """One of the lengths is zero or negative."""
    structure["parameters"]["s"] = (
        *(4 for _ in structure["parameters"]["axes"][1:]),
        arrays.one(draw, (0, -2, -(2**31))),
    )


def no_axes(draw: DrawFn, structure: Structure) -> None:
    """One of the axes is none of the array's."""
    rank = len(structure["inputs"]["x"][0])
    axes = structure["parameters"]["axes"]
    structure["parameters"]["axes"] = (*axes[1:], arrays.one(draw, (rank, -rank - 1, 2**31, -(2**63))))


def twice(draw: DrawFn, structure: Structure) -> None:
    """An axis is named twice, where there are several."""
    axes = structure["parameters"]["axes"]
    structure["parameters"]["axes"] = (
        tuple(axes[-1] for _ in axes) if len(axes) > 1 else (axes[0], axes[0] + len(structure["inputs"]["x"][0]))
    )
    structure["parameters"]["s"] = None


def shifted() -> SearchStrategy[Structure]:
    """An array of any dtype and the axes along which its halves change places; None for all."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        lengths = arrays.shape(draw, (1, 2, 3), most=MOST)
        axes = arrays.axes(draw, len(lengths))
        structure: Structure = {
            "inputs": {"x": (lengths, arrays.one(draw, (*REAL, *COMPLEX, "int32")), arrays.layout(draw))},
            "parameters": {"axes": axes or None},
        }
        hostile.sometimes(draw, structure, {"axes": no_shift})
        return structure

    return draw_structure()


def no_shift(draw: DrawFn, structure: Structure) -> None:
    """An axis that the array does not have."""
    rank = len(structure["inputs"]["x"][0])
    structure["parameters"]["axes"] = (arrays.one(draw, (rank, -rank - 1, 2**31, -(2**63))),)


def frequencies() -> SearchStrategy[Structure]:
    """An array whose length counts, and the distance between samples."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        lengths = shape(draw, (1,))
        distance: Any = arrays.one(draw, (1.0, 0.5, 0.1, 3.0))
        return {"inputs": {"x": (lengths, "float32", "contiguous")}, "parameters": {"d": distance}}

    return draw_structure()


STRUCTURES: dict[str, SearchStrategy[Structure]] = {
    "fft": one_axis(COMPLEX),
    "ifft": one_axis(COMPLEX),
    "rfft": one_axis(REAL),
    "irfft": one_axis(COMPLEX, half=True),
    "hfft": one_axis(COMPLEX, half=True),
    "ihfft": one_axis(REAL),
    "fft2": several_axes(COMPLEX, 2),
    "ifft2": several_axes(COMPLEX, 2),
    "rfft2": several_axes(REAL, 2),
    "irfft2": several_axes(COMPLEX, 2, half=True),
    "fftn": several_axes(COMPLEX),
    "ifftn": several_axes(COMPLEX),
    "rfftn": several_axes(REAL),
    "irfftn": several_axes(COMPLEX, half=True),
    "fftshift": shifted(),
    "ifftshift": shifted(),
    "fftfreq": frequencies(),
    "rfftfreq": frequencies(),
}
"""Strategies by operator."""
