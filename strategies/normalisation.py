"""Structures of normalisations: batches of channels with positions, statistics, weights, some of zero variance."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from strategies import arrays, hostile
from strategies.hostile import Structure
from strategies.losses import DTYPES, Choices, chosen_of
from strategies.shapes import choose, index

EPSILONS = (1e-5, 1e-3, 0.1, 1e-12)
POSITIONS: tuple[tuple[int, ...], ...] = ((), (3,), (4,), (2, 3), (1, 1), (5, 7), (2, 3, 4))
VARIANCE = {"regime": "uniform", "low": 0, "high": 4}
CONSTANT = {"regime": "full", "points": (3.0,)}
"""Zero variance."""


def array_of(draw: DrawFn, shape: tuple[int, ...], dtype: str) -> tuple[Any, ...]:
    """An input of that shape; one in ten is constant."""
    recipe = dict(CONSTANT) if draw(index(10)) == 9 else {}
    return (shape, dtype, arrays.layout(draw), recipe)


@st.composite
def channels(
    draw: DrawFn,
    parameters: Choices = (),
    statistics: bool = False,
    grouped: bool = False,
    least: int = 0,
    affine: bool = True,
    most: int = 3,
) -> Structure:
    """(batch, channels, *positions) with at least ``least`` axes of positions; ``w`` and ``bias``, ``mean`` and ``var`` per channel."""
    dtype = arrays.one(draw, DTYPES)
    groups = (1, 2, 3, 4)[choose(draw, 4)] if grouped else 1
    count = groups * (1, 2, 3, 5, 8, 17)[choose(draw, 6)]
    fitting = tuple(positions for positions in POSITIONS if least <= len(positions) <= most)
    shape = ((1, 2, 3, 8, 17, 0)[choose(draw, 6)], count, *arrays.one(draw, fitting))
    if choose(draw, arrays.KINDS) == arrays.KINDS - 1:
        groups, count, shape = 1, 1, (1,) * len(shape)
    inputs: dict[str, Any] = {"x": array_of(draw, shape, dtype)}
    if statistics:
        inputs["mean"] = ((count,), dtype, "contiguous")
        inputs["var"] = ((count,), dtype, "contiguous", dict(VARIANCE))
    if affine and choose(draw, 2):
        inputs["w"] = ((count,), dtype, "contiguous")
        inputs["bias"] = ((count,), dtype, "contiguous")
    structure: Structure = {"inputs": inputs, "parameters": chosen_of(draw, parameters)}
    if grouped:
        structure["parameters"]["groups"] = groups
    if "w" in inputs:
        hostile.sometimes(draw, structure, {"weights": _longer_weights})
    return structure


def _longer_weights(draw: DrawFn, structure: Structure) -> None:
    """Weights for more channels than there are."""
    more = 1 + draw(index(3))
    for name in ("w", "bias"):
        hostile.reshape(structure, name, lambda shape: (shape[0] + more,))


@st.composite
def trailing(
    draw: DrawFn, parameters: Choices = (), weights: tuple[str, ...] = ("w", "bias"), several: bool = True
) -> Structure:
    """An array that is normalised over its last axis, or with ``several`` its last axes, with weights of their shape."""
    dtype = arrays.one(draw, DTYPES)
    shape = arrays.shape(draw, ranks=(2, 1, 2, 3, 4), most=2048)
    count = 1 + draw(index(min(len(shape), 3))) if several else 1
    inputs: dict[str, Any] = {"x": array_of(draw, shape, dtype)}
    if choose(draw, 2):
        inputs.update(dict.fromkeys(weights, (shape[-count:], dtype, "contiguous")))
    structure: Structure = {"inputs": inputs, "parameters": {"axes": count, **chosen_of(draw, parameters)}}
    if weights[0] in inputs:
        hostile.sometimes(
            draw, structure, {"weights": lambda draw, structure: _wrong_weights(draw, structure, weights)}
        )
    return structure


def _wrong_weights(draw: DrawFn, structure: Structure, weights: tuple[str, ...]) -> None:
    """Weights of a length that does not broadcast."""
    more = 2 + draw(index(2))
    for name in weights:
        hostile.reshape(structure, name, lambda shape: (*shape[:-1], shape[-1] + more))


@st.composite
def any_axes(draw: DrawFn, parameters: Choices = ()) -> Structure:
    """An array that is normalised over some of its axes, one at least; lengths recur, so that a wrong axis may fit."""
    dtype = arrays.one(draw, DTYPES)
    rank = (2, 3, 1, 4)[draw(index(4))]
    lengths = (3, 3, 2, 4, 1, 8, 17)
    shape = tuple(lengths[draw(index(len(lengths)))] for _ in range(rank))
    chosen = [i for i in range(rank) if draw(index(2))] or [arrays.axis(draw, rank) % rank]
    axes = tuple(i - rank if draw(index(2)) else i for i in chosen)
    return {"inputs": {"x": array_of(draw, shape, dtype)}, "parameters": {"axes": axes, **chosen_of(draw, parameters)}}
