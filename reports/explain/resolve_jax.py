"""``jax.lax.conv``, ``conv_with_general_padding``, ``conv_general_dilated`` and ``conv_transpose``."""

from __future__ import annotations

from typing import Any

from harness import windows
from harness.windows import Padding
from reports.explain import rules
from reports.explain.arguments import (
    channels,
    divisible,
    flag,
    input_layout,
    integer,
    integers,
    kernel_shape,
    pairs,
    rank_of,
)
from reports.explain.errors import refuse
from reports.explain.layer import SPATIAL, Dimension, Ints, Layer, Own
from reports.explain.parse import Call

_TRANSPOSED_DEFAULT = {1: ("NHC", "HIO", "NHC"), 2: ("NHWC", "HWIO", "NHWC"), 3: ("NHWDC", "HWDIO", "NHWDC")}
_WORDS = ("same", "valid", "same_lower")


def resolve(call: Call, shape: Ints) -> Layer:
    """The layer that a call of ``jax.lax`` is on an input of ``shape``; settings follow the kernel's spatial axes."""
    bound, rank = call.bound, rank_of(call, shape)
    by_name = call.signature.transposed
    layout, w_layout = _layouts(bound.get("dimension_numbers"), rank, by_name)
    letters = "".join(letter for letter in w_layout if letter not in "IO")
    sizes = input_layout(call, shape, layout)
    kernel = dict(zip(w_layout, kernel_shape(call, rank), strict=True))
    stride = integers("strides", bound["strides" if by_name else "window_strides"], rank, 1)
    spread, dilation = (_optional(name, bound, rank) for name in ("lhs_dilation", "rhs_dilation"))
    transposed = by_name or max(spread) > 1
    _refuse_what_is_not_explained(bound, stride, spread)
    groups = integer("feature_group_count", bound.get("feature_group_count", 1), 1)
    swapped = by_name and flag("transpose_kernel", bound["transpose_kernel"])
    inner, outer = (kernel["O"], kernel["I"]) if swapped else (kernel["I"] * groups, kernel["O"])
    channels(call, shape, sizes["C"], inner, "rhs" if groups == 1 else "rhs with feature_group_count")
    divisible("feature_group_count", groups, input_channels=inner, output_channels=outer)
    if transposed and groups > 1:
        raise refuse("feature_group_count", groups, "with lhs_dilation only 1 is explained")
    steps = spread if transposed and not by_name else stride
    own = [(sizes[each], kernel[each], step, wide) for each, step, wide in zip(letters, steps, dilation, strict=True)]
    name, pads = _padding(bound["padding"], rank)
    dimensions = _transposed(own, name, pads, call, by_name) if transposed else _forward(own, name, pads)
    own_layout = w_layout.translate(str.maketrans("IO", "OI")) if swapped else w_layout
    flipped = transposed and not swapped
    counts_and_bias = (sizes["N"], inner, outer, groups, False)
    return Layer(call, transposed, dimensions, *counts_and_bias, layout, own_layout, flipped, name)


def _refuse_what_is_not_explained(bound: dict[str, Any], stride: Ints, spread: Ints) -> None:
    """Batch groups, and strides on both sides of one convolution."""
    if bound.get("batch_group_count", 1) != 1:
        raise refuse("batch_group_count", bound["batch_group_count"], "only 1 is explained")
    if max(spread) > 1 and max(stride) > 1:
        raise refuse("window_strides", stride, f"with lhs_dilation={spread} only 1 is explained")


def _transposed(
    own: list[Own], name: str, pads: tuple[Padding, ...], call: Call, by_name: bool
) -> tuple[Dimension, ...]:
    consistent = by_name and flag("use_consistent_padding", call.bound["use_consistent_padding"])
    if name == "same_lower" or (name and not by_name):
        raise refuse("padding", call.bound["padding"], "expected pairs, or 'SAME' or 'VALID' in conv_transpose")
    how: list[Any] = [name.upper()] * len(own) if name else list(pads)
    return tuple(rules.jax_transposed(each, pad, consistent) for each, pad in zip(own, how, strict=True))


def _forward(own: list[Own], name: str, pads: tuple[Padding, ...]) -> tuple[Dimension, ...]:
    each_pad = pads or tuple(windows.FORWARD[name](*each) for each in own)
    return tuple(rules.forward(each, pad, name) for each, pad in zip(own, each_pad, strict=True))


def _padding(value: Any, rank: int) -> tuple[str, tuple[Padding, ...]]:
    if isinstance(value, str):
        if value.lower() not in _WORDS:
            raise refuse("padding", value, "expected 'SAME', 'VALID', 'SAME_LOWER' or pairs (before, after)")
        return value.lower(), ()
    if isinstance(value, int):
        raise refuse(
            "padding", value, "an integer is refused by jax.lax: expected 'SAME', 'VALID' or pairs (before, after)"
        )
    return "", pairs("padding", value, rank)


def _optional(name: str, bound: dict[str, Any], rank: int) -> Ints:
    value = bound.get(name)
    return (1,) * rank if value is None else integers(name, value, rank, 1)


def _layouts(value: Any, rank: int, transposed: bool) -> tuple[str, str]:
    """Axis letters of input and kernel. The output's must be the input's."""
    letters = SPATIAL[rank]
    if value is None:
        return _TRANSPOSED_DEFAULT[rank][:2] if transposed else (f"NC{letters}", f"OI{letters}")
    if not isinstance(value, tuple | list) or len(value) != 3 or not all(isinstance(each, str) for each in value):
        raise refuse("dimension_numbers", value, "expected three strings such as ('NCHW', 'OIHW', 'NCHW')")
    x, w, y = (str(each) for each in value)
    spatial = set(x) - set("NC")
    fits = len(x) == len(set(x)) == len(w) == rank + 2 and set("NC") < set(x) and set(w) == spatial | set("IO")
    if not fits or x != y:
        rule = "expected N, C and spatial letters, the same for input and output, and I, O and these for the kernel"
        raise refuse("dimension_numbers", value, rule)
    return x, w
