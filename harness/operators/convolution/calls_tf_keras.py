"""How Keras 2 (``tf_keras``) is asked for convolutions: its layers, and their ``compute_output_shape``.

A layer gets its weights as attributes instead of being built, so that they are the tensors handed in and gradients
with respect to them exist.
"""

from __future__ import annotations

from harness.operators.convolution.aligned import conv, conv_transpose
from harness.operators.convolution.calls_keras import (
    completable,
    expressible,
    has_named_padding,
    has_named_window,
    inferred_groups,
    layered,
    named_padding,
    named_window,
    native_depthwise,
)


@conv.call("tf_keras", spelling="layer", when=layered(inferred_groups(has_named_padding)), translate=named_padding)
def tf_keras_conv_layer(tf_keras, x, w, b, *, stride, padding, dilation, groups, data_format="channels_last"):
    import tensorflow as tf

    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (tf_keras.layers.Conv1D, tf_keras.layers.Conv2D, tf_keras.layers.Conv3D)[rank - 1](
        w.shape[0], tuple(w.shape[2:]), stride, padding, data_format,
        dilation, groups, use_bias=b is not None, dtype=x.dtype, name="layer",
    )  # fmt: skip
    layer.kernel, layer.bias, layer.built = tf.transpose(w, [*range(2, rank + 2), 1, 0]), b, True
    y = layer(x)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv.call("tf_keras", spelling="layer", when=layered(inferred_groups(expressible)), composed=True)
def _(tf_keras, x, w, b, *, stride, padding, dilation, groups, data_format="channels_last"):
    import tensorflow as tf

    rank, last = len(stride), data_format == "channels_last"
    x = tf.pad(x, [[0, 0], [0, 0], *map(list, padding)])
    if last:
        x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (tf_keras.layers.Conv1D, tf_keras.layers.Conv2D, tf_keras.layers.Conv3D)[rank - 1](
        w.shape[0], tuple(w.shape[2:]), stride, "valid", data_format, dilation,
        groups, use_bias=b is not None, dtype=x.dtype, name="layer",
    )  # fmt: skip
    layer.kernel, layer.bias, layer.built = tf.transpose(w, [*range(2, rank + 2), 1, 0]), b, True
    y = layer(x)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv.call(
    "tf_keras",
    spelling="compute_output_shape",
    when=layered(has_named_padding),
    translate=named_padding,
    modes=("abstract",),
)
def _(tf_keras, x, w, b, *, stride, padding, dilation, groups, data_format="channels_last"):
    import tensorflow as tf

    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (tf_keras.layers.Conv1D, tf_keras.layers.Conv2D, tf_keras.layers.Conv3D)[rank - 1](
        w.shape[0],
        tuple(w.shape[2:]),
        stride,
        padding,
        data_format,
        dilation,
        groups,
    )
    y = tf.zeros(layer.compute_output_shape(x.shape), x.dtype)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv.call("tf_keras", spelling="depthwise_layer", when=layered(native_depthwise), translate=named_padding)
def _(tf_keras, x, w, b, *, stride, padding, dilation, groups, data_format="channels_last"):
    import tensorflow as tf

    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (tf_keras.layers.DepthwiseConv1D, tf_keras.layers.DepthwiseConv2D)[rank - 1](
        tuple(w.shape[2:]), stride, padding, w.shape[0] // groups,
        data_format, dilation, use_bias=b is not None, dtype=x.dtype, name="layer",
    )  # fmt: skip
    kernel = tf.transpose(w, [*range(2, rank + 2), 1, 0])
    layer.depthwise_kernel = tf.reshape(kernel, [*w.shape[2:], groups, w.shape[0] // groups])
    layer.bias, layer.built = b, True
    y = layer(x)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv_transpose.call("tf_keras", spelling="layer", when=layered(has_named_window), translate=named_window)
def tf_keras_conv_transpose_layer(
    tf_keras, x, w, b, *, stride, padding, output_padding, dilation, data_format="channels_last"
):
    import tensorflow as tf

    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    layers = tf_keras.layers
    layer = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)[rank - 1](
        w.shape[1], tuple(w.shape[2:]), stride, padding, output_padding=output_padding, data_format=data_format,
        dilation_rate=dilation, use_bias=b is not None, dtype=x.dtype, name="layer",
    )  # fmt: skip
    layer.kernel, layer.bias, layer.built = tf.transpose(w, [*range(2, rank + 2), 1, 0]), b, True
    layer.input_spec = layers.InputSpec(ndim=rank + 2)  # as building it would: the call checks the rank
    y = layer(x)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv_transpose.call("tf_keras", spelling="layer", when=layered(completable), composed=True)
def _(tf_keras, x, w, b, *, stride, window, dilation, data_format="channels_last"):
    import tensorflow as tf

    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    layers = tf_keras.layers
    layer = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)[rank - 1](
        w.shape[1], tuple(w.shape[2:]), stride, "valid", data_format=data_format, dilation_rate=dilation,
        use_bias=False, dtype=x.dtype, name="layer",
    )  # fmt: skip
    layer.kernel, layer.bias, layer.built = tf.transpose(w, [*range(2, rank + 2), 1, 0]), None, True
    layer.input_spec = layers.InputSpec(ndim=rank + 2)  # as building it would: the call checks the rank
    y = layer(x)
    if last:
        y = tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])
    pads = [[max(-lo, 0), max(lo + out - n, 0)] for n, (lo, out) in zip(y.shape[2:], window)]
    y = tf.pad(y, [[0, 0], [0, 0], *pads])
    y = y[(slice(None), slice(None), *[slice(max(lo, 0), max(lo, 0) + out) for lo, out in window])]
    return y if b is None else y + tf.reshape(b, [1, y.shape[1]] + [1] * rank)


@conv_transpose.call(
    "tf_keras",
    spelling="compute_output_shape",
    when=layered(has_named_window),
    translate=named_window,
    modes=("abstract",),
)
def _(tf_keras, x, w, b, *, stride, padding, output_padding, dilation, data_format="channels_last"):
    import tensorflow as tf

    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (tf_keras.layers.Conv1DTranspose, tf_keras.layers.Conv2DTranspose, tf_keras.layers.Conv3DTranspose)[
        rank - 1
    ](
        w.shape[1],
        tuple(w.shape[2:]),
        stride,
        padding,
        output_padding=output_padding,
        data_format=data_format,
        dilation_rate=dilation,
    )
    y = tf.zeros(layer.compute_output_shape(x.shape), x.dtype)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y
