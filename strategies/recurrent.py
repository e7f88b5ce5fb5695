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

MERGES = ("concat", "concat", "sum", "mul", "ave")
"""How the results of two directions become one."""


Shapes = dict[str, tuple[int, ...]]


def structures(
    gates: int,
    *,
    memory: bool = False,
    biases: tuple[tuple[str, ...], ...] = ((), ("b",), ("b", "d")),
    parameters: tuple[tuple[str, tuple[Any, ...]], ...] = (),
    layered: bool = False,
    flat: bool = False,
) -> SearchStrategy[Structure]:
    """Input ``x``, state ``h``, with ``memory`` a cell state ``c``, kernels ``w`` and ``u``, and one of the sets of biases.

    Kernels have an axis of gates where there is more than one, or with ``flat`` all gates' columns side by side. With ``layered`` a
    sequence runs through layers (``_layers``).
    """

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        batch, inputs, units = arrays.one(draw, BATCHES), WIDTHS.pick(draw), WIDTHS.pick(draw)
        dtype = arrays.one(draw, DTYPES)
        rows = () if gates == 1 else (gates,)
        chosen = {name: arrays.one(draw, values) for name, values in parameters}
        shapes: Shapes = {"x": (batch, inputs), "h": (batch, units)}
        if memory:
            shapes["c"] = (batch, units)
        shapes["w"] = (inputs, gates * units) if flat else (*rows, units, inputs)
        shapes["u"] = (units, gates * units) if flat else (*rows, units, units)
        usable = tuple(names for names in biases if "d" not in names or chosen.get("reset") != "before")
        given = usable[draw(index(len(usable)))]
        shapes.update(dict.fromkeys(given, (gates * units,) if flat else (*rows, units)))
        if layered:
            shapes = _layers(draw, chosen, (batch, inputs, units, gates), memory, given)
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


def _layers(
    draw: DrawFn, chosen: dict[str, Any], sizes: tuple[int, int, int, int], memory: bool, biases: tuple[str, ...]
) -> Shapes:
    """Shapes of a sequence's inputs, with kernels ``v`` of the layers above the first; what is drawn is added to the parameters.

    ``merge`` says how two directions become one; one layer alone may run ``backwards``; ``every`` step is asked for, or the last.
    """
    batch, inputs, units, gates = sizes
    layers, both = (1, 1, 2, 1, 3)[draw(index(5))], bool(draw(index(2)))
    merge = arrays.one(draw, MERGES) if both else "concat"
    backwards = layers == 1 and not both and draw(index(4)) == 3
    chosen.update(layers=layers, bidirectional=both, merge=merge, backwards=backwards, every=draw(index(5)) < 4)
    sides = 2 if both else 1
    width = sides * units if merge == "concat" else units
    states = (layers * sides, batch, units)
    shapes: Shapes = {"x": (arrays.one(draw, STEPS), batch, inputs), "h": states}
    if memory:
        shapes["c"] = states
    shapes["w"] = (sides, gates, units, inputs)
    if layers > 1:
        shapes["v"] = (layers - 1, sides, gates, units, width)
    shapes["u"] = (layers, sides, gates, units, units)
    return {**shapes, **dict.fromkeys(biases, (layers, sides, gates, units))}


def _batch(draw: DrawFn, structure: Structure) -> None:
    """A state of another batch, neither of them 1."""
    count = 3 + draw(index(2))
    hostile.reshape(structure, "x", lambda shape: (*shape[:-2], 2, shape[-1]))
    hostile.reshape(structure, "h", lambda shape: (*shape[:-2], count, shape[-1]))


def _inputs(draw: DrawFn, structure: Structure) -> None:
    """Inputs of another number than the kernel has, neither of them 1."""
    more = 1 + draw(index(2))
    hostile.reshape(structure, "x", lambda shape: (*shape[:-1], shape[-1] + 1 + more))


def _state(draw: DrawFn, structure: Structure) -> None:
    """A state of another number of units, neither of them 1."""
    more = 1 + draw(index(2))
    hostile.reshape(structure, "h", lambda shape: (*shape[:-1], shape[-1] + 1 + more))
