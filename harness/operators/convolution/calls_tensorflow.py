"""How TensorFlow is asked for convolutions: ``tf.nn.conv{1,2,3}d``, their transposes, ``tf.nn.convolution`` and depthwise ones.

Only the two-dimensional functions take numbers as padding; elsewhere a call is native where VALID or SAME say the padding
or window, and composed of ``tf.pad``, a VALID call and ``tf.slice`` otherwise. TensorFlow derives the groups of a
convolution from the shapes. Every kernel layout is the same permutation of the canonical one.
"""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from harness.case import Case
from harness.operators.convolution import meaning
from harness.operators.convolution.aligned import conv, conv_transpose
from harness.windows import (
    Window,
    accepts_output_shape_same,
    accepts_output_shape_valid,
    canvas,
    output_shape_same,
    same_upper,
)


def dimensions(case: Case) -> List[Tuple[int, int, int, int]]:
    """Size, kernel, stride and dilation of each spatial dimension."""
    p = case.parameters
    return list(zip(meaning.sizes_of(case), meaning.kernel_of(case), p["stride"], p["dilation"]))


def says_groups(case: Case) -> bool:
    """Whether the channels imply the groups of the case, or fit none, which TensorFlow must refuse. ``tf.nn.conv3d`` has no groups."""
    x, w = case.inputs["x"].shape, case.inputs["w"].shape
    rank, groups = len(case.parameters["padding"]), case.parameters["groups"]
    if len(x) <= rank or not w[1] or not x[-rank - 1] or x[-rank - 1] % w[1]:
        return True
    return bool(x[-rank - 1] // w[1] == groups and (rank < 3 or groups == 1))


def named(case: Case) -> bool:
    """Whether VALID or SAME pads a convolution as the case does."""
    p = case.parameters
    if not meaning.batched(case) or not says_groups(case) or min(p["stride"]) < 1:
        return False
    return not any(map(any, p["padding"])) or p["padding"] == tuple(same_upper(*own) for own in dimensions(case))


def native(case: Case) -> bool:
    """Whether ``tf.nn.conv{1,2,3}d`` pads by itself: in two dimensions it takes numbers."""
    return named(case) or (len(case.parameters["padding"]) == 2 and meaning.batched(case) and says_groups(case))


def padding_words(case: Case) -> Dict[str, Any]:
    """``padding`` as TensorFlow takes it: VALID or SAME, in two dimensions pairs of numbers."""
    pairs = case.parameters["padding"]
    if not any(map(any, pairs)):
        return {"padding": "VALID"}
    return {"padding": "SAME" if len(pairs) != 2 else [list(pair) for pair in pairs]}


def equal_steps(case: Case) -> bool:
    """Whether the strides are those that depthwise convolutions document to take: equal, and 1 under a dilation."""
    p = case.parameters
    return len(set(p["stride"])) == 1 and (p["stride"][0] == 1 or max(p["dilation"]) == 1)


def depthwise(case: Case) -> bool:
    """Whether every input channel is a group of its own, in two dimensions."""
    groups, x, w = case.parameters["groups"], case.inputs["x"].shape, case.inputs["w"].shape
    if len(x) != 4 or len(w) != 4 or not meaning.batched(case) or not equal_steps(case):
        return False
    return bool(w[1] == 1 and groups == x[1] >= 1 and w[0] % groups == 0)


@conv.call("tensorflow", when=native, translate=padding_words)
def _(tf, x, w, b, *, stride, padding, dilation):
    rank = len(stride)
    layout = "N" + "DHW"[3 - rank :] + "C"
    pads = padding if isinstance(padding, str) else [[0, 0], *padding, [0, 0]]
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    w = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    # The calls of one and two dimensions take one number per spatial axis, that of three wants all five.
    steps, rates = ([1, *n, 1] for n in (stride, dilation)) if rank == 3 else (stride, dilation)
    y = (tf.nn.conv1d, tf.nn.conv2d, tf.nn.conv3d)[rank - 1](x, w, steps, pads, layout, rates)
    if b is not None:
        y = tf.nn.bias_add(y, b)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@conv.call("tensorflow", spelling="channels_first", when=native, translate=padding_words)
def _(tf, x, w, b, *, stride, padding, dilation):
    rank = len(stride)
    layout = "NC" + "DHW"[3 - rank :]
    pads = padding if isinstance(padding, str) else [[0, 0], [0, 0], *padding]
    w = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    # The calls of one and two dimensions take one number per spatial axis, that of three wants all five.
    steps, rates = ([1, 1, *n] for n in (stride, dilation)) if rank == 3 else (stride, dilation)
    y = (tf.nn.conv1d, tf.nn.conv2d, tf.nn.conv3d)[rank - 1](x, w, steps, pads, layout, rates)
    return y if b is None else tf.nn.bias_add(y, b, layout)


@conv.call("tensorflow", when=says_groups, composed=True)
def _(tf, x, w, b, *, stride, padding, dilation, batched=True):
    rank = len(padding)
    layout = "N" + "DHW"[3 - rank :] + "C"
    x = x if batched else tf.expand_dims(x, 0)
    x = tf.pad(x, [[0, 0], [0, 0], *map(list, padding)])
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    w = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    # The calls of one and two dimensions take one number per spatial axis, that of three wants all five.
    steps, rates = ([1, *n, 1] for n in (stride, dilation)) if rank == 3 else (stride, dilation)
    y = (tf.nn.conv1d, tf.nn.conv2d, tf.nn.conv3d)[rank - 1](x, w, steps, "VALID", layout, rates)
    if b is not None:
        y = tf.nn.bias_add(y, b)
    y = tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])
    return y if batched else tf.squeeze(y, 0)


