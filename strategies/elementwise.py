"""Structures of elementwise operators: one shape, or several that broadcast, in one dtype; some of them wrong on purpose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile
from strategies.hostile import Mutation, Structure
from strategies.shapes import index

Parameters = tuple[tuple[str, tuple[Any, ...]], ...]
Recipe = Callable[[str], Mapping[str, Any]]

NONE: Mapping[str, Any] = {}


def structures(
    inputs: tuple[str, ...],
    dtypes: tuple[str, ...],
    parameters: Parameters = (),
    *,
    others: Mapping[str, str] = NONE,
    recipes: Mapping[str, Recipe] = NONE,
    most: int = 0,
) -> SearchStrategy[Structure]:
    """Structures of an operator with the named inputs, of one of the dtypes, each parameter one of its values.

    Inputs in ``others`` have that dtype instead; ``recipes`` gives, for the drawn dtype, further fields of an input's recipe; ``most`` is
    the largest number of elements.
    """

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        dtype = arrays.one(draw, dtypes)
        full = arrays.shape(draw, most=most or arrays.MOST)
        shapes = [full] + [arrays.broadcast_with(draw, full) for _ in inputs[1:]]
        if len(inputs) > 1 and draw(index(3)) == 2:
            shapes.reverse()
        structure: Structure = {"inputs": {}, "parameters": {}}
        for name, shape in zip(inputs, shapes, strict=True):
            described = (shape, others.get(name, dtype), arrays.layout(draw))
            recipe = recipes[name](dtype) if name in recipes else NONE
            structure["inputs"][name] = (*described, dict(recipe)) if recipe else described
        for name, values in parameters:
            structure["parameters"][name] = arrays.one(draw, values)
        if len(inputs) > 1:
            hostile.sometimes(draw, structure, _wrong(inputs))
        return structure

    return draw_structure()


def _wrong(inputs: tuple[str, ...]) -> dict[str, Mutation]:
    """Shapes that do not broadcast, and dtypes that differ."""

    def shapes(draw: DrawFn, structure: Structure) -> None:
        other = (3, 5)[draw(index(2))]
        for name, length in ((inputs[0], 4), (inputs[-1], other)):
            shape, *rest = structure["inputs"][name]
            structure["inputs"][name] = ((*shape[:-1], length), *rest)

    def dtypes(draw: DrawFn, structure: Structure) -> None:
        shape, own, layout, *_ = structure["inputs"][inputs[-1]]
        left = tuple(sorted({"float32", "float64", "int32", "bool"} - {own, structure["inputs"][inputs[0]][1]}))
        structure["inputs"][inputs[-1]] = (shape, arrays.one(draw, left), layout)

    return {"shapes": shapes, "dtypes": dtypes}
