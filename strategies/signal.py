"""Structures of signal and image helpers: frames and steps, windows of images, pairs of signals, colours."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from strategies import arrays, hostile
from strategies.hostile import Structure
from strategies.shapes import Pool, index

SIZES = Pool((1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 32, 33, 64, 65), 5)
"""Lengths of frames."""

STEPS = Pool((1, 2, 3, 4, 5, 7, 8, 16, 17), 4)
"""Distances between frames: below, at and above their length."""

LENGTHS = Pool((1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 256, 257), 8)
"""Lengths of signals and windows, among them primes and those at powers of two."""

WIDE = ("float32", "float32", "float64")


def one_input(draw: DrawFn, shape: tuple[int, ...], dtypes: tuple[str, ...], **parameters: Any) -> Structure:
    """A structure with one input."""
    return {"inputs": {"x": (shape, arrays.one(draw, dtypes), arrays.layout(draw))}, "parameters": parameters}


def batch(draw: DrawFn) -> tuple[int, ...]:
    """Axes before the last: none, one, or two."""
    return ((), (2,), (1,), (3,), (2, 3))[draw(index(5))]


@st.composite
def frames(draw: DrawFn, dtypes: tuple[str, ...] = arrays.FLOATS) -> Structure:
    """A signal, a frame's length at most its own, and a step; hostile: longer frames, steps that are not positive."""
    size, step = SIZES.pick(draw), STEPS.pick(draw)
    length = size + step * draw(index(6)) + draw(index(step))
    structure = one_input(draw, (*batch(draw), length), dtypes, size=size, step=step)

    def longer(draw: DrawFn, structure: Structure) -> None:
        structure["parameters"]["size"] = length + 1 + draw(index(3))

    def number(draw: DrawFn, structure: Structure) -> None:
        structure["parameters"][arrays.one(draw, ("step", "size"))] = (0, -1, 2**31, 2**62)[draw(index(4))]

    hostile.sometimes(draw, structure, {"longer": longer, "number": number})
    return structure


@st.composite
def overlapping(draw: DrawFn) -> Structure:
    """Frames (..., frames, length) and a step."""
    shape = (*batch(draw), 1 + draw(index(6)), SIZES.pick(draw))
    structure = one_input(draw, shape, arrays.FLOATS, step=STEPS.pick(draw))
    hostile.sometimes(draw, structure, {"axes": lambda draw, s: hostile.reshape(s, "x", lambda shape: shape[-1:])})
    return structure


def pair(draw: DrawFn, values: tuple[int, ...]) -> tuple[int, int]:
    """Two of the values."""
    return arrays.one(draw, values), arrays.one(draw, values)


def window(draw: DrawFn) -> tuple[dict[str, Any], tuple[int, int]]:
    """A window with stride, dilation and padding, and the lengths of an image that holds it."""
    size, stride = pair(draw, (1, 2, 3, 2, 5)), pair(draw, (1, 1, 2, 3))
    dilation, padding = pair(draw, (1, 1, 1, 2)), pair(draw, (0, 0, 0, 1))
    lengths = tuple(
        max(d * (k - 1) + 1 + draw(index(8)) - 2 * p, 1) for k, d, p in zip(size, dilation, padding, strict=True)
    )
    found = {"size": size, "stride": stride, "dilation": dilation, "padding": padding}
    return found, (lengths[0], lengths[1])


@st.composite
def images(draw: DrawFn) -> Structure:
    """An image (batch, channels, height, width) and a window; hostile: a size, stride, dilation or padding out of range."""
    found, lengths = window(draw)
    shape = (1 + draw(index(3)), (1, 2, 3, 5)[draw(index(4))], *lengths)
    structure = one_input(draw, shape, arrays.FLOATS, **found)
    hostile.sometimes(draw, structure, {name: hostile.entry(name) for name in ("size", "stride", "dilation")})
    return structure