@conv.call(
    "tensorflow",
    spelling="convolution",
    when=named,
    translate=lambda case: {"padding": "SAME" if any(map(any, case.parameters["padding"])) else "VALID"},
)
def _(tf, x, w, b, *, stride, padding, dilation):
    rank = len(stride)
    layout = "N" + "DHW"[3 - rank :] + "C"
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    w = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    y = tf.nn.convolution(x, w, stride, padding, layout, dilation)
    if b is not None:
        y = tf.nn.bias_add(y, b)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@conv.call("tensorflow", spelling="depthwise", when=depthwise, translate=padding_words)
def _(tf, x, w, b, *, stride, padding, dilation, groups):
    pads = padding if isinstance(padding, str) else [[0, 0], *padding, [0, 0]]
    strides = [1, *stride, 1]
    x = tf.transpose(x, [0, 2, 3, 1])
    w = tf.reshape(tf.transpose(w, [2, 3, 1, 0]), [*w.shape[2:], groups, w.shape[0] // groups])
    y = tf.nn.depthwise_conv2d(x, w, strides, pads, "NHWC", dilation)
    if b is not None:
        y = tf.nn.bias_add(y, b)
    return tf.transpose(y, [0, 3, 1, 2])


def ungrouped(case: Case) -> bool:
    """Whether there is one group: the documented kernels of transposed convolutions hold all output channels."""
    return bool(case.parameters["groups"] == 1)


def plain(case: Case) -> bool:
    """Whether x has a batch axis and the convolution one group."""
    return meaning.batched(case) and ungrouped(case)


def named_window(case: Case) -> bool:
    """Whether VALID or SAME with an output_shape shows the windows."""
    p = case.parameters
    if not plain(case) or min(p["stride"]) < 1:
        return False
    each = list(zip(dimensions(case), (Window(*pair) for pair in p["window"])))
    valid = all(w.lo == 0 and accepts_output_shape_valid(w.out, *own) for own, w in each)
    same = all(
        w == output_shape_same(*own, w.out) and accepts_output_shape_same(w.out, own[0], own[2]) for own, w in each
    )
    return valid or same


def native_window(case: Case) -> bool:
    """Whether ``tf.nn.conv{1,2,3}d_transpose`` shows the windows by itself: in two dimensions it takes numbers.

    A negative output size is asked for as well, to be refused.
    """
    p = case.parameters
    if len(p["window"]) != 2 or not plain(case):
        return named_window(case)
    each = zip(dimensions(case), p["window"])
    return all(lo >= 0 and (out < 0 or lo + out - canvas(*own) < own[2]) for own, (lo, out) in each)


def window_words(case: Case) -> Dict[str, Any]:
    """The windows as TensorFlow takes them: ``output_size``, and ``padding`` VALID or SAME, in two dimensions pairs of numbers."""
    each = [(canvas(*own), *window) for own, window in zip(dimensions(case), case.parameters["window"])]
    size = [out for _, _, out in each]
    if all(lo == 0 and length <= out for length, lo, out in each):
        return {"padding": "VALID", "output_size": size}
    pairs = [[lo, max(length - lo - out, 0)] for length, lo, out in each]
    return {"padding": "SAME" if len(pairs) != 2 else pairs, "output_size": size}


def named_window_words(case: Case) -> Dict[str, Any]:
    """As ``window_words``, for a call that takes no numbers."""
    words = window_words(case)
    return words if words["padding"] == "VALID" else {**words, "padding": "SAME"}


def sliced(case: Case) -> bool:
    """Whether a slice of the canvas can have the lengths of the windows."""
    return ungrouped(case) and all(out >= 0 for _, out in case.parameters["window"])


def depthwise_gradient(case: Case) -> bool:
    """Whether it is the gradient of a two-dimensional depthwise convolution, in numbers that it takes."""
    p = case.parameters
    if len(p["window"]) != 2 or not _one_output_per_group(case) or not equal_steps(case):
        return False
    each = zip(dimensions(case), p["window"])
    return all(lo >= 0 and (out < 0 or lo + out - canvas(*own) < own[2]) for own, (lo, out) in each)


def _one_output_per_group(case: Case) -> bool:
    groups, x, w = case.parameters["groups"], case.inputs["x"].shape, case.inputs["w"].shape
    fits = meaning.batched(case) and len(x) == len(w) == 4
    return bool(fits and w[1] == 1 and groups >= 1 and x[1] == w[0] and w[0] % groups == 0)


@conv_transpose.call("tensorflow", when=native_window, translate=window_words)
def _(tf, x, w, b, *, stride, padding, output_size, dilation):
    rank = len(stride)
    layout = "N" + "DHW"[3 - rank :] + "C"
    pads = padding if isinstance(padding, str) else [[0, 0], *padding, [0, 0]]
    shape = [x.shape[0], *output_size, w.shape[1]]
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    w = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    convolution = (tf.nn.conv1d_transpose, tf.nn.conv2d_transpose, tf.nn.conv3d_transpose)[rank - 1]
    y = convolution(x, w, shape, stride, pads, layout, dilation)
    if b is not None:
        y = tf.nn.bias_add(y, b)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@conv_transpose.call("tensorflow", spelling="channels_first", when=native_window, translate=window_words)
def _(tf, x, w, b, *, stride, padding, output_size, dilation):
    rank = len(stride)
    layout = "NC" + "DHW"[3 - rank :]
    pads = padding if isinstance(padding, str) else [[0, 0], [0, 0], *padding]
    shape = [x.shape[0], w.shape[1], *output_size]
    w = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    convolution = (tf.nn.conv1d_transpose, tf.nn.conv2d_transpose, tf.nn.conv3d_transpose)[rank - 1]
    y = convolution(x, w, shape, stride, pads, layout, dilation)
    return y if b is None else tf.nn.bias_add(y, b, layout)


@conv_transpose.call("tensorflow", when=sliced, composed=True)
def _(tf, x, w, b, *, stride, window, dilation, batched=True):
    rank = len(window)
    layout = "N" + "DHW"[3 - rank :] + "C"
    x = x if batched else tf.expand_dims(x, 0)
    canvas = [(n - 1) * s + d * (k - 1) + 1 for n, k, s, d in zip(x.shape[2:], w.shape[2:], stride, dilation)]
    batch, channels = x.shape[0], w.shape[1]
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    w = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    convolution = (tf.nn.conv1d_transpose, tf.nn.conv2d_transpose, tf.nn.conv3d_transpose)[rank - 1]
    shape = [batch, *canvas, channels]
    y = convolution(x, w, shape, stride, "VALID", layout, dilation)
    y = tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])
    pads = [[max(-lo, 0), max(lo + out - length, 0)] for length, (lo, out) in zip(canvas, window)]
    y = tf.pad(y, [[0, 0], [0, 0], *pads])
    y = tf.slice(y, [0, 0, *[max(lo, 0) for lo, _ in window]], [batch, channels, *[out for _, out in window]])
    if b is not None:
        y = tf.nn.bias_add(y, b, "NCHW")
    return y if batched else tf.squeeze(y, 0)


