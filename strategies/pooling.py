"""Structures of poolings: windows of all relations to the input, padding of every kind, words and flags, adaptive sizes."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile, shapes
from strategies.hostile import Mutation, Structure
from strategies.shapes import Pool, choose, index
from strategies.windows import Dimension, same

SIZES = {1: shapes.SIZES, 2: Pool((1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17), 5), 3: Pool((1, 2, 3, 4, 5, 6, 7), 4)}
"""Spatial sizes by the number of spatial axes."""

CHANNELS = Pool((1, 2, 3, 4, 5, 8, 9, 16, 17, 33), 3)
KERNELS = Pool((2, 3, 1, 2, 3, 4, 5, 7), 5)
STRIDES = Pool((1, 2, 1, 2, 3, 5), 4)
DILATIONS = Pool((1, 1, 1, 2, 3), 5)

PADDINGS = ("none", "half", "same", "one side", "none", "beyond")
"""Kinds of explicit padding, in shrinking order."""

INTEGERS = ("int32", "int64", "int8", "uint8")

MOST = 4096
"""Largest number of elements of an input."""


def _array(draw: DrawFn, rank: int) -> tuple[int, ...]:
    """A shape (batch, channels, *spatial)."""
    kind = choose(draw, arrays.KINDS)
    if kind == arrays.KINDS - 2:
        return (1,) * (rank + 2)
    spatial: list[int] = []
    for _ in range(rank):
        spatial.append(SIZES[rank].pick(draw, most=max(MOST // math.prod(spatial), 1)))
    if kind == arrays.KINDS - 1:
        spatial[draw(index(rank))] = 0
    room = max(MOST // max(math.prod(spatial), 1), 1)
    channels = CHANNELS.pick(draw, most=room)
    batch = shapes.batch(draw, False, max(room // channels, 1))
    return (1 if batch is None else batch, channels, *spatial)


def _padding(draw: DrawFn, kind: str, size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """A pair of padding of the kind."""
    reach = Dimension(size, kernel, stride, dilation).reach
    if kind == "none":
        return 0, 0
    if kind == "half":
        low = draw(index(reach // 2 + 1))
        return low, low
    if kind == "same":
        return same(Dimension(size, kernel, stride, dilation))
    if kind == "one side":
        return draw(index(2)), draw(index(reach // 2 + 1))
    return reach // 2 + 1 + draw(index(2)), draw(index(reach + 2))


def _window(draw: DrawFn, sizes: tuple[int, ...], dilated: bool) -> dict[str, Any]:
    """Kernel, stride, dilation and padding; in some nine of ten draws the window fits."""
    kind = arrays.one(draw, PADDINGS)
    kernel, stride, dilation, padding = [], [], [], []
    for size in sizes:
        room = size if draw(index(12)) < 11 else size + 3
        k = min(KERNELS.values[draw(index(len(KERNELS.values)))], max(room, 1))
        d = DILATIONS.values[draw(index(len(DILATIONS.values)))] if dilated else 1
        d = d if Dimension(1, k, 1, d).reach <= max(room, 1) or kind == "half" else 1
        s = STRIDES.values[draw(index(len(STRIDES.values)))]
        kernel.append(k)
        stride.append(s)
        dilation.append(d)
        padding.append(_padding(draw, kind, size, k, s, d))
    found = {"kernel": tuple(kernel), "stride": tuple(stride), "padding": tuple(padding), "padding_is": kind}
    return {**found, "dilation": tuple(dilation)} if dilated else found


def _entry(name: str) -> Mutation:
    """One entry of a parameter, which may be None, becomes a hostile integer."""
    change = hostile.entry(name)

    def mutate(draw: DrawFn, structure: Structure) -> None:
        if isinstance(structure["parameters"].get(name), tuple):
            change(draw, structure)

    return mutate


FAR = (-1, -2, -(2**15), -(2**31), -(2**63), 2**62, 2**63 - 1)
"""Widths of padding that are wrong, or that no memory holds; what lies between is a large result, which only takes long."""


def _far_padding(draw: DrawFn, structure: Structure) -> None:
    """One width becomes one of ``FAR``, on one side where there are two."""
    widths = structure["parameters"]["padding"]
    if isinstance(widths, str):
        return
    position, far = draw(index(len(widths))), hostile.integer(draw, FAR)
    old = widths[position]
    new = hostile.replaced(old, draw(index(2)), far) if isinstance(old, tuple) else far
    structure["parameters"]["padding"] = hostile.replaced(widths, position, new)


def aligned(dtypes: tuple[str, ...], dilated: bool, include: bool) -> SearchStrategy[Structure]:
    """Structures with explicit padding."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        dtype = arrays.one(draw, dtypes)
        rank = arrays.one(draw, (1, 1, 2, 2, 2, 3))
        shape = _array(draw, rank)
        parameters = _window(draw, shape[2:], dilated)
        if include:
            parameters["include_pad"] = bool(draw(index(2)))
        spelling = arrays.one(draw, ("function", "function", "channels_first", "default_format"))
        structure: Structure = {
            "inputs": {"x": (shape, dtype, arrays.layout(draw))},
            "parameters": {**parameters, "spelling": spelling},
        }
        wrong = {"kernel": _entry("kernel"), "stride": _entry("stride"), "padding": _far_padding}
        wrong["axes"] = hostile.axes("x")
        wrong["arity"] = hostile.arity("stride")
        if dilated:
            wrong["dilation"] = _entry("dilation")
        hostile.sometimes(draw, structure, wrong)
        return structure

    return draw_structure()


