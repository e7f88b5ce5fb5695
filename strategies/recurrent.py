"""Structures of recurrent cells and sequences: batches, inputs and units around the widths of vector registers, with and without biases."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile
from strategies.hostile import Mutation, Structure
from strategies.shapes import Pool, index

DTYPES = ("float32", "float32", "float32", "float64", "float16", "bfloat16")
BATCHES = (1, 2, 3, 5, 8, 0)
"""Batch sizes in shrinking order."""

WIDTHS = Pool((1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 32, 33), 4)
"""Numbers of inputs and of units."""

STEPS = (2, 3, 1, 4, 5)
"""Lengths of sequences in shrinking order."""


def structures(
    gates: int,
    *,
    memory: bool = False,
    biases: tuple[tuple[str, ...], ...] = ((), ("b",), ("b", "d")),
    parameters: tuple[tuple[str, tuple[Any, ...]], ...] = (),
    sequence: bool = False,
    flat: bool = False,
) -> SearchStrategy[Structure]:
    """Input ``x``, state ``h``, with ``memory`` a cell state ``c``, kernels ``w`` and ``u``, and one of the sets of biases.

    Kernels have an axis of gates where there is more than one, or with ``flat`` all gates' columns side by side. In a sequence x has a
    first axis of steps.
    """

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        batch, inputs, units = arrays.one(draw, BATCHES), WIDTHS.pick(draw), WIDTHS.pick(draw)
        dtype = arrays.one(draw, DTYPES)
        lead = (arrays.one(draw, STEPS),) if sequence else ()
        rows = () if gates == 1 else (gates,)
        shapes: dict[str, tuple[int, ...]] = {"x": (*lead, batch, inputs), "h": (batch, units)}
        if memory:
            shapes["c"] = (batch, units)
        shapes["w"] = (inputs, gates * units) if flat else (*rows, units, inputs)
        shapes["u"] = (units, gates * units) if flat else (*rows, units, units)
        chosen = {name: arrays.one(draw, values) for name, values in parameters}
        usable = tuple(names for names in biases if "d" not in names or chosen.get("reset") != "before")
        for name in usable[draw(index(len(usable)))]:
            shapes[name] = (gates * units,) if flat else (*rows, units)
        structure: Structure = {
            "inputs": {name: (shape, dtype, arrays.layout(draw)) for name, shape in shapes.items()},
            "parameters": chosen,
        }
        wrong: dict[str, Mutation] = {
            "batch": _batch,
            "inputs": _inputs,
            "state": _state,
            "axes": hostile.axes("h"),
        }
        hostile.sometimes(draw, structure, wrong)
        return structure

    return draw_structure()


def _batch(draw: DrawFn, structure: Structure) -> None:
    """A state of another batch, neither of them 1."""
    count = 3 + draw(index(2))
    hostile.reshape(structure, "x", lambda shape: (*shape[:-2], 2, shape[-1]))
    hostile.reshape(structure, "h", lambda shape: (count, shape[-1]))


def _inputs(draw: DrawFn, structure: Structure) -> None:
    """Inputs of another number than the kernel has, neither of them 1."""
    more = 1 + draw(index(2))
    hostile.reshape(structure, "x", lambda shape: (*shape[:-1], shape[-1] + 1 + more))


def _state(draw: DrawFn, structure: Structure) -> None:
    """A state of another number of units, neither of them 1."""
    more = 1 + draw(index(2))
    hostile.reshape(structure, "h", lambda shape: (shape[0], shape[-1] + 1 + more))
