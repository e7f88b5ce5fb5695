"""What users of Keras 3 and Keras 2 write for the words of a nominal convolution."""

from __future__ import annotations

from harness.case import Case
from harness.operators.convolution import meaning
from harness.operators.convolution.calls_keras import (
    expressible,
    inferred_groups,
    keras_conv,
    keras_conv_transpose,
    layered,
)
from harness.operators.convolution.calls_keras_layers import (
    OUTSIDE_GRAPHS,
    keras_conv_layer,
    keras_conv_transpose_layer,
)
from harness.operators.convolution.calls_tf_keras import tf_keras_conv_layer, tf_keras_conv_transpose_layer
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


conv.call("keras", when=inferred_groups(padding_word), convention=word, source="keras.ops.conv, padding")(keras_conv)


conv.call(
    "keras",
    spelling="layer",
    when=layered(layer_word),
    modes=OUTSIDE_GRAPHS,
    convention=word,
    source="keras.layers.Conv1D, padding",
)(keras_conv_layer)


conv.call(
    "tf_keras", spelling="layer", when=layered(layer_word), convention=word, source="tf_keras.layers.Conv1D, padding"
)(tf_keras_conv_layer)


conv_transpose.call(
    "keras", when=transposed_word, convention=transposed_convention, source="keras.ops.conv_transpose, output_padding"
)(keras_conv_transpose)


conv_transpose.call(
    "keras",
    spelling="layer",
    when=layered(transposed_word),
    modes=OUTSIDE_GRAPHS,
    convention=transposed_convention,
    source="keras.layers.Conv2DTranspose, output_padding",
)(keras_conv_transpose_layer)


conv_transpose.call(
    "tf_keras",
    spelling="layer",
    when=layered(transposed_word),
    convention=transposed_convention,
    source="tf_keras.layers.Conv2DTranspose, output_padding",
)(tf_keras_conv_transpose_layer)