@conv_transpose.call("tensorflow", spelling="convolution", when=named_window, translate=named_window_words)
def _(tf, x, w, b, *, stride, padding, output_size, dilation):
    rank = len(stride)
    layout = "N" + "DHW"[3 - rank :] + "C"
    shape = [x.shape[0], *output_size, w.shape[1]]
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    w = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    y = tf.nn.conv_transpose(x, w, shape, stride, padding, layout, dilation)
    if b is not None:
        y = tf.nn.bias_add(y, b)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@conv_transpose.call("tensorflow", spelling="depthwise", when=depthwise_gradient, translate=window_words)
def _(tf, x, w, b, *, stride, padding, output_size, dilation, groups):
    pads = padding if isinstance(padding, str) else [[0, 0], *padding, [0, 0]]
    shape = [x.shape[0], *output_size, groups]
    strides = [1, *stride, 1]
    dilations = [1, *dilation, 1]
    x = tf.transpose(x, [0, 2, 3, 1])
    w = tf.reshape(tf.transpose(w, [2, 3, 1, 0]), [*w.shape[2:], groups, w.shape[0] // groups])
    y = tf.nn.depthwise_conv2d_backprop_input(shape, w, x, strides, pads, "NHWC", dilations)
    if b is not None:
        y = tf.nn.bias_add(y, b)
    return tf.transpose(y, [0, 3, 1, 2])