@st.composite
def folds(draw: DrawFn) -> Structure:
    """Columns of an image, as many as its windows; hostile: one too many."""
    found, lengths = window(draw)
    parts = zip(lengths, found["size"], found["stride"], found["dilation"], found["padding"], strict=True)
    counts = [max((n + 2 * p - d * (k - 1) - 1) // s + 1, 0) for n, k, s, d, p in parts]
    shape = (1 + draw(index(3)), (1, 2, 3)[draw(index(3))] * math.prod(found["size"]), math.prod(counts))
    structure = one_input(draw, shape, arrays.FLOATS, image=lengths, **found)
    hostile.sometimes(
        draw,
        structure,
        {"columns": lambda draw, s: hostile.reshape(s, "x", lambda shape: (*shape[:-1], shape[-1] + 1))},
    )
    return structure


@st.composite
def lengths(
    draw: DrawFn, parameters: tuple[tuple[str, tuple[Any, ...]], ...] = (), dtypes: tuple[str, ...] = WIDE
) -> Structure:
    """An array whose length and dtype count, with parameters."""
    length = 0 if draw(index(30)) == 29 else LENGTHS.pick(draw)
    return one_input(draw, (length,), dtypes, **{name: arrays.one(draw, values) for name, values in parameters})


@st.composite
def spectra(draw: DrawFn) -> Structure:
    """A signal (batch, length), a window of a frame's length, a step and a transform at least as long as the frame."""
    size, step = max(SIZES.pick(draw), 2), STEPS.pick(draw)
    length = size + step * draw(index(5)) + draw(index(step))
    dtype = arrays.one(draw, WIDE)
    inputs = {"x": ((1 + draw(index(3)), length), dtype, arrays.layout(draw)), "w": ((size,), dtype, "contiguous")}
    return {"inputs": inputs, "parameters": {"size": size, "step": step}}


def windowed(draw: DrawFn, shape: tuple[int, ...], size: int, **parameters: Any) -> Structure:
    """A structure with x of a shape and a window w; hostile: a window that is too long."""
    dtype = arrays.one(draw, WIDE)
    inputs = {"x": (shape, dtype, arrays.layout(draw)), "w": ((size,), dtype, "contiguous")}
    structure: Structure = {"inputs": inputs, "parameters": {"size": size, **parameters}}
    hostile.sometimes(draw, structure, {"window": lambda draw, s: hostile.reshape(s, "w", lambda shape: (size + 1,))})
    return structure


@st.composite
def centred(draw: DrawFn, pads: tuple[str, ...]) -> Structure:
    """A signal (batch, length) that is longer than half a frame, a window of a frame's length, a step, and what continues the signal."""
    size, step = max(SIZES.pick(draw), 2), STEPS.pick(draw)
    length = size // 2 + 1 + step * draw(index(5)) + draw(index(step))
    return windowed(draw, (1 + draw(index(3)), length), size, step=step, pad=arrays.one(draw, pads))


@st.composite
def transformed(draw: DrawFn) -> Structure:
    """A signal (batch, length), a window, a step at most as long, and a transform at least as long as the window."""
    size = max(SIZES.pick(draw), 2)
    step = min(STEPS.pick(draw), size)
    transform = size + (0, 0, 1, 2, 3, size)[draw(index(6))]
    length = transform + step * draw(index(5)) + draw(index(step))
    return windowed(draw, (1 + draw(index(3)), length), size, step=step, transform=transform)


@st.composite
def inverses(draw: DrawFn) -> Structure:
    """Spectra (batch, frames, bins, 2), a window, and a step at most as long, of which some of a frame is left in the middle."""
    size = max(SIZES.pick(draw), 2)
    step = arrays.one(draw, (max(size // 2, 1), max(size // 4, 1), size, 1, max(size // 3, 1), size - 1))
    shape = (1 + draw(index(3)), 2 + draw(index(6)), size // 2 + 1, 2)
    return windowed(draw, shape, size, step=step)


@st.composite
def transforms(draw: DrawFn, parameters: tuple[tuple[str, tuple[Any, ...]], ...] = ()) -> Structure:
    """Signals and the parameters of a transform along the last axis."""
    chosen = {name: arrays.one(draw, values) for name, values in parameters}
    return one_input(draw, (*batch(draw), LENGTHS.pick(draw)), WIDE, **chosen)


@st.composite
def pairs(draw: DrawFn) -> Structure:
    """Two signals, the second one shorter, as long, or longer, and the part of their correlation that is wanted."""
    dtype = arrays.one(draw, arrays.FLOATS)
    shapes = {name: (LENGTHS.pick(draw, most=129),) for name in ("x", "w")}
    structure: Structure = {
        "inputs": {name: (shape, dtype, arrays.layout(draw)) for name, shape in shapes.items()},
        "parameters": {"mode": arrays.one(draw, ("valid", "full", "same"))},
    }
    hostile.sometimes(draw, structure, {"empty": lambda draw, s: hostile.reshape(s, "w", lambda shape: (0,))})
    return structure


@st.composite
def colours(draw: DrawFn, dtypes: tuple[str, ...] = arrays.FLOATS) -> Structure:
    """An image with three channels, a single one or a batch; hostile: another number of channels."""
    shape = (*((), (2,))[draw(index(2))], *pair(draw, (1, 2, 3, 5, 17)), 3)
    structure = one_input(draw, shape, dtypes)

    def channels(draw: DrawFn, structure: Structure) -> None:
        count = (2, 4)[draw(index(2))]
        shape, *rest = structure["inputs"]["x"]
        structure["inputs"]["x"] = ((*shape[:-1], count), *rest)

    hostile.sometimes(draw, structure, {"channels": channels})
    return structure


LEVELS = (255, 3, 1, 256)
"""Largest level of an image's components; few of them make ties."""


@st.composite
def levels(draw: DrawFn) -> Structure:
    """An image whose components are whole numbers from 0 to a level."""
    structure = draw(colours())
    recipe = {"regime": "uniform", "low": 0, "high": arrays.one(draw, LEVELS)}
    structure["inputs"]["x"] = (*structure["inputs"]["x"], recipe)
    return structure


@st.composite
def separable(draw: DrawFn) -> Structure:
    """Images, filters for every channel, a matrix over the channels, a stride or a dilation; hostile: other channels, other strides."""
    kernel = (1 + draw(index(3)), 1 + draw(index(3)))
    stride, dilation = ((1, 1), (2, 1), (1, 2), (3, 1))[draw(index(4))]
    padding = arrays.one(draw, ("valid", "same"))
    sizes = [(length - 1) * dilation + 1 + (0, 1, 2, 3, 5, 8)[draw(index(6))] for length in kernel]
    channels, multiplier, out = (arrays.one(draw, (1, 2, 3, 4, 8)), 1 + draw(index(3)), arrays.one(draw, (1, 2, 3, 9)))
    dtype = arrays.one(draw, WIDE)
    structure: Structure = {
        "inputs": {
            "x": ((arrays.one(draw, (1, 2, 3)), *sizes, channels), dtype, arrays.layout(draw)),
            "w": ((*kernel, channels, multiplier), dtype, arrays.layout(draw)),
            "v": ((1, 1, channels * multiplier, out), dtype, arrays.layout(draw)),
        },
        "parameters": {"stride": stride, "dilation": dilation, "padding": padding},
    }

    def other_channels(draw: DrawFn, structure: Structure) -> None:
        name, axis = arrays.one(draw, (("x", 3), ("w", 2), ("v", 2)))
        hostile.reshape(structure, name, lambda shape: hostile.replaced(shape, axis, shape[axis] + 1))

    def number(draw: DrawFn, structure: Structure) -> None:
        structure["parameters"][arrays.one(draw, ("stride", "dilation"))] = arrays.one(draw, (0, -1))

    hostile.sometimes(draw, structure, {"channels": other_channels, "number": number})
    return structure


@st.composite
def separable_layers(draw: DrawFn) -> Structure:
    """Signals or images as ``separable`` has them, a bias or none, the channels first or last, "causal" padding of signals."""
    structure = draw(separable())
    inputs, parameters = structure["inputs"], structure["parameters"]
    parameters["data_format"] = arrays.one(draw, ("channels_last", "channels_first"))
    parameters["use_bias"] = arrays.one(draw, (True, False))
    if draw(index(2)):
        signals = {"x": (0, 1, 3), "w": (0, 2, 3), "v": (0, 2, 3)}
        for name, (shape, *rest) in inputs.items():
            inputs[name] = (tuple(shape[axis] for axis in signals[name]), *rest)
        parameters["padding"] = arrays.one(draw, ("valid", "same", "causal"))
    if parameters["data_format"] == "channels_first":
        shape, *rest = inputs["x"]
        inputs["x"] = ((shape[0], shape[-1], *shape[1:-1]), *rest)
    if parameters["use_bias"]:
        inputs["b"] = (inputs["v"][0][-1:], inputs["v"][1], arrays.layout(draw))
    return structure
