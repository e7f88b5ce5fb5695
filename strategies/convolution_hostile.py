"""Wrong and extreme convolutions: the mutations of ``strategies.hostile`` and those that only convolutions have.

A mutation may make a structure that must be refused, or one that is legitimate but extreme. None asks a right
implementation for more memory or work than a limit: where y would need it, the batch becomes empty, so that there is
nothing to compute.
"""

from __future__ import annotations

import math
from typing import Any

from hypothesis.strategies import DrawFn

from strategies import hostile
from strategies.dtypes import BYTES
from strategies.hostile import Mutation, Structure, replaced, reshape
from strategies.shapes import index, one_of

PRODUCTS = 2**25
"""Largest number of multiplications of a hostile structure."""

SMALLEST_MEMORY = 2**24
"""Smallest memory limit in bytes: that of the largest x and w that the mutations make."""

OPTIONAL = ("padding", "window", "output_padding", "output_size")
"""Parameters that only some forms of a convolution have; in nominal forms they may be a word or None."""


def sometimes(draw: DrawFn, structure: Structure, transposed: bool, memory: int) -> Structure:
    """The structure, in one of ten draws changed by one mutation whose name becomes the parameter ``hostile``.

    ``memory``: bytes that x, w and y may each need. Raises ValueError when it is below ``SMALLEST_MEMORY``.
    """
    if memory < SMALLEST_MEMORY:
        raise ValueError(f"memory {memory}: must be at least {SMALLEST_MEMORY} bytes")
    if hostile.sometimes(draw, structure, _applicable(structure["parameters"], transposed), most=1):
        _bound(structure, transposed, memory)
    return structure


def _applicable(parameters: dict[str, Any], transposed: bool) -> dict[str, Mutation]:
    """The mutations that change something in such a structure, in shrinking order."""
    entries = {name: _entry(name) for name in ("stride", "dilation", *OPTIONAL) if name in parameters}
    return {**entries, **(TRANSPOSED if transposed else FORWARD)}


def _entry(name: str) -> Mutation:
    """One entry becomes a hostile integer. A word or None first makes way for plain numbers."""
    change = hostile.entry(name)
    excluded = {"output_padding": "output_size", "output_size": "output_padding"}.get(name)

    def mutate(draw: DrawFn, structure: Structure) -> None:
        parameters = structure["parameters"]
        if not isinstance(parameters[name], tuple):
            plain = output_sizes(structure, transposed=True) if name == "output_size" else None
            parameters[name] = plain or (0,) * len(parameters["stride"])
        if excluded:
            parameters[excluded] = None
        change(draw, structure)

    return mutate


def _groups(draw: DrawFn, structure: Structure) -> None:
    """groups becomes one more or a hostile integer."""
    parameters = structure["parameters"]
    parameters["groups"] = hostile.integer(draw, (parameters["groups"] + 1, *hostile.INTEGERS))


def _channels(draw: DrawFn, structure: Structure) -> None:
    """x or w has one channel more than the other takes, twice as many, or none."""
    name, count = one_of(draw, ("x", "w")), draw(index(3))
    axis = -len(structure["parameters"]["stride"]) - 1
    reshape(structure, name, lambda shape: replaced(shape, axis, (shape[axis] + 1, shape[axis] * 2, 0)[count]))


def _bias(transposed: bool) -> Mutation:
    """A bias of one element more than there are output channels, or of none."""

    def mutate(draw: DrawFn, structure: Structure) -> None:
        inputs = structure["inputs"]
        length = 0 if draw(index(2)) else _outputs(structure, transposed) + 1
        inputs["b"] = ((length,), inputs["w"][1], "contiguous")

    return mutate


def _outputs(structure: Structure, transposed: bool) -> int:
    """Output channels."""
    shape = structure["inputs"]["w"][0]
    return int(shape[1] * structure["parameters"]["groups"] if transposed else shape[0])


def _one_window(transposed: bool) -> Mutation:
    """A stride of any size on a single patch, which is legitimate: the stride is never taken."""

    def mutate(draw: DrawFn, structure: Structure) -> None:
        parameters = structure["parameters"]
        rank, kernel = len(parameters["stride"]), structure["inputs"]["w"][0][2:]
        reach = tuple(d * (k - 1) + 1 for d, k in zip(parameters["dilation"], kernel, strict=True))
        reshape(structure, "x", lambda shape: shape[:-rank] + ((1,) * rank if transposed else reach))
        parameters["stride"] = (hostile.integer(draw, hostile.POSITIVE),) * rank
        pairs = any(isinstance(pad, tuple) for pad in parameters.get("padding", ()))
        plain = {
            "window": tuple((0, length) for length in reach),
            "padding": ((0, 0),) * rank if pairs else (0,) * rank,
            "output_padding": None,
            "output_size": None,
        }
        parameters.update({name: value for name, value in plain.items() if name in parameters})

    return mutate


