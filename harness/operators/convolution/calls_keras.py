"""How Keras 3 is asked for convolutions through ``keras.ops``.

Keras has no integer padding. A call is native where the padding or window is what "valid" or "same" give, else the
framework's own pad and slice complete a "valid" call. Arrays come in the canonical layout (batch, channels, *spatial),
kernels as (first, second, *spatial); both Keras kernel layouts (*spatial, second, first) are the same permutation.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

from harness.case import Case
from harness.operators.convolution import meaning
from harness.operators.convolution.aligned import conv, conv_transpose
from harness.windows import (
    Window,
    keras_same,
    keras_same_output_padding,
    keras_valid,
    keras_valid_output_padding,
    no_padding,
    same_upper,
)


def expressible(case: Case) -> bool:
    """Whether Keras can be asked at all: it has no unbatched inputs, and its "+" promotes dtypes."""
    b = case.inputs.get("b")
    return meaning.batched(case) and (b is None or b.dtype == case.dtype)


def named_padding(case: Case) -> Optional[Dict[str, Any]]:
    """The word with which Keras pads a convolution as the case does, as ``padding``; None where it has none."""
    p = case.parameters
    if not expressible(case) or min(p["stride"]) < 1:
        return None
    own = tuple(zip(meaning.sizes_of(case), meaning.kernel_of(case), p["stride"], p["dilation"]))
    for word, pairs in (("valid", no_padding), ("same", same_upper)):
        if p["padding"] == tuple(pairs(*each) for each in own):
            return {"padding": word}
    return None


def has_named_padding(case: Case) -> bool:
    """Whether "valid" or "same" pads a convolution as the case does."""
    return named_padding(case) is not None


def layered(when: Callable[[Case], bool]) -> Callable[[Case], bool]:
    """The condition of a layer: it converts its inputs to its dtype and makes its bias itself."""

    def holds(case: Case) -> bool:
        w, b = case.inputs["w"].shape, case.inputs.get("b")
        filters = w[1] if case.operator.startswith("conv_transpose") else w[0]
        one_dtype = len({spec.dtype for spec in case.inputs.values()}) == 1
        return one_dtype and (b is None or b.shape == (filters,)) and when(case)

    return holds


def inferred_groups(when: Callable[[Case], bool]) -> Callable[[Case], bool]:
    """The condition of a call that infers the groups from the channels: only channels that fit none contradict them."""

    def holds(case: Case) -> bool:
        channels, of_group = case.inputs["x"].shape[1], case.inputs["w"].shape[1]
        fits = channels == of_group * case.parameters["groups"]
        return (fits or of_group == 0 or channels % of_group > 0) and when(case)

    return holds


def is_depthwise(case: Case) -> bool:
    """Whether every input channel is a group of its own and the rank has depthwise calls."""
    groups, w = case.parameters["groups"], case.inputs["w"].shape
    return groups >= 1 and w[1] == 1 and w[0] % groups == 0 and case.inputs["x"].shape[1] == groups and len(w) <= 4


def native_depthwise(case: Case) -> bool:
    """Whether a depthwise call with a named padding expresses the case."""
    return has_named_padding(case) and is_depthwise(case)


def ungrouped(case: Case) -> bool:
    """Whether Keras can be asked for the transposed convolution: it has no groups there."""
    return expressible(case) and case.parameters["groups"] == 1


def completable(case: Case) -> bool:
    """Whether a slice and a pad of a "valid" call show the windows; slices of negative length show others."""
    return ungrouped(case) and all(out >= 0 for _, out in case.parameters["window"])


def named_window(case: Case) -> Optional[Dict[str, Any]]:
    """The ``padding`` and ``output_padding`` (below the stride, or None) that show the case's windows; None where none do."""
    p = case.parameters
    if not ungrouped(case) or min(p["stride"]) < 1:
        return None
    own = tuple(zip(meaning.sizes_of(case), meaning.kernel_of(case), p["stride"], p["dilation"]))
    windows = tuple(Window(*pair) for pair in p["window"])
    for word, inferred, extended in (
        ("valid", keras_valid, keras_valid_output_padding),
        ("same", keras_same, keras_same_output_padding),
    ):
        if windows == tuple(inferred(*each) for each in own):
            return {"padding": word, "output_padding": None}
        extra = tuple(window.out - extended(*each, 0).out for window, each in zip(windows, own))
        fits = all(0 <= more < each[2] for more, each in zip(extra, own))
        if fits and windows == tuple(extended(*each, more) for more, each in zip(extra, own)):
            return {"padding": word, "output_padding": extra}
    return None


def has_named_window(case: Case) -> bool:
    """Whether "valid" or "same" with an output_padding below the stride, or without one, shows the case's windows."""
    return named_window(case) is not None


@conv.call("keras", when=inferred_groups(has_named_padding), translate=named_padding)
def keras_conv(keras, x, w, b, *, stride, padding, dilation, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    w = keras.ops.transpose(w, [*range(2, rank + 2), 1, 0])
    y = keras.ops.conv(x, w, stride, padding, data_format, dilation)
    if b is not None:
        y = y + keras.ops.reshape(b, [y.shape[-1]] if last else [1, y.shape[1]] + [1] * rank)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv.call("keras", when=inferred_groups(expressible), composed=True)
def _(keras, x, w, b, *, stride, padding, dilation, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    x = keras.ops.pad(x, [[0, 0], [0, 0], *map(list, padding)])
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    w = keras.ops.transpose(w, [*range(2, rank + 2), 1, 0])
    y = keras.ops.conv(x, w, stride, "valid", data_format, dilation)
    if b is not None:
        y = y + keras.ops.reshape(b, [y.shape[-1]] if last else [1, y.shape[1]] + [1] * rank)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv.call("keras", spelling="depthwise", when=native_depthwise, translate=named_padding)
def _(keras, x, w, b, *, stride, padding, dilation, groups, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    w = keras.ops.reshape(
        keras.ops.transpose(w, [*range(2, rank + 2), 1, 0]), [*w.shape[2:], groups, w.shape[0] // groups]
    )
    y = keras.ops.depthwise_conv(x, w, stride, padding, data_format, dilation)
    if b is not None:
        y = y + keras.ops.reshape(b, [y.shape[-1]] if last else [1, y.shape[1]] + [1] * rank)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv_transpose.call("keras", when=has_named_window, translate=named_window)
def keras_conv_transpose(keras, x, w, b, *, stride, padding, output_padding, dilation, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    w = keras.ops.transpose(w, [*range(2, rank + 2), 1, 0])
    y = keras.ops.conv_transpose(x, w, stride, padding, output_padding, data_format, dilation)
    if b is not None:
        y = y + keras.ops.reshape(b, [y.shape[-1]] if last else [1, y.shape[1]] + [1] * rank)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv_transpose.call("keras", when=completable, composed=True)
def _(keras, x, w, b, *, stride, window, dilation, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    w = keras.ops.transpose(w, [*range(2, rank + 2), 1, 0])
    y = keras.ops.conv_transpose(x, w, stride, "valid", None, data_format, dilation)
    if last:
        y = keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)])
    pads = [[max(-lo, 0), max(lo + out - n, 0)] for n, (lo, out) in zip(y.shape[2:], window)]
    y = keras.ops.pad(y, [[0, 0], [0, 0], *pads])
    y = y[(slice(None), slice(None), *[slice(max(lo, 0), max(lo, 0) + out) for lo, out in window])]
    return y if b is None else y + keras.ops.reshape(b, [1, y.shape[1]] + [1] * rank)
