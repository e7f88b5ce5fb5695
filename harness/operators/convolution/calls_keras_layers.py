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
    native_depthwise,
)

# A layer's variables cannot be created inside ``tf.function``.
OUTSIDE_GRAPHS = ("eager", "compiled", "abstract")


@conv.call("keras", spelling="layer", when=layered(has_named_padding), modes=OUTSIDE_GRAPHS)
def _(keras, x, w, b, *, stride, padding, dilation, groups, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)[rank - 1](
        w.shape[0], tuple(w.shape[2:]), stride, "same" if any(high for _, high in padding) else "valid", data_format,
        dilation, groups, use_bias=b is not None, kernel_initializer="zeros",
        dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    layer.build(tuple(x.shape))
    w = keras.ops.transpose(w, [*range(2, rank + 2), 1, 0])
    symbolic = keras.backend.is_keras_tensor(x)
    y = layer(x) if symbolic else layer.stateless_call([w] if b is None else [w, b], [], x)[0]
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
    layer.build(tuple(x.shape))
    w = keras.ops.transpose(w, [*range(2, rank + 2), 1, 0])
    symbolic = keras.backend.is_keras_tensor(x)
    y = layer(x) if symbolic else layer.stateless_call([w] if b is None else [w, b], [], x)[0]
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv.call("keras", spelling="compute_output_shape", when=layered(has_named_padding), modes=("abstract",))
def _(keras, x, w, b, *, stride, padding, dilation, groups, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)[rank - 1](
        w.shape[0], tuple(w.shape[2:]), stride, "same" if any(high for _, high in padding) else "valid", data_format,
        dilation, groups, dtype=x.dtype,
    )  # fmt: skip
    y = keras.KerasTensor(layer.compute_output_shape(x.shape), x.dtype)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv.call("keras", spelling="depthwise_layer", when=layered(native_depthwise), modes=OUTSIDE_GRAPHS)
def _(keras, x, w, b, *, stride, padding, dilation, groups, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D)[rank - 1](
        tuple(w.shape[2:]), stride, "same" if any(high for _, high in padding) else "valid", w.shape[0] // groups,
        data_format, dilation, use_bias=b is not None, depthwise_initializer="zeros",
        dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    layer.build(tuple(x.shape))
    w = keras.ops.reshape(
        keras.ops.transpose(w, [*range(2, rank + 2), 1, 0]), [*w.shape[2:], groups, w.shape[0] // groups]
    )
    symbolic = keras.backend.is_keras_tensor(x)
    y = layer(x) if symbolic else layer.stateless_call([w] if b is None else [w, b], [], x)[0]
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv_transpose.call("keras", spelling="layer", when=layered(has_named_window), modes=OUTSIDE_GRAPHS)
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
    layer = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose, keras.layers.Conv3DTranspose)[rank - 1](
        w.shape[1], tuple(w.shape[2:]), stride, name, output_padding=extra, data_format=data_format,
        dilation_rate=dilation, use_bias=b is not None, kernel_initializer="zeros",
        dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    layer.build(tuple(x.shape))
    w = keras.ops.transpose(w, [*range(2, rank + 2), 1, 0])
    symbolic = keras.backend.is_keras_tensor(x)
    y = layer(x) if symbolic else layer.stateless_call([w] if b is None else [w, b], [], x)[0]
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
    layer.build(tuple(x.shape))
    w = keras.ops.transpose(w, [*range(2, rank + 2), 1, 0])
    y = layer(x) if keras.backend.is_keras_tensor(x) else layer.stateless_call([w], [], x)[0]
    if last:
        y = keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)])
    pads = [[max(-lo, 0), max(lo + out - n, 0)] for n, (lo, out) in zip(y.shape[2:], window)]
    y = keras.ops.pad(y, [[0, 0], [0, 0], *pads])
    y = y[(slice(None), slice(None), *[slice(max(lo, 0), max(lo, 0) + out) for lo, out in window])]
    return y if b is None else y + keras.ops.reshape(b, [1, y.shape[1]] + [1] * rank)


@conv_transpose.call("keras", spelling="compute_output_shape", when=layered(has_named_window), modes=("abstract",))
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
    layer = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose, keras.layers.Conv3DTranspose)[rank - 1](
        w.shape[1], tuple(w.shape[2:]), stride, name, output_padding=extra, data_format=data_format,
        dilation_rate=dilation, dtype=x.dtype,
    )  # fmt: skip
    y = keras.KerasTensor(layer.compute_output_shape(x.shape), x.dtype)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y
