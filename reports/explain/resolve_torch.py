"""PyTorch's convolutions, as layers and functions."""

from __future__ import annotations

from typing import Any

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
    """The layer that a call of ``torch.nn`` or ``torch.nn.functional`` is on an input of ``shape``."""
    signature, bound = call.signature, call.bound
    rank, transposed = rank_of(call, shape), signature.transposed
    letters = SPATIAL[rank]
    layout = ("N" if len(shape) == rank + 2 else "") + "C" + letters
    sizes = input_layout(call, shape, layout)
    groups = integer("groups", bound["groups"], 1)
    kernel, inner, outer = _kernel(call, groups, rank)
    channels(call, shape, sizes["C"], inner, _source(call, groups))
    divisible("groups", groups, input_channels=inner, output_channels=outer)
    stride, dilation = (integers(name, bound[name], rank, 1) for name in ("stride", "dilation"))
    own = list(zip((sizes[letter] for letter in letters), kernel, stride, dilation, strict=True))
    extra = integers("output_padding", bound["output_padding"], rank, 0) if transposed else None
    dimensions, name = _transposed(call, own, extra or ()) if transposed else _forward(bound, own)
    w_layout = ("IO" if transposed else "OI") + letters
    bias = flag("bias", bound["bias"]) if signature.layer else bound["bias"] is not None
    counts_and_bias = (sizes.get("N"), inner, outer, groups, bias)
    return Layer(call, transposed, dimensions, *counts_and_bias, layout, w_layout, False, name, extra)


def _kernel(call: Call, groups: int, rank: int) -> tuple[Ints, int, int]:
    """Spatial sizes of the kernel, and channels of input and output."""
    bound = call.bound
    if call.signature.layer:
        if bound["padding_mode"] != "zeros":
            raise refuse("padding_mode", bound["padding_mode"], "only 'zeros' is explained")
        inner, outer = (integer(name, bound[name], 1) for name in ("in_channels", "out_channels"))
        return integers("kernel_size", bound["kernel_size"], rank, 1), inner, outer
    first, second, *kernel = kernel_shape(call, rank)
    inner, outer = (first, second * groups) if call.signature.transposed else (second * groups, first)
    return tuple(kernel), inner, outer


def _source(call: Call, groups: int) -> str:
    """Which argument says how many input channels there are."""
    return "in_channels" if call.signature.layer else "weight with groups" if groups > 1 else "weight"


def _transposed(call: Call, own: list[Own], extra: Ints) -> tuple[tuple[Dimension, ...], str]:
    padding = integers("padding", call.bound["padding"], len(own), 0)
    word_ = "" if any(padding) else "valid"
    if call.output_size is not None:
        asked = call.output_size
        if isinstance(asked, tuple | list) and len(asked) == len(own) + 2:
            asked = asked[2:]
        wanted = integers("output_size", asked, len(own), 1)
        return tuple(map(rules.torch_output_size, own, padding, wanted)), word_
    for each, (_, _, stride, dilation) in zip(extra, own, strict=True):
        if not windows.accepts_output_padding(each, stride, dilation):
            raise refuse("output_padding", each, f"must be smaller than stride {stride} or dilation {dilation}")
    return tuple(map(rules.torch_transposed, own, padding, extra)), word_


def _forward(bound: dict[str, Any], own: list[Own]) -> tuple[tuple[Dimension, ...], str]:
    value = bound["padding"]
    if not isinstance(value, str):
        pads = [(each, each) for each in integers("padding", value, len(own), 0)]
        name = "" if any(map(any, pads)) else "valid"
    else:
        name = word("padding", value, ("same", "valid"))
        if name == "same" and any(each[2] != 1 for each in own):
            raise refuse("padding", value, f"PyTorch takes it with stride 1 only, not {bound['stride']!r}")
        rule = windows.FORWARD["torch_same" if name == "same" else "valid"]
        pads = [rule(*each) for each in own]
    return tuple(rules.forward(each, pad, name) for each, pad in zip(own, pads, strict=True)), name
