"""How TensorFlow is asked for convolutions with an explicit window."""

from __future__ import annotations

from harness.case import Case
from harness.operators.convolution import meaning
from harness.operators.convolution.aligned import conv, conv_transpose
from harness.windows import canvas, effective_kernel


def has_groups(case: Case) -> bool:
    """Whether TensorFlow has the groups: ``tf.nn.conv3d`` has none."""
    return meaning.batched(case) and (case.parameters["groups"] == 1 or meaning.rank_of(case) < 3)


def unpadded(case: Case) -> bool:
    """Whether VALID says the padding."""
    return has_groups(case) and all(pair == (0, 0) for pair in case.parameters["padding"])


def padded_plane(case: Case) -> bool:
    """Whether ``tf.nn.conv2d`` is asked, the one that takes explicit pads."""
    return meaning.batched(case) and meaning.rank_of(case) == 2


@conv.call("tensorflow", when=padded_plane, source="tf.nn.conv2d, padding")
def _(tf, x, w, b, *, stride, padding, dilation):
    x = tf.transpose(x, [0, 2, 3, 1])
    pads = [[0, 0], *[list(pair) for pair in padding], [0, 0]]
    y = tf.nn.conv2d(x, tf.transpose(w, [2, 3, 1, 0]), stride, pads, "NHWC", dilation)
    return tf.transpose(y if b is None else tf.nn.bias_add(y, b), [0, 3, 1, 2])


@conv.call("tensorflow", when=unpadded, source="tf.nn.conv1d, tf.nn.conv2d, tf.nn.conv3d")
def _(tf, x, w, b, *, stride, dilation):
    rank = len(stride)
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    w = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    # The one-dimensional call repeats a number, the three-dimensional one wants all five axes.
    steps = stride if rank < 3 else [1, *stride, 1]
    rates = dilation if rank < 3 else [1, *dilation, 1]
    convolution = (tf.nn.conv1d, tf.nn.conv2d, tf.nn.conv3d)[rank - 1]
    y = convolution(x, w, steps, "VALID", dilations=rates)
    y = y if b is None else tf.nn.bias_add(y, b)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@conv.call("tensorflow", when=has_groups, composed=True, source="tf.pad, tf.nn.conv1d, tf.nn.conv3d")
def _(tf, x, w, b, *, stride, padding, dilation):
    rank = len(stride)
    x = tf.pad(x, [[0, 0], [0, 0], *[list(pair) for pair in padding]])
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    w = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    steps = stride if rank < 3 else [1, *stride, 1]
    rates = dilation if rank < 3 else [1, *dilation, 1]
    convolution = (tf.nn.conv1d, tf.nn.conv2d, tf.nn.conv3d)[rank - 1]
    y = convolution(x, w, steps, "VALID", dilations=rates)
    y = y if b is None else tf.nn.bias_add(y, b)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@conv.call("tensorflow", spelling="channels_first", when=padded_plane, source="tf.nn.conv2d, data_format")
def _(tf, x, w, b, *, stride, padding, dilation):
    pads = [[0, 0], [0, 0], *[list(pair) for pair in padding]]
    y = tf.nn.conv2d(x, tf.transpose(w, [2, 3, 1, 0]), stride, pads, "NCHW", dilation)
    return y if b is None else tf.nn.bias_add(y, b, "NCHW")


@conv.call("tensorflow", spelling="convolution", when=unpadded, source="tf.nn.convolution")
def _(tf, x, w, b, *, stride, dilation):
    rank = len(stride)
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    w = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    y = tf.nn.convolution(x, w, stride, "VALID", None, dilation)
    y = y if b is None else tf.nn.bias_add(y, b)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])


def depthwise(case: Case) -> bool:
    """Whether ``tf.nn.depthwise_conv2d``, which wants equal strides, says the case."""
    w, stride = case.inputs["w"].shape, case.parameters["stride"]
    return padded_plane(case) and len(w) == 4 and w[1] == 1 and stride[0] == stride[-1]


@conv.call("tensorflow", spelling="depthwise", when=depthwise, source="tf.nn.depthwise_conv2d")
def _(tf, x, w, b, *, stride, padding, dilation, groups):
    x = tf.transpose(x, [0, 2, 3, 1])
    multiplier = w.shape[0] // groups
    w = tf.transpose(tf.reshape(w, [groups, multiplier, *w.shape[2:]]), [2, 3, 0, 1])
    pads = [[0, 0], *[list(pair) for pair in padding], [0, 0]]
    y = tf.nn.depthwise_conv2d(x, w, [1, *stride, 1], pads, "NHWC", dilation)
    return tf.transpose(y if b is None else tf.nn.bias_add(y, b), [0, 3, 1, 2])