def _nominal(average: bool) -> SearchStrategy[Structure]:
    """Structures in words: valid, same or numbers, ceil_mode, what counts."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        dtype = arrays.one(draw, arrays.FLOATS)
        shape = _array(draw, arrays.one(draw, (1, 1, 2, 2, 2, 3)))
        window = _window(draw, shape[2:], False)
        kernel = window["kernel"]
        stride = None if draw(index(4)) == 0 else window["stride"]
        kind = arrays.one(draw, ("valid", "same", "numbers", "numbers"))
        padding: Any = kind
        if kind == "numbers":
            padding = tuple(draw(index(k // 2 + 1)) for k in kernel)
        parameters: dict[str, Any] = {"kernel": kernel, "stride": stride, "padding": padding, "words": kind}
        parameters["ceil_mode"] = kind == "numbers" and bool(draw(index(2)))
        if average:
            chosen = draw(index(4)) if kind == "numbers" else 0
            parameters["count_include_pad"] = (None, True, False, None)[chosen]
            parameters["divisor_override"] = (1, 2, 7)[draw(index(3))] if chosen == 3 else None
        else:
            apart = kind == "numbers" and draw(index(3)) == 2
            parameters["dilation"] = tuple(1 + apart * draw(index(3)) for _ in kernel)
        structure: Structure = {"inputs": {"x": (shape, dtype, arrays.layout(draw))}, "parameters": parameters}
        wrong: dict[str, Mutation] = {"kernel": _entry("kernel"), "stride": _entry("stride"), "padding": _far_padding}
        wrong["word"] = _other_word
        wrong["axes"] = hostile.axes("x")
        hostile.sometimes(draw, structure, wrong)
        return structure

    return draw_structure()


def _other_word(draw: DrawFn, structure: Structure) -> None:
    """A word for padding that nobody knows."""
    parameters = {"ceil_mode": False, "count_include_pad": None, "divisor_override": None, "dilation": None}
    for name in parameters.keys() & structure["parameters"].keys():
        structure["parameters"][name] = parameters[name]
    structure["parameters"]["padding"] = arrays.one(draw, ("full", "", "VALID1"))


def _sized(wanted: bool) -> SearchStrategy[Structure]:
    """Structures of adaptive poolings, ``wanted``, and of global ones."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        dtype = arrays.one(draw, arrays.FLOATS)
        rank = arrays.one(draw, (1, 2, 2, 3))
        shape = _array(draw, rank)
        parameters: dict[str, Any] = {}
        if wanted:
            parameters["output_size"] = tuple(_wanted(draw, size) for size in shape[2:])
        structure: Structure = {"inputs": {"x": (shape, dtype, arrays.layout(draw))}, "parameters": parameters}
        wrong = {"axes": hostile.axes("x")}
        if wanted:
            wrong |= {"output_size": _negative_size, "arity": hostile.arity("output_size")}
        hostile.sometimes(draw, structure, wrong)
        return structure

    return draw_structure()


def _negative_size(draw: DrawFn, structure: Structure) -> None:
    """A size of the result of none, less, or more than fits."""
    sizes = structure["parameters"]["output_size"]
    wrong = hostile.integer(draw, (0, -1, -(2**31), -(2**63), -(2**15)))
    structure["parameters"]["output_size"] = hostile.replaced(sizes, draw(index(len(sizes))), wrong)


def _wanted(draw: DrawFn, size: int) -> int:
    """A size of the result: one, a divisor, any smaller one, the same, a larger one."""
    kind = draw(index(5))
    if kind == 0:
        return 1
    if kind == 1:
        divisors = [n for n in range(1, size + 1) if size % n == 0] or [1]
        return divisors[draw(index(len(divisors)))]
    if kind == 2:
        return 1 + draw(index(max(size, 1)))
    return max(size, 1) if kind == 3 else size + 1 + draw(index(3))


@st.composite
def _power(draw: DrawFn) -> Structure:
    """Structures of power-average poolings."""
    dtype = arrays.one(draw, arrays.FLOATS)
    shape = _array(draw, arrays.one(draw, (1, 2, 2, 3)))
    window = _window(draw, shape[2:], False)
    parameters = {"norm": arrays.one(draw, (2.0, 1.0, 3.0, 4.0)), "ceil_mode": bool(draw(index(2)))}
    parameters |= {"kernel": window["kernel"], "stride": window["stride"]}
    structure: Structure = {"inputs": {"x": (shape, dtype, arrays.layout(draw))}, "parameters": parameters}
    hostile.sometimes(
        draw, structure, {"kernel": _entry("kernel"), "stride": _entry("stride"), "axes": hostile.axes("x")}
    )
    return structure


STRUCTURES: dict[str, SearchStrategy[Structure]] = {
    "max_pool": aligned((*arrays.FLOATS, *INTEGERS), dilated=True, include=False),
    "min_pool": aligned(arrays.FLOATS, dilated=True, include=False),
    "avg_pool": aligned(arrays.FLOATS, dilated=False, include=True),
    "sum_pool": aligned(arrays.FLOATS, dilated=True, include=False),
    "max_pool_index": aligned(arrays.FLOATS, dilated=True, include=False),
    "max_pool:nominal": _nominal(False),
    "avg_pool:nominal": _nominal(True),
    "adaptive_avg_pool": _sized(True),
    "adaptive_max_pool": _sized(True),
    "global_avg_pool": _sized(False),
    "global_max_pool": _sized(False),
    "adaptive_max_pool_index": _sized(True),
    "lp_pool": _power(),
}
"""Strategies by name."""
