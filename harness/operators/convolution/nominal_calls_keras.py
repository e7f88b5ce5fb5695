"""What users of Keras 3 and Keras 2 write for the words of a nominal convolution."""

from __future__ import annotations

from harness.case import Case
from harness.operators.convolution import meaning
from harness.operators.convolution.calls_keras import expressible, inferred_groups, layered
from harness.operators.convolution.calls_keras_layers import OUTSIDE_GRAPHS
from harness.operators.convolution.nominal import conv, conv_transpose
from harness.operators.convolution.nominal_calls import numbers, plain, says, sized


def padding_word(case: Case) -> bool:
    """Whether ``keras.ops.conv`` has the word."""
    return expressible(case) and says(case, "valid", "same")


def layer_word(case: Case) -> bool:
    """Whether a layer has the word: as ``keras.ops.conv``, and causal in one dimension."""
    return padding_word(case) or (meaning.batched(case) and says(case, "causal") and meaning.rank_of(case) == 1)


def word(case: Case) -> str:
    """The convention of a convolution is named as its padding."""
    return str(case.parameters["padding"])


def transposed_word(case: Case) -> bool:
    """Whether Keras can be asked: one group, a word and no output size."""
    return plain(case) and expressible(case) and not numbers(case) and not sized(case)


def transposed_convention(case: Case) -> str:
    """The convention of the words of a transposed convolution."""
    return f"keras_{case.parameters['padding']}" + ("_output_padding" if case.parameters["output_padding"] else "")


@conv.call("keras", when=inferred_groups(padding_word), convention=word, source="keras.ops.conv, padding")
def _(keras, x, w, b, *, stride, padding, dilation, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    w = keras.ops.transpose(w, [*range(2, rank + 2), 1, 0])
    y = keras.ops.conv(x, w, stride, padding, data_format, dilation)
    if b is not None:
        y = y + keras.ops.reshape(b, [y.shape[-1]] if last else [1, y.shape[1]] + [1] * rank)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv.call(
    "keras",
    spelling="layer",
    when=layered(layer_word),
    modes=OUTSIDE_GRAPHS,
    convention=word,
    source="keras.layers.Conv1D, padding",
)
def _(keras, x, w, b, *, stride, padding, dilation, groups, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)[rank - 1](
        w.shape[0], tuple(w.shape[2:]), stride, padding, data_format, dilation, groups,
        use_bias=b is not None, kernel_initializer="zeros", dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    layer.build(tuple(x.shape))
    w = keras.ops.transpose(w, [*range(2, rank + 2), 1, 0])
    symbolic = keras.backend.is_keras_tensor(x)
    y = layer(x) if symbolic else layer.stateless_call([w] if b is None else [w, b], [], x)[0]
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv.call(
    "tf_keras", spelling="layer", when=layered(layer_word), convention=word, source="tf_keras.layers.Conv1D, padding"
)
def _(tf_keras, x, w, b, *, stride, padding, dilation, groups, data_format="channels_last"):
    import tensorflow as tf

    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (tf_keras.layers.Conv1D, tf_keras.layers.Conv2D, tf_keras.layers.Conv3D)[rank - 1](
        w.shape[0], tuple(w.shape[2:]), stride, padding, data_format, dilation, groups,
        use_bias=b is not None, dtype=x.dtype, name="layer",
    )  # fmt: skip
    layer.kernel, layer.bias, layer.built = tf.transpose(w, [*range(2, rank + 2), 1, 0]), b, True
    y = layer(x)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv_transpose.call(
    "keras", when=transposed_word, convention=transposed_convention, source="keras.ops.conv_transpose, output_padding"
)
def _(keras, x, w, b, *, stride, padding, output_padding, dilation, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    w = keras.ops.transpose(w, [*range(2, rank + 2), 1, 0])
    y = keras.ops.conv_transpose(x, w, stride, padding, output_padding, data_format, dilation)
    if b is not None:
        y = y + keras.ops.reshape(b, [y.shape[-1]] if last else [1, y.shape[1]] + [1] * rank)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv_transpose.call(
    "keras",
    spelling="layer",
    when=layered(transposed_word),
    modes=OUTSIDE_GRAPHS,
    convention=transposed_convention,
    source="keras.layers.Conv2DTranspose, output_padding",
)
def _(keras, x, w, b, *, stride, padding, output_padding, dilation, data_format="channels_last"):
    rank, last = len(stride), data_format == "channels_last"
    if last:
        x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    layer = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose, keras.layers.Conv3DTranspose)[rank - 1](
        w.shape[1], tuple(w.shape[2:]), stride, padding, output_padding=output_padding, data_format=data_format,
        dilation_rate=dilation, use_bias=b is not None, kernel_initializer="zeros",
        dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    layer.build(tuple(x.shape))
    w = keras.ops.transpose(w, [*range(2, rank + 2), 1, 0])
    symbolic = keras.backend.is_keras_tensor(x)
    y = layer(x) if symbolic else layer.stateless_call([w] if b is None else [w, b], [], x)[0]
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y


@conv_transpose.call(
    "tf_keras",
    spelling="layer",
    when=layered(transposed_word),
    convention=transposed_convention,
    source="tf_keras.layers.Conv2DTranspose, output_padding",
)
def _(tf_keras, x, w, b, *, stride, padding, output_padding, dilation, data_format="channels_last"):
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
    y = layer(x)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)]) if last else y