def plain(case: Case) -> bool:
    """Whether there are a batch axis and a single group, as the transposed calls need them."""
    return meaning.batched(case) and case.parameters["groups"] == 1


def dimensions(case: Case) -> list:
    """Per dimension: input size, stride, effective kernel, canvas length, window."""
    p = case.parameters
    return [
        (n, s, effective_kernel(k, d), canvas(n, k, s, d), lo, out)
        for n, k, s, d, (lo, out) in zip(
            meaning.sizes_of(case), meaning.kernel_of(case), p["stride"], p["dilation"], p["window"]
        )
    ]


def windowed_plane(case: Case) -> bool:
    """Whether explicit pads say the window: the forward convolution of its length, padded, has the input's size."""
    return padded_plane(case) and plain(case) and all(
        lo >= 0 and out >= 1 and out + lo <= length + s - 1 for _, s, _, length, lo, out in dimensions(case)
    )


def valid(case: Case) -> bool:
    """Whether VALID says the window."""
    return plain(case) and all(
        lo == 0 and length <= out <= length + s - 1 for _, s, _, length, lo, out in dimensions(case)
    )


def same(case: Case) -> bool:
    """Whether SAME says the window."""
    return plain(case) and all(
        lo == max(length - out, 0) // 2 and (n - 1) * s < out <= n * s for n, s, _, length, lo, out in dimensions(case)
    )


@conv_transpose.call("tensorflow", when=windowed_plane, source="tf.nn.conv2d_transpose, padding")
def _(tf, x, w, b, *, stride, window, dilation):
    pads = [[0, 0]]
    for n, k, s, d, (lo, out) in zip(x.shape[2:], w.shape[2:], stride, dilation, window):
        pads.append([lo, max((n - 1) * s + d * (k - 1) + 1 - out - lo, 0)])
    x = tf.transpose(x, [0, 2, 3, 1])
    shape = [x.shape[0], *[out for _, out in window], w.shape[1]]
    y = tf.nn.conv2d_transpose(x, tf.transpose(w, [2, 3, 1, 0]), shape, stride, [*pads, [0, 0]], "NHWC", dilation)
    return tf.transpose(y if b is None else tf.nn.bias_add(y, b), [0, 3, 1, 2])


@conv_transpose.call("tensorflow", when=valid, source="tf.nn.conv1d_transpose and its siblings, VALID")
def _(tf, x, w, b, *, stride, window, dilation):
    rank = len(stride)
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    w = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    shape = [x.shape[0], *[out for _, out in window], w.shape[-2]]
    y = tf.nn.conv_transpose(x, w, shape, stride, "VALID", None, dilation)
    y = y if b is None else tf.nn.bias_add(y, b)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@conv_transpose.call("tensorflow", when=same, source="tf.nn.conv1d_transpose and its siblings, SAME")
def _(tf, x, w, b, *, stride, window, dilation):
    rank = len(stride)
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    w = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    shape = [x.shape[0], *[out for _, out in window], w.shape[-2]]
    y = tf.nn.conv_transpose(x, w, shape, stride, "SAME", None, dilation)
    y = y if b is None else tf.nn.bias_add(y, b)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@conv_transpose.call("tensorflow", when=plain, composed=True, source="tf.nn.conv_transpose, VALID; tf.pad; slice")
def _(tf, x, w, b, *, stride, window, dilation):
    rank = len(stride)
    canvas = [(n - 1) * s + d * (k - 1) + 1 for n, k, s, d in zip(x.shape[2:], w.shape[2:], stride, dilation)]
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    w = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    y = tf.nn.conv_transpose(x, w, [x.shape[0], *canvas, w.shape[-2]], stride, "VALID", None, dilation)
    pads = [[max(-lo, 0), max(lo + out - length, 0)] for (lo, out), length in zip(window, canvas)]
    y = tf.pad(y, [[0, 0], *pads, [0, 0]])
    starts = [0, *[max(lo, 0) for lo, _ in window], 0]
    y = tf.slice(y, starts, [-1, *[out for _, out in window], -1])
    y = y if b is None else tf.nn.bias_add(y, b)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])
