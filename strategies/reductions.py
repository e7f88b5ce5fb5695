"""Structures of reductions and scans: an array, the axes along which it is reduced, and the parameters of the operator."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile
from strategies.hostile import Mutation, Structure
from strategies.shapes import index

SEVERAL, ONE, SCAN = "several", "one", "scan"
"""Which axes an operator takes: any number of them or all; one or all; exactly one."""

COUNTS = ("k", "kth")
"""Parameters that are numbers or places of elements."""


def structures(
    axes: str, dtypes: tuple[str, ...], parameters: tuple[tuple[str, tuple[Any, ...]], ...] = (), empty: bool = True
) -> SearchStrategy[Structure]:
    """Structures of an operator that takes ``axes``, of one of the dtypes, each further parameter one of its values."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        dtype = arrays.one(draw, dtypes)
        ranks = tuple(rank for rank in arrays.RANKS if rank) if axes == SCAN else arrays.RANKS
        shape = arrays.shape(draw, ranks, empty=empty)
        structure: Structure = {
            "inputs": {"x": (shape, dtype, arrays.layout(draw))},
            "parameters": {"axis": axis(draw, axes, len(shape))},
        }
        structure["parameters"].update({name: arrays.one(draw, values) for name, values in parameters})
        hostile.sometimes(draw, structure, _wrong(axes))
        return structure

    return draw_structure()


def axis(draw: DrawFn, axes: str, rank: int) -> Any:
    """An axis, several of them, none of them, or None for all, each counted from either end."""
    if axes == SCAN:
        return arrays.axis(draw, rank)
    if rank == 0 or draw(index(3)) == 0:
        return None
    if axes == ONE or draw(index(2)) == 0:
        return arrays.axis(draw, rank)
    return arrays.axes(draw, rank)


def _wrong(axes: str) -> dict[str, Mutation]:
    """An axis out of range or of an array without any, and an axis that is named twice."""

    def out_of_range(draw: DrawFn, structure: Structure) -> None:
        rank = len(structure["inputs"]["x"][0])
        near = (rank, -rank - 1, rank + 1)
        structure["parameters"]["axis"] = arrays.one(draw, (*near, *hostile.INTEGERS))

    def of_a_scalar(draw: DrawFn, structure: Structure) -> None:
        hostile.reshape(structure, "x", lambda shape: ())
        structure["parameters"]["axis"] = arrays.one(draw, (0, -1, 1, -2))

    def twice(draw: DrawFn, structure: Structure) -> None:
        hostile.reshape(structure, "x", lambda shape: shape or (3,))
        rank = len(structure["inputs"]["x"][0])
        chosen = arrays.axis(draw, rank)
        again = chosen if draw(index(2)) else chosen - rank if chosen >= 0 else chosen + rank
        structure["parameters"]["axis"] = (chosen, again)

    mutations: dict[str, Mutation] = {"axis out of range": out_of_range, "axis of a scalar": of_a_scalar}
    return {**mutations, "axis twice": twice} if axes == SEVERAL else mutations


def classes(structure: Any) -> dict[str, str]:
    """Parameter classes of a structure: those of arrays, and what the axes are."""
    found = arrays.classes(structure)
    parameters = structure["parameters"]
    if "axis" in parameters:
        found["axis"] = axis_class(parameters["axis"])
    for name, value in parameters.items():
        if name not in found and isinstance(value, (int, float)):
            found[name] = arrays.count_class(int(value)) if name in COUNTS else str(value)
    return found


def axis_class(value: Any) -> str:
    """What an axis argument is, in a word."""
    if value is None:
        return "all"
    if isinstance(value, tuple):
        return "several" if value else "none"
    return "negative" if value < 0 else "one"
