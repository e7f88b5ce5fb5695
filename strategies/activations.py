"""Structures of activations with a slope for every channel."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile
from strategies.hostile import Structure
from strategies.shapes import index

RANKS = (2, 3, 4, 2)
"""Numbers of axes: batch, channels, and up to two more."""


def channels() -> SearchStrategy[Structure]:
    """An array x whose second axis is that of channels, and slopes w: one for each of them, or one."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        dtype, shape = arrays.one(draw, arrays.FLOATS), arrays.shape(draw, ranks=RANKS)
        slopes = shape[1:2] if draw(index(3)) < 2 else (1,)
        structure: Structure = {
            "inputs": {"x": (shape, dtype, arrays.layout(draw)), "w": (slopes, dtype, arrays.layout(draw))},
            "parameters": {},
        }
        hostile.sometimes(draw, structure, {"slopes": _other_count})
        return structure

    return draw_structure()


def _other_count(draw: DrawFn, structure: Structure) -> None:
    """A number of slopes that is neither one nor that of the channels."""
    shape, (_, *rest) = structure["inputs"]["x"][0], structure["inputs"]["w"]
    structure["inputs"]["w"] = ((shape[1] + 2,), *rest)
