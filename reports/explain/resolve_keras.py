"""Keras 3 and Keras 2: layers, ``keras.ops.conv`` and ``keras.ops.conv_transpose``."""

from __future__ import annotations

from harness import windows
from reports.explain import rules
from reports.explain.arguments import (
    channels,
    divisible,
    flag,
    input_layout,
    integer,
    integers,
    kernel_shape,
    rank_of,
    word,
)
from reports.explain.errors import refuse
from reports.explain.layer import SPATIAL, Dimension, Ints, Layer, Own
from reports.explain.parse import Call


def resolve(call: Call, shape: Ints) -> Layer:
    """The layer that a call of Keras is on an input of ``shape``; channels are last unless ``data_format`` is given."""
    signature, bound = call.signature, call.bound
    rank, transposed = rank_of(call, shape), signature.transposed
    letters = SPATIAL[rank]
    last = (
        bound["data_format"] is None
        or word("data_format", bound["data_format"], ("channels_last", "channels_first")) == "channels_last"
    )
    layout = f"N{letters}C" if last else f"NC{letters}"
    sizes = input_layout(call, shape, layout)
    kernel, outer, groups = _kernel(call, shape, sizes["C"], rank)
    stride = integers("strides", bound["strides"], rank, 1)
    dilation = integers("dilation_rate", bound["dilation_rate"], rank, 1)
    if max(stride) > 1 and max(dilation) > 1:
        raise refuse("strides", bound["strides"], f"Keras takes no strides above 1 with dilation_rate={dilation}")
    own = list(zip((sizes[letter] for letter in letters), kernel, stride, dilation, strict=True))
    known = ("valid", "same") + (("causal",) if rank == 1 and not transposed and signature.layer else ())
    name = word("padding", bound["padding"], known)
    extra = _output_padding(call, rank, stride)
    w_layout = letters + ("OI" if transposed else "IO")
    bias = signature.layer and flag("use_bias", bound["use_bias"])
    notes = ("the activation is left out: what is explained is its argument",) if bound.get("activation") else ()
    dimensions = _dimensions(own, name, extra, transposed)
    counts_and_bias = (sizes["N"], sizes["C"], outer, groups, bias)
    return Layer(call, transposed, dimensions, *counts_and_bias, layout, w_layout, False, name, extra, notes)


def _kernel(call: Call, shape: Ints, inner: int, rank: int) -> tuple[Ints, int, int]:
    """Spatial sizes of the kernel, output channels and groups, for ``inner`` input channels."""
    bound = call.bound
    if call.signature.layer:
        outer, groups = integer("filters", bound["filters"], 1), integer("groups", bound.get("groups", 1), 1)
        divisible("groups", groups, input_channels=inner, filters=outer)
        return integers("kernel_size", bound["kernel_size"], rank, 1), outer, groups
    *kernel, first, second = kernel_shape(call, rank)
    if call.signature.transposed:
        channels(call, shape, inner, second, "the kernel's last axis")
        return tuple(kernel), first, 1
    if inner % first:
        raise refuse("--input", shape, f"{inner} channels are no multiple of the kernel's {first}")
    divisible("groups", inner // first, output_channels=second)
    return tuple(kernel), second, inner // first


def _output_padding(call: Call, rank: int, stride: Ints) -> Ints | None:
    value = call.bound.get("output_padding")
    if value is None:
        return None
    extra = integers("output_padding", value, rank, 0)
    for each, step in zip(extra, stride, strict=True):
        if call.signature.layer and not windows.accepts_keras_output_padding(each, step):
            raise refuse("output_padding", value, f"must be smaller than strides={step}")
    return extra


def _dimensions(own: list[Own], name: str, extra: Ints | None, transposed: bool) -> tuple[Dimension, ...]:
    if transposed:
        return tuple(
            rules.keras_transposed(each, name, extra[axis] if extra else None) for axis, each in enumerate(own)
        )
    rule = windows.FORWARD[name]
    return tuple(rules.forward(each, rule(*each), name) for each in own)
