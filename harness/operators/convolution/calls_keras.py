"""How Keras 3 is asked for convolutions through ``keras.ops``.

Keras has no integer padding. A call is native where the padding or window is what "valid" or "same" give, else the
framework's own pad and slice complete a "valid" call. Arrays come in the canonical layout (batch, channels, *spatial),
kernels as (first, second, *spatial); both Keras kernel layouts (*spatial, second, first) are the same permutation.
"""

from __future__ import annotations

from typing import Callable, Tuple

from harness.case import Case
from harness.operators.convolution import meaning
from harness.operators.convolution.aligned import conv, conv_transpose
from harness.windows import Window, canvas, keras_same, keras_same_output_padding, no_padding, same_upper


def expressible(case: Case) -> bool:
    """Whether Keras can be asked at all: it has no unbatched inputs, and its "+" promotes dtypes."""
    b = case.inputs.get("b")
    return meaning.batched(case) and (b is None or b.dtype == case.dtype)


def has_named_padding(case: Case) -> bool:
    """Whether "valid" or "same" pads a convolution as the case does."""
    p = case.parameters
    if not expressible(case) or min(p["stride"]) < 1:
        return False
    own = tuple(zip(meaning.sizes_of(case), meaning.kernel_of(case), p["stride"], p["dilation"]))
    return p["padding"] in (tuple(no_padding(*each) for each in own), tuple(same_upper(*each) for each in own))


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


def has_named_window(case: Case) -> bool:
    """Whether "valid" or "same" with an output_padding below the stride, or without one, shows the case's windows."""
    p = case.parameters
    if not ungrouped(case) or min(p["stride"]) < 1:
        return False
    own = tuple(zip(meaning.sizes_of(case), meaning.kernel_of(case), p["stride"], p["dilation"]))
    windows = tuple(Window(*pair) for pair in p["window"])
    valid = all(w.lo == 0 and 0 <= w.out - canvas(*each) < each[2] for w, each in zip(windows, own))
    return valid or all(w == keras_same(*e) for w, e in zip(windows, own)) or _is_same(windows, own)


def _is_same(windows: Tuple[Window, ...], own: Tuple[Tuple[int, int, int, int], ...]) -> bool:
    """Whether "same" with an output_padding below the stride shows the windows."""
    extras = [w.out - keras_same_output_padding(*each, 0).out for w, each in zip(windows, own)]
    return all(
        0 <= extra < each[2] and w == keras_same_output_padding(*each, extra)
        for w, each, extra in zip(windows, own, extras)
    )


@conv.call("keras", when=inferred_groups(has_named_padding))
def _(keras, x, w, b, *, stride, padding, dilation, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    w = keras.ops.transpose(w, [*range(2, rank + 2), 1, 0])
    name = "same" if any(high for _, high in padding) else "valid"
    y = keras.ops.conv(x, w, stride, name, data_format, dilation)
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


@conv.call("keras", spelling="depthwise", when=native_depthwise)
def _(keras, x, w, b, *, stride, padding, dilation, groups, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    w = keras.ops.reshape(
        keras.ops.transpose(w, [*range(2, rank + 2), 1, 0]), [*w.shape[2:], groups, w.shape[0] // groups]
    )
    name = "same" if any(high for _, high in padding) else "valid"
    y = keras.ops.depthwise_conv(x, w, stride, name, data_format, dilation)
    if b is not None:
        y = y + keras.ops.reshape(b, [y.shape[-1]] if last else [1, y.shape[1]] + [1] * rank)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv_transpose.call("keras", when=has_named_window)
def _(keras, x, w, b, *, stride, window, dilation, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    own = [
        (n, d * (k - 1) + 1, s, lo, out)
        for n, k, s, d, (lo, out) in zip(x.shape[2:], w.shape[2:], stride, dilation, window)
    ]
    if all(lo == 0 and out >= (n - 1) * s + ke for n, ke, s, lo, out in own):
        name, spare = "valid", [out - ((n - 1) * s + ke) for n, ke, s, lo, out in own]
        extra = None if all(e == max(s - ke, 0) for e, (n, ke, s, lo, out) in zip(spare, own)) else spare
    else:
        name, spare = "same", [out - ((n - 1) * s + ke % 2) for n, ke, s, lo, out in own]
        extra = None if all(out == n * s for n, ke, s, lo, out in own) else spare
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    w = keras.ops.transpose(w, [*range(2, rank + 2), 1, 0])
    y = keras.ops.conv_transpose(x, w, stride, name, extra, data_format, dilation)
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
