"""Structures of elementwise operators: one shape, or several that broadcast, in one dtype; some of them wrong on purpose."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile
from strategies.hostile import Mutation, Structure
from strategies.shapes import index


def structures(
    inputs: tuple[str, ...], dtypes: tuple[str, ...], parameters: tuple[tuple[str, tuple[Any, ...]], ...] = ()
) -> SearchStrategy[Structure]:
    """Structures of an operator with the named inputs, of one of the dtypes, each parameter one of its values."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        dtype = arrays.one(draw, dtypes)
        full = arrays.shape(draw)
        shapes = [full] + [arrays.broadcast_with(draw, full) for _ in inputs[1:]]
        if len(inputs) > 1 and draw(index(3)) == 2:
            shapes.reverse()
        structure: Structure = {
            "inputs": {name: (shape, dtype, arrays.layout(draw)) for name, shape in zip(inputs, shapes, strict=True)},
            "parameters": {name: arrays.one(draw, values) for name, values in parameters},
        }
        if len(inputs) > 1:
            hostile.sometimes(draw, structure, _wrong(inputs))
        return structure

    return draw_structure()


def _wrong(inputs: tuple[str, ...]) -> dict[str, Mutation]:
    """Shapes that do not broadcast, and dtypes that differ."""

    def shapes(draw: DrawFn, structure: Structure) -> None:
        name = inputs[-1]
        hostile.reshape(structure, inputs[0], lambda shape: (*shape[:-1], 4))
        other = (3, 5)[draw(index(2))]
        hostile.reshape(structure, name, lambda shape: (*shape[:-1], other))

    known = ("float32", "float64", "int32", "bool")
    return {"shapes": shapes, "dtypes": hostile.dtypes(inputs[0], *inputs[1:], choices=known)}
