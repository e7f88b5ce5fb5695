"""Structures of operators from outside: all inputs of one shape, or of the shapes that a strategy of the user's draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays
from strategies.elementwise import Parameters
from strategies.hostile import Structure


def structures(
    inputs: tuple[str, ...], dtypes: tuple[str, ...], parameters: Parameters, shapes: Any = None
) -> SearchStrategy[Structure]:
    """Structures of an operator with the named inputs, of one of the dtypes, each parameter one of its values.

    ``shapes`` is a strategy, or a sequence, of shapes that all inputs have, or of mappings from input to shape; None: any shape.
    Drawing raises ValueError where it gives something else.
    """
    given = shapes if shapes is None or isinstance(shapes, SearchStrategy) else st.sampled_from(list(shapes))

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        dtype = arrays.one(draw, dtypes)
        drawn = arrays.shape(draw) if given is None else draw(given)
        structure: Structure = {"inputs": {}, "parameters": {}}
        for name in inputs:
            structure["inputs"][name] = (_shape(drawn, name), dtype, arrays.layout(draw))
        for name, values in parameters:
            structure["parameters"][name] = arrays.one(draw, values)
        return structure

    return draw_structure()


def _shape(drawn: Any, name: str) -> tuple[int, ...]:
    """The shape of an input in what was drawn. Raises ValueError."""
    if isinstance(drawn, Mapping) and name not in drawn:
        raise ValueError(f"shapes gave {drawn!r}: expected a shape for input {name!r}")
    shape = drawn[name] if isinstance(drawn, Mapping) else drawn
    if not isinstance(shape, (tuple, list)) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError(f"shapes gave {shape!r} for input {name!r}: expected a tuple of lengths")
    return tuple(shape)
