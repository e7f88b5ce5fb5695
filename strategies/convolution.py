"""Convolutions and transposed convolutions as plain values: shapes and parameters, bounded in work by construction.

A structure is ``{"inputs": {name: (shape, dtype, layout)}, "parameters": {name: value}}``. The inputs are x (batch,
channels, *spatial; without the batch axis where ``batched`` is false), w (out channels, in channels per group,
*kernel; for a transposed convolution in channels, out channels per group, *kernel) and, in half of the structures,
the bias b (out channels). About one structure in ten is hostile: the parameter ``hostile``, absent elsewhere, names
what was done to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import convolution_hostile, windows
from strategies.convolution_classes import classes as classes
from strategies.dtypes import COMMON_FLOATS, FLOATS
from strategies.layouts import DATA_FORMATS, LAYOUTS
from strategies.shapes import CHANNELS, GROUPS, RANKS, batch, choose, index, one_of
from strategies.windows import Dimension

Structure = dict[str, Any]
Parameters = dict[str, Any]
Spatial = tuple[tuple[Dimension, ...], tuple[int, ...], Parameters]
"""The dimensions, the output sizes, and the parameters that the dimensions decide."""

ELEMENTS = 2**14
"""Largest number of elements of x, of w and of y."""

PRODUCTS = 2**18
"""Largest number of multiplications of one structure."""

MEMORY = 2**26
"""Largest number of bytes of x, w or y that a hostile structure may need by default."""

FUNCTION = ("function",)


def forward(spellings: tuple[str, ...] = FUNCTION, memory: int = MEMORY) -> SearchStrategy[Structure]:
    """Convolutions with explicit padding.

    Parameters: stride, dilation, padding ((low, high) per dimension), groups, data_format, batched, spelling.
    """
    return _structures(_padded, False, spellings, memory)


def transposed(spellings: tuple[str, ...] = FUNCTION, memory: int = MEMORY) -> SearchStrategy[Structure]:
    """Transposed convolutions with an explicit window ((first cell, length) per dimension) in place of ``padding``."""
    return _structures(_windowed, True, spellings, memory)


def forward_nominal(spellings: tuple[str, ...] = FUNCTION, memory: int = MEMORY) -> SearchStrategy[Structure]:
    """Convolutions as users write them: padding is valid, same, causal (1-D), same_lower or a number per dimension."""
    return _structures(_worded, False, spellings, memory)


def transposed_nominal(spellings: tuple[str, ...] = FUNCTION, memory: int = MEMORY) -> SearchStrategy[Structure]:
    """Transposed convolutions as a user writes them.

    padding is valid, same or a number per dimension. At most one of output_padding and output_size is given, as a
    number per dimension; the other is None.
    """
    return _structures(_worded_transposed, True, spellings, memory)


def _structures(
    spatial: Callable[[DrawFn, bool, int], Spatial], transposed: bool, spellings: tuple[str, ...], memory: int
) -> SearchStrategy[Structure]:
    @st.composite
    def structures(draw: DrawFn) -> Structure:
        common = choose(draw, 2) == 1
        dims, outputs, parameters = spatial(draw, common, RANKS.pick(draw, common, aspect=True))
        inputs, parameters = _channels(draw, common, dims, outputs, parameters, transposed)
        parameters["data_format"] = one_of(draw, DATA_FORMATS)
        parameters["spelling"] = one_of(draw, spellings)
        structure = {"inputs": inputs, "parameters": parameters}
        return convolution_hostile.sometimes(draw, structure, transposed, memory)

    return structures()


def _channels(
    draw: DrawFn,
    common: bool,
    dims: tuple[Dimension, ...],
    outputs: tuple[int, ...],
    parameters: Parameters,
    transposed: bool,
) -> tuple[dict[str, Any], Parameters]:
    """The inputs and the remaining parameters, with as many items and channels as the bounds on work leave room for."""
    sizes, kernel = tuple(dim.size for dim in dims), tuple(dim.kernel for dim in dims)
    taps = math.prod(kernel)
    cells, results = math.prod(sizes), math.prod(outputs)
    products = taps * (cells if transposed else results)
    widest = max(cells, results)
    drawn = batch(draw, common, min(ELEMENTS // widest, PRODUCTS // products))
    many = max(drawn or 1, 1)
    channels = min(ELEMENTS // (widest * many), ELEMENTS // taps, PRODUCTS // (products * many))
    groups = GROUPS.pick(draw, common, channels, aspect=True)
    ins = CHANNELS.pick(draw, common, channels // groups)
    outs = CHANNELS.pick(draw, common, channels // (groups * ins))
    dtype, bias = one_of(draw, FLOATS, COMMON_FLOATS if common else None), choose(draw, 2)

    lead = () if drawn is None else (drawn,)
    first, second = (groups * ins, outs) if transposed else (groups * outs, ins)
    inputs = {
        "x": ((*lead, groups * ins, *sizes), dtype, one_of(draw, LAYOUTS)),
        "w": ((first, second, *kernel), dtype, one_of(draw, LAYOUTS)),
    }
    if bias:
        inputs["b"] = ((groups * outs,), dtype, "contiguous")
    return inputs, {**parameters, "groups": groups, "batched": drawn is not None}


def _common(dims: tuple[Dimension, ...]) -> Parameters:
    return {"stride": tuple(dim.stride for dim in dims), "dilation": tuple(dim.dilation for dim in dims)}


def _padded(draw: DrawFn, common: bool, rank: int) -> Spatial:
    """A convolution with explicit padding."""
    dims = windows.dimensions(draw, common, rank, transposed=False)
    kind = one_of(draw, windows.PADDINGS, windows.COMMON_KINDS if common else None)
    if kind == "valid":
        dims = tuple(map(windows.wide_enough, dims))
    pads = tuple(windows.padding(draw, common, kind, dim) for dim in dims)
    return dims, tuple(map(Dimension.outputs, dims, pads)), {**_common(dims), "padding": pads}


def _windowed(draw: DrawFn, common: bool, rank: int) -> Spatial:
    """A transposed convolution with an explicit window."""
    dims = windows.dimensions(draw, common, rank, transposed=True)
    kind = one_of(draw, windows.WINDOWS, windows.COMMON_KINDS if common else None)
    shown = tuple(windows.window(draw, common, kind, dim) for dim in dims)
    return dims, tuple(length for _, length in shown), {**_common(dims), "window": shown}


def _worded(draw: DrawFn, common: bool, rank: int) -> Spatial:
    """A convolution whose padding is a word or one number per dimension."""
    dims = windows.dimensions(draw, common, rank, transposed=False)
    word = one_of(draw, windows.WORDS if rank == 1 else windows.WORDS_WITHOUT_CAUSAL)
    if word == "numbers":
        pads = tuple(windows.PADS.pick(draw, common, dim.reach) for dim in dims)
        dims = tuple(map(windows.wide_enough, dims, pads))
        outputs = tuple(dim.outputs((pad, pad)) for dim, pad in zip(dims, pads, strict=True))
        return dims, outputs, {**_common(dims), "padding": pads}
    if word == "valid":
        dims = tuple(map(windows.wide_enough, dims))
        return dims, tuple(dim.outputs((0, 0)) for dim in dims), {**_common(dims), "padding": word}
    return dims, tuple(-(-dim.size // dim.stride) for dim in dims), {**_common(dims), "padding": word}


def _worded_transposed(draw: DrawFn, common: bool, rank: int) -> Spatial:
    """A transposed convolution whose padding is a word or one number per dimension."""
    dims = windows.dimensions(draw, common, rank, transposed=True)
    word = one_of(draw, windows.TRANSPOSED_WORDS)
    pads = tuple(windows.PADS.pick(draw, common, (dim.canvas - 1) // 2) if word == "numbers" else 0 for dim in dims)
    asked = one_of(draw, ("inferred", "output_padding", "output_size"))
    extra = tuple(draw(index(dim.stride)) if asked != "inferred" else 0 for dim in dims)
    smallest = tuple(
        (dim.size - 1) * dim.stride + 1 if word == "same" else dim.canvas - 2 * pad
        for dim, pad in zip(dims, pads, strict=True)
    )
    parameters = {
        **_common(dims),
        "padding": pads if word == "numbers" else word,
        "output_padding": extra if asked == "output_padding" else None,
        "output_size": tuple(map(sum, zip(smallest, extra, strict=True))) if asked == "output_size" else None,
    }
    return dims, tuple(dim.canvas + 2 * dim.stride for dim in dims), parameters
