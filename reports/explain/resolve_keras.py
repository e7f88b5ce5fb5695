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
    inner, groups, bias = sizes["C"], 1, False
    if signature.layer:
        outer = integer("filters", bound["filters"], 1)
        kernel = integers("kernel_size", bound["kernel_size"], rank, 1)
        groups, bias = integer("groups", bound.get("groups", 1), 1), flag("use_bias", bound["use_bias"])
        divisible("groups", groups, input_channels=inner, filters=outer)
    else:
        *kernel_sizes, first, second = kernel_shape(call, rank)
        kernel, outer = tuple(kernel_sizes), first if transposed else second
        if transposed:
            channels(call, shape, inner, second, "the kernel's last axis")
        elif inner % first:
            raise refuse("--input", shape, f"{inner} channels are no multiple of the kernel's {first}")
        else:
            groups = inner // first
            divisible("groups", groups, output_channels=outer)
    stride = integers("strides", bound["strides"], rank, 1)
    dilation = integers("dilation_rate", bound["dilation_rate"], rank, 1)
    if max(stride) > 1 and max(dilation) > 1:
        raise refuse("strides", bound["strides"], f"Keras takes no strides above 1 with dilation_rate={dilation}")
    own = list(zip((sizes[letter] for letter in letters), kernel, stride, dilation, strict=True))
    known = ("valid", "same") + (("causal",) if rank == 1 and not transposed and signature.layer else ())
    name = word("padding", bound["padding"], known)
    extra = _output_padding(call, rank, stride)
    w_layout = letters + ("OI" if transposed else "IO")
    return Layer(
        call,
        transposed,
        _dimensions(own, name, extra, transposed),
        sizes["N"],
        inner,
        outer,
        groups,
        bias,
        layout,
        w_layout,
        False,
        name,
        extra,
        ("the activation is left out: what is explained is its argument",) if bound.get("activation") else (),
    )


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
