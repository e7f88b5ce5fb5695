"""Structures of sorting and searching: an array with an axis, or an array with what is searched in it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile, reductions
from strategies.hostile import Structure
from strategies.shapes import index

Choices = tuple[tuple[str, tuple[Any, ...]], ...]
"""Parameters with their values in shrinking order."""

TIES = 9
"""Distinct integers in arrays that are to have many equal elements."""

COUNTS = (1, 2, 3, 4, 5, 8, 16, 17, 31, 32, 33)
"""How many elements are asked for, at most as many as there are."""


def along_axis(dtypes: tuple[str, ...], parameters: Choices) -> SearchStrategy[Structure]:
    """An array of rank one at least, the axis to sort along, further parameters."""
    return reductions.structures(reductions.SCAN, dtypes, parameters)


def largest(dtypes: tuple[str, ...], parameters: Choices, name: str = "k", last: int = 0) -> SearchStrategy[Structure]:
    """An array of which ``name`` elements of the last axis are asked for, none and all included; with ``last`` 1 a position is."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        shape = arrays.shape(draw, (1, 1, 2, 2, 3), empty=False)
        length = shape[-1]
        few = tuple(count for count in COUNTS if count <= length - last)
        wanted = arrays.one(draw, (*few, length - last, 0))
        structure: Structure = {
            "inputs": {"x": (shape, arrays.one(draw, dtypes), arrays.layout(draw))},
            "parameters": {name: wanted},
        }
        structure["parameters"].update({other: arrays.one(draw, values) for other, values in parameters})
        hostile.sometimes(draw, structure, {"count": too_many})
        return structure

    def too_many(draw: DrawFn, structure: Structure) -> None:
        length = structure["inputs"]["x"][0][-1]
        structure["parameters"][name] = arrays.one(draw, (length + 1, -1 - length, *hostile.INTEGERS[1:]))

    return draw_structure()


def searched(dtypes: tuple[str, ...], parameters: Choices, second: str) -> SearchStrategy[Structure]:
    """A one-dimensional array ``x`` and an array named ``second`` of any shape; two thirds of them integers with many ties."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        dtype = arrays.one(draw, dtypes)
        ties = {"regime": "uniform", "low": 0, "high": TIES - 1}
        recipe = (ties,) if draw(index(3)) < 2 else ()
        return {
            "inputs": {
                "x": (arrays.shape(draw, (1,), empty=False), dtype, arrays.layout(draw), *recipe),
                second: (arrays.shape(draw, (1, 1, 2, 0)), dtype, arrays.layout(draw), *recipe),
            },
            "parameters": {name: arrays.one(draw, values) for name, values in parameters},
        }

    return draw_structure()


def array(
    dtypes: tuple[str, ...], parameters: Choices, ranks: tuple[int, ...] = (1, 1, 2)
) -> SearchStrategy[Structure]:
    """An array and further parameters; half of the arrays hold integers with many ties."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        recipe = ({"regime": "uniform", "low": 0, "high": TIES - 1},) if draw(index(2)) else ()
        dtype = arrays.one(draw, dtypes)
        return {
            "inputs": {"x": (arrays.shape(draw, ranks, empty=False), dtype, arrays.layout(draw), *recipe)},
            "parameters": {name: arrays.one(draw, values) for name, values in parameters},
        }

    return draw_structure()


def binned(dtypes: tuple[str, ...], parameters: Choices) -> SearchStrategy[Structure]:
    """An array and a weight of the same dtype for each element, some of them of another length; further parameters."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        structure: Structure = draw(array(dtypes, parameters))
        shape, dtype, *_ = structure["inputs"]["x"]
        structure["inputs"]["w"] = (shape, dtype, arrays.layout(draw))
        hostile.sometimes(draw, structure, {"weights": other_weights})
        return structure

    def other_weights(draw: DrawFn, structure: Structure) -> None:
        hostile.reshape(structure, "w", lambda shape: (*shape[:-1], shape[-1] + 1))

    return draw_structure()


def counted() -> SearchStrategy[Structure]:
    """Integers to be counted, weights for half of them, a least number of counts; some are negative, some weights of another length."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        shape = arrays.shape(draw, (1,))
        high = arrays.one(draw, (0, 1, 7, 8, 9, 31, 32, 33, 255))
        counts = (shape, arrays.one(draw, ("int32", "int64", "int8", "uint8", "int16")), arrays.layout(draw))
        high = min(high, 127) if counts[1] == "int8" else high
        structure: Structure = {
            "inputs": {"x": (*counts, {"regime": "uniform", "low": 0, "high": high})},
            "parameters": {"minlength": arrays.one(draw, (0, 1, 8, 33, 300))},
        }
        if draw(index(2)):
            structure["inputs"]["w"] = (shape, arrays.one(draw, ("float32", "float64")), arrays.layout(draw))
        hostile.sometimes(draw, structure, {"negative": negative, "weights": other_weights})
        return structure

    def negative(draw: DrawFn, structure: Structure) -> None:
        shape, _, layout, _ = structure["inputs"]["x"]
        low = arrays.one(draw, (-1, -2, -100))
        structure["inputs"]["x"] = (shape or (1,), "int32", layout, {"regime": "uniform", "low": low, "high": low})

    def other_weights(draw: DrawFn, structure: Structure) -> None:
        shape, _, layout, _ = structure["inputs"]["x"]
        structure["inputs"]["w"] = ((shape[0] + 1,), "float32", layout)

    return draw_structure()


def classes(structure: Any) -> dict[str, str]:
    """Parameter classes of a structure: those of reductions, and whether its values are drawn with ties."""
    return reductions.classes(structure)
