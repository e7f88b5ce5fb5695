"""What Keras documents not to do with convolutions, and the numerical facts of its backends."""

from __future__ import annotations

from typing import Tuple

from harness.case import Case, Kind, KnownDifference
from harness.operator import Accuracy
from harness.operators.convolution.aligned import conv, conv_transpose


def channels_first(case: Case) -> bool:
    """Whether the case asks for channels first."""
    return bool(case.parameters.get("data_format") == "channels_first")


def unequal_dilations(case: Case) -> bool:
    """Whether the dilation differs between dimensions."""
    return len(set(case.parameters["dilation"])) > 1


def strided_and_dilated(case: Case) -> bool:
    """Whether some stride and some dilation are above 1."""
    return bool(max(case.parameters["stride"]) > 1 and max(case.parameters["dilation"]) > 1)


def rows(targets: str) -> Tuple[KnownDifference, ...]:
    """The refusals that TensorFlow brings into the Keras that runs on it."""
    return (
        KnownDifference(
            targets,
            Kind.RAISED,
            r"NHWC|NDHWC|could not create a primitive descriptor",
            "TensorFlow has no channels-first convolutions on CPU",
            'tf_keras.layers.Conv2D, data_format: "`channels_first` is not supported by TensorFlow on CPU"',
            when=channels_first,
            name="tensorflow-cpu-channels-first",
        ),
        KnownDifference(
            targets,
            Kind.RAISED,
            r"Current CPU implementations? do(es)? not yet support dilation rates larger than",
            "TensorFlow's transposed convolution has no dilation on CPU",
            "the message of the CPU kernel of Conv2DBackpropInput says that it is not implemented",
            name="tensorflow-cpu-dilated-transpose",
        ),
    )


LAYERS = KnownDifference(
    "*",
    Kind.RAISED,
    r"`strides > N` not supported in conjunction with `dilation_rate > N`",
    "stride and dilation above 1 exclude each other in Keras layers and in tf.nn.convolution",
    'keras.layers.Conv2D, strides: "`strides > 1` is incompatible with `dilation_rate > 1`"; '
    'tf.nn.convolution, strides: "If any value of strides is > 1, then all values of dilation_rate must be 1"',
    when=strided_and_dilated,
    name="keras-strided-and-dilated",
)

DILATIONS = KnownDifference(
    "tf-keras:*",
    Kind.RAISED,
    r"Expected the N dimensions of the `dilation_rate` arg",
    "one dilation for all dimensions of Conv2DTranspose",
    'tf_keras.layers.Conv2DTranspose, dilation_rate: "Specifying different dilation rates for different dimensions is '
    'not supported"',
    when=unequal_dilations,
    name="tf-keras-unequal-dilations",
)

# A bias is added to a result that is rounded already: in every Keras call but on no target is it fused.
BIAS = {"float16": 1, "bfloat16": 1, "float32": 1, "float64": 1}

for _operator in (conv, conv_transpose):
    _operator.differs(LAYERS, DILATIONS, *rows("keras-tensorflow:cpu:*"), *rows("tf-keras:cpu:*"))
    _operator.computes("keras-torch:cpu:*", Accuracy(roundings=BIAS))
    _operator.computes("keras-jax*:cpu:*", Accuracy(roundings=BIAS, accumulate={"float16": "float16"}, flush=True))
    _operator.computes(
        "keras-tensorflow:cpu:*", Accuracy(roundings=BIAS, accumulate={"float16": "float16"}, flush=True)
    )
    _operator.computes("tf-keras:cpu:*", Accuracy(roundings=BIAS, accumulate={"float16": "float16"}, flush=True))
