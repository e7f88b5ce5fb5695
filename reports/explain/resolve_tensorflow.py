"""``tf.nn.conv*d``, ``tf.nn.convolution`` and the transposed ones, which take the output's shape."""

from __future__ import annotations

from typing import Any

from harness import windows
from harness.windows import Padding
from reports.explain import rules
from reports.explain.arguments import (
    channels,
    divisible,
    input_layout,
    integer,
    integers,
    kernel_shape,
    pairs,
    rank_of,
    word,
)
from reports.explain.errors import refuse
from reports.explain.layer import SPATIAL, Ints, Layer
from reports.explain.parse import Call


def resolve(call: Call, shape: Ints) -> Layer:
    """The layer that a call of ``tf.nn`` is on an input of ``shape``."""
    signature, bound = call.signature, call.bound
    rank, transposed = rank_of(call, shape), signature.transposed
    letters = SPATIAL[rank]
    layout = f"N{letters}C"
    if bound["data_format"] is not None:
        layout = word("data_format", bound["data_format"], (layout.lower(), f"nc{letters}".lower())).upper()
    sizes = input_layout(call, shape, layout)
    kernel, outer, groups = _kernel(call, shape, sizes["C"], rank)
    step = "stride" if "stride" in bound else "strides"
    if signature.name == "tf.nn.conv3d" and not (
        isinstance(bound[step], tuple | list) and len(bound[step]) == rank + 2
    ):
        raise refuse(step, bound[step], f"tf.nn.conv3d takes five, one for each of {layout}")
    stride = _per_axis(step, bound[step], rank, layout)
    dilation = _per_axis("dilations", bound["dilations"], rank, layout)
    own = list(zip((sizes[letter] for letter in letters), kernel, stride, dilation, strict=True))
    name, pads = _padding(bound["padding"], rank, layout)
    if transposed:
        asked = _output_shape(call, sizes, outer, layout)
        how: list[Any] = list(pads) if pads else [name.upper()] * rank
        dimensions = tuple(map(rules.tensorflow_transposed, own, how, asked))
    else:
        each_pad = pads or tuple(windows.FORWARD[name](*each) for each in own)
        dimensions = tuple(rules.forward(each, pad, name) for each, pad in zip(own, each_pad, strict=True))
    w_layout = letters + ("OI" if transposed else "IO")
    return Layer(
        call, transposed, dimensions, sizes["N"], sizes["C"], outer, groups, False, layout, w_layout, False, name
    )


def _kernel(call: Call, shape: Ints, inner: int, rank: int) -> tuple[Ints, int, int]:
    """Spatial sizes of the filters, output channels and groups, for ``inner`` input channels."""
    *kernel, first, second = kernel_shape(call, rank)
    if call.signature.transposed:
        channels(call, shape, inner, second, "the last axis of filters")
        return tuple(kernel), first, 1
    if inner % first:
        raise refuse("--input", shape, f"{inner} channels are no multiple of the {first} of filters")
    divisible("groups", inner // first, output_channels=second)
    return tuple(kernel), second, inner // first


def _per_axis(name: str, value: Any, rank: int, layout: str) -> Ints:
    """Strides and dilations: one, one for each spatial axis, or one for each axis with 1 for batch and channels."""
    if value is None:
        return (1,) * rank
    if isinstance(value, tuple | list) and len(value) == rank + 2:
        named = dict(zip(layout, value, strict=True))
        if named["N"] != 1 or named["C"] != 1:
            raise refuse(name, value, f"must be 1 for batch and channels in {layout}")
        value = [named[letter] for letter in layout if letter not in "NC"]
    return integers(name, value, rank, 1)


def _padding(value: Any, rank: int, layout: str) -> tuple[str, tuple[Padding, ...]]:
    if isinstance(value, str):
        return word("padding", value, ("same", "valid")), ()
    if rank != 2:
        raise refuse(
            "padding", value, "pairs are taken by conv2d and conv2d_transpose only; expected 'SAME' or 'VALID'"
        )
    every = dict(zip(layout, pairs("padding", value, rank + 2, 0), strict=True))
    if any(every["N"]) or any(every["C"]):
        raise refuse("padding", value, f"must be [0, 0] for batch and channels in {layout}")
    return "", tuple(every[letter] for letter in layout if letter not in "NC")


def _output_shape(call: Call, sizes: dict[str, int], outer: int, layout: str) -> Ints:
    value = call.bound["output_shape"]
    if not isinstance(value, tuple | list) or len(value) not in (len(layout) - 2, len(layout)):
        raise refuse("output_shape", value, f"expected {len(layout)} sizes, {', '.join(layout)}")
    if len(value) == len(layout) - 2:
        return tuple(integer("output_shape", size, 1) for size in value)
    named = dict(zip(layout, value, strict=True))
    for letter, want in (("N", sizes["N"]), ("C", outer)):
        if named[letter] != want:
            raise refuse("output_shape", value, f"must be {want} for {letter}")
    return tuple(integer("output_shape", named[letter], 1) for letter in layout if letter not in "NC")