def _length(name: str, transposed: bool) -> Mutation:
    """One spatial length of x or w becomes zero or about 2^15 or 2^16, on one channel per group and thin elsewhere."""

    def mutate(draw: DrawFn, structure: Structure) -> None:
        groups, rank = structure["parameters"]["groups"], len(structure["parameters"]["stride"])
        axis, length = -1 - draw(index(rank)), hostile.integer(draw, (0, *hostile.LENGTHS))
        reshape(structure, "x", lambda shape: (min(shape[0], 1),) * (len(shape) > rank + 1) + (groups, *shape[-rank:]))
        reshape(structure, "w", lambda shape: (groups, 1, *shape[2:]))
        if "b" in structure["inputs"]:
            reshape(structure, "b", lambda shape: (groups,))
        if name == "x" or transposed:
            reshape(structure, "x", lambda shape: shape[:-rank] + (1,) * rank)
        reshape(structure, "w", lambda shape: shape[:2] + (1,) * rank if name == "w" else shape)
        reshape(structure, name, lambda shape: replaced(shape, axis, length))

    return mutate


def _mutations(transposed: bool) -> dict[str, Mutation]:
    return {
        "groups": _groups,
        "arity": hostile.arity("stride", "dilation"),
        "one_window": _one_window(transposed),
        "rank": hostile.axes("x", "w"),
        "channels": _channels,
        "bias": _bias(transposed),
        "dtypes": hostile.dtypes("x", "w", "b", choices=tuple(BYTES)),
        "size": _length("x", transposed),
        "kernel": _length("w", transposed),
    }


FORWARD, TRANSPOSED = _mutations(False), _mutations(True)


def _bound(structure: Structure, transposed: bool, memory: int) -> None:
    """Empties the batch where y would need more than ``memory`` bytes or more than ``PRODUCTS`` multiplications."""
    inputs, parameters = structure["inputs"], structure["parameters"]
    (x, dtype, layout), w = inputs["x"], inputs["w"][0]
    rank = len(parameters["stride"])
    batched = parameters["batched"]
    if parameters["hostile"] in ("rank", "arity") or (batched and x[0] == 0):
        return
    cells = math.prod(output_sizes(structure, transposed)) * (x[0] if batched else 1)
    channels = max(w[1] * min(parameters["groups"], x[-rank - 1]) if transposed else w[0], 1)
    results = channels * cells
    products = math.prod(x) * math.prod(w[1:]) if transposed else results * math.prod(w[1:])
    if results * BYTES[dtype] > memory or products > PRODUCTS:
        inputs["x"] = ((0, *(x[1:] if batched else x)), dtype, layout)
        parameters["batched"] = True


def output_sizes(structure: Structure, transposed: bool) -> tuple[int, ...]:
    """Upper bounds of the spatial sizes of y, whatever convention is followed; 0 where there can be none."""
    parameters = structure["parameters"]
    kernel, rank = structure["inputs"]["w"][0][2:], len(parameters["stride"])
    sizes = structure["inputs"]["x"][0][-rank:]
    padding = parameters.get("padding")
    results = []
    for i, (n, k, s, d) in enumerate(zip(sizes, kernel, parameters["stride"], parameters["dilation"], strict=True)):
        step, reach = max(s, 1), max(d, 0) * (k - 1) + 1
        numbers = 2 * padding[i] if isinstance(padding, tuple) and isinstance(padding[i], int) else None
        if not transposed:
            padded = reach if isinstance(padding, str) else sum(padding[i]) if numbers is None else numbers
            results.append((n + padded - reach) // step + 1)
        elif "window" in parameters:
            results.append(parameters["window"][i][1])
        elif parameters["output_size"]:
            results.append(parameters["output_size"][i])
        else:
            canvas = (n - 1) * step + reach
            extra = (parameters["output_padding"] or (0,) * rank)[i]
            results.append((max(canvas, n * step) if numbers is None else canvas - numbers) + extra)
    return tuple(max(result, 0) for result in results)
