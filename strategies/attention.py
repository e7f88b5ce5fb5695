"""Structures of attention: queries, keys and values with heads, grouped queries, masks of truth values or of numbers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from strategies import arrays, hostile
from strategies.hostile import Structure
from strategies.losses import DTYPES
from strategies.shapes import index

LENGTHS = (1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33)
DEPTHS = (1, 2, 4, 8, 3, 16, 17, 32)
MASKS = ((), (), ("mask",), ("bias",), ("mask", "bias"))
"""Masks: of truth values, and of numbers that are added to the scores."""


@st.composite
def attention(draw: DrawFn) -> Structure:
    """Queries ``x`` (batch, heads, length, depth), keys ``k`` and values ``v`` of another length; heads of keys may be fewer.

    Values may have another depth than keys; masks may be those of one head or of one batch, and stand beside a causal one.
    """
    dtype = arrays.one(draw, DTYPES)
    batch, heads = (1, 2, 3)[draw(index(3))], (1, 2, 3)[draw(index(3))]
    group = (1, 1, 1, 2)[draw(index(4))]
    queries, keys = arrays.one(draw, LENGTHS), arrays.one(draw, LENGTHS)
    if draw(index(3)) == 0:
        keys = queries
    depth = arrays.one(draw, DEPTHS)
    deep = arrays.one(draw, DEPTHS) if draw(index(6)) == 5 else depth
    inputs: dict[str, Any] = {
        "x": ((batch, heads * group, queries, depth), dtype, arrays.layout(draw)),
        "k": ((batch, heads, keys, depth), dtype, arrays.layout(draw)),
        "v": ((batch, heads, keys, deep), dtype, arrays.layout(draw)),
    }
    masks = MASKS[draw(index(len(MASKS)))]
    for name in masks:
        shape = ((batch, 1)[draw(index(2))], (1, heads * group)[draw(index(2))], queries, keys)
        inputs[name] = (shape, "bool" if name == "mask" else dtype, arrays.layout(draw))
    structure: Structure = {
        "inputs": inputs,
        "parameters": {
            "causal": draw(index(4)) < (1 if masks else 2),
            "scale": (None, 1.0, 0.5, 0.1)[draw(index(4))],
            "grouped": group > 1,
        },
    }
    hostile.sometimes(draw, structure, {"depth": _other_depth})
    return structure


@st.composite
def multi_head(draw: DrawFn) -> Structure:
    """Queries ``x``, keys ``k`` and values ``v`` (batch, length, model), projections ``w`` and ``o``, biases ``b`` and ``d``, a mask."""
    dtype = arrays.one(draw, DTYPES)
    batch, heads, depth = (1, 2, 3)[draw(index(3))], (1, 2, 3)[draw(index(3))], (1, 2, 4, 3, 8)[draw(index(5))]
    model = heads * depth
    queries, keys = arrays.one(draw, LENGTHS), arrays.one(draw, LENGTHS)
    shapes: dict[str, tuple[int, ...]] = {
        "x": (batch, queries, model),
        "k": (batch, keys, model),
        "v": (batch, keys, model),
        "w": (3, heads, depth, model),
        "o": (model, heads, depth),
    }
    if draw(index(2)):
        shapes.update(b=(3, heads, depth), d=(model,))
    inputs: dict[str, Any] = {name: (shape, dtype, arrays.layout(draw)) for name, shape in shapes.items()}
    if draw(index(3)) == 2:
        inputs["mask"] = ((batch, queries, keys), "bool", "contiguous")
    structure: Structure = {"inputs": inputs, "parameters": {"causal": draw(index(3)) == 2}}
    hostile.sometimes(draw, structure, {"model": _other_model})
    return structure


def _other_model(draw: DrawFn, structure: Structure) -> None:
    """Keys of another width than the projection takes, neither of them 1."""
    more = 1 + draw(index(3))
    hostile.reshape(structure, "k", lambda shape: (*shape[:-1], shape[-1] + 1 + more))


def _other_depth(draw: DrawFn, structure: Structure) -> None:
    """Keys of another depth than the queries'."""
    more = 1 + draw(index(3))
    hostile.reshape(structure, "k", lambda shape: (*shape[:-1], shape[-1] + more))
