"""How Keras 3 is asked for convolutions through its layers, and for their shapes through ``compute_output_shape``.

Layers get their weights by ``stateless_call``, so that gradients with respect to them exist, and are called on
``KerasTensor`` as they are.
"""

from __future__ import annotations

from harness.operators.convolution.aligned import conv, conv_transpose
from harness.operators.convolution.calls_keras import (
    completable,
    expressible,
    has_named_padding,
    has_named_window,
    layered,
    named_padding,
    named_window,
    native_depthwise,
)

# A layer's variables cannot be created inside ``tf.function``.
OUTSIDE_GRAPHS = ("eager", "compiled", "abstract")


def applied(keras, layer, x, kernel, b):
    """The layer's result with this kernel and bias, or its description of a KerasTensor."""
    layer.build(tuple(x.shape))
    if keras.backend.is_keras_tensor(x):
        return layer(x)
    return layer.stateless_call([kernel] if b is None else [kernel, b], [], x)[0]


@conv.call("keras", spelling="layer", when=layered(has_named_padding), translate=named_padding, modes=OUTSIDE_GRAPHS)
def keras_conv_layer(keras, x, w, b, *, stride, padding, dilation, groups, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)[rank - 1](
        w.shape[0], tuple(w.shape[2:]), stride, padding, data_format,
        dilation, groups, use_bias=b is not None, kernel_initializer="zeros",
        dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    y = applied(keras, layer, x, keras.ops.transpose(w, [*range(2, rank + 2), 1, 0]), b)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv.call("keras", spelling="layer", when=layered(expressible), modes=OUTSIDE_GRAPHS, composed=True)
def _(keras, x, w, b, *, stride, padding, dilation, groups, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    x = keras.ops.pad(x, [[0, 0], [0, 0], *map(list, padding)])
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)[rank - 1](
        w.shape[0], tuple(w.shape[2:]), stride, "valid", data_format, dilation,
        groups, use_bias=b is not None, kernel_initializer="zeros", dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    y = applied(keras, layer, x, keras.ops.transpose(w, [*range(2, rank + 2), 1, 0]), b)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv.call(
    "keras",
    spelling="compute_output_shape",
    when=layered(has_named_padding),
    translate=named_padding,
    modes=("abstract",),
)
def _(keras, x, w, b, *, stride, padding, dilation, groups, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)[rank - 1](
        w.shape[0], tuple(w.shape[2:]), stride, padding, data_format,
        dilation, groups, dtype=x.dtype,
    )  # fmt: skip
    y = keras.KerasTensor(layer.compute_output_shape(x.shape), x.dtype)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv.call(
    "keras", spelling="depthwise_layer", when=layered(native_depthwise), translate=named_padding, modes=OUTSIDE_GRAPHS
)
def _(keras, x, w, b, *, stride, padding, dilation, groups, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D)[rank - 1](
        tuple(w.shape[2:]), stride, padding, w.shape[0] // groups,
        data_format, dilation, use_bias=b is not None, depthwise_initializer="zeros",
        dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    kernel = keras.ops.transpose(w, [*range(2, rank + 2), 1, 0])
    kernel = keras.ops.reshape(kernel, [*w.shape[2:], groups, w.shape[0] // groups])
    y = applied(keras, layer, x, kernel, b)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv_transpose.call(
    "keras", spelling="layer", when=layered(has_named_window), translate=named_window, modes=OUTSIDE_GRAPHS
)
def keras_conv_transpose_layer(
    keras, x, w, b, *, stride, padding, output_padding, dilation, data_format="channels_last"
):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose, keras.layers.Conv3DTranspose)[rank - 1](
        w.shape[1], tuple(w.shape[2:]), stride, padding, output_padding=output_padding, data_format=data_format,
        dilation_rate=dilation, use_bias=b is not None, kernel_initializer="zeros",
        dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    y = applied(keras, layer, x, keras.ops.transpose(w, [*range(2, rank + 2), 1, 0]), b)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv_transpose.call("keras", spelling="layer", when=layered(completable), modes=OUTSIDE_GRAPHS, composed=True)
def _(keras, x, w, b, *, stride, window, dilation, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose, keras.layers.Conv3DTranspose)[rank - 1](
        w.shape[1], tuple(w.shape[2:]), stride, "valid", data_format=data_format, dilation_rate=dilation,
        use_bias=False, kernel_initializer="zeros", dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    y = applied(keras, layer, x, keras.ops.transpose(w, [*range(2, rank + 2), 1, 0]), None)
    if last:
        y = keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)])
    pads = [[max(-lo, 0), max(lo + out - n, 0)] for n, (lo, out) in zip(y.shape[2:], window)]
    y = keras.ops.pad(y, [[0, 0], [0, 0], *pads])
    y = y[(slice(None), slice(None), *[slice(max(lo, 0), max(lo, 0) + out) for lo, out in window])]
    return y if b is None else y + keras.ops.reshape(b, [1, y.shape[1]] + [1] * rank)


@conv_transpose.call(
    "keras",
    spelling="compute_output_shape",
    when=layered(has_named_window),
    translate=named_window,
    modes=("abstract",),
)
def _(keras, x, w, b, *, stride, padding, output_padding, dilation, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose, keras.layers.Conv3DTranspose)[rank - 1](
        w.shape[1], tuple(w.shape[2:]), stride, padding, output_padding=output_padding, data_format=data_format,
        dilation_rate=dilation, dtype=x.dtype,
    )  # fmt: skip
    y = keras.KerasTensor(layer.compute_output_shape(x.shape), x.dtype)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y
