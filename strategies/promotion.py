"""Structures of the operators on dtype promotion: every pair of dtypes, arrays with and without dimensions, Python scalars."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays as vocabulary
from strategies.hostile import Structure
from strategies.shapes import index

SHAPES: tuple[tuple[int, ...], ...] = ((3,), (2, 17), (), (1,), (0,))
"""Shapes in shrinking order; promotion depends on whether there are dimensions at all."""

OPERATIONS = ("add", "multiply")
SCALARS = (2, 0.5, True, 3.0)


def arrays(dtypes: tuple[str, ...]) -> SearchStrategy[Structure]:
    """Two arrays of any two dtypes that broadcast."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        one, other = vocabulary.one(draw, dtypes), vocabulary.one(draw, dtypes)
        shape = vocabulary.one(draw, SHAPES)
        second = shape if draw(index(4)) < 3 else ()
        return {
            "inputs": {"x": (shape, one, "contiguous"), "y": (second, other, "contiguous")},
            "parameters": {"operation": vocabulary.one(draw, OPERATIONS)},
        }

    return draw_structure()


def scalar(dtypes: tuple[str, ...]) -> SearchStrategy[Structure]:
    """An array of any dtype and a Python scalar."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        return {
            "inputs": {"x": (vocabulary.one(draw, SHAPES), vocabulary.one(draw, dtypes), "contiguous")},
            "parameters": {
                "operation": vocabulary.one(draw, OPERATIONS),
                "scalar": vocabulary.one(draw, SCALARS),
            },
        }

    return draw_structure()
