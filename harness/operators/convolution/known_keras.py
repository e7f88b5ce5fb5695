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

SYMBOLIC_GROUPS = KnownDifference(
    "keras-*:*:abstract",
    Kind.RAISED,
    r"The number of input channels must match the kernel's input channels",
    "keras.ops.conv describes no groups, although it computes them",
    'keras.ops.conv, kernel: "`num_input_channels` should match the number of channels in `inputs`"',
    when=lambda case: case.parameters["groups"] > 1,
    name="keras-symbolic-groups",
)

# Keras adds the bias to a result that is rounded already.
BIAS = {"float16": 1, "bfloat16": 1, "float32": 1, "float64": 1}

# Measured: 2048 followed by 63 ones sums to 2048 in transposed, three-dimensional and depthwise convolutions.
TENSORFLOW = Accuracy(
    roundings=BIAS,
    accumulate={"float16": "float16"},
    flush=True,
    source="measured on tensorflow-cpu 2.21.0: the Eigen kernels of float16 accumulate in float16, subnormals are flushed",
)

# The column-to-image path adds a float16 per kernel tap.
TORCH = Accuracy(
    roundings=BIAS,
    accumulate={"float16": "float16"},
    source="measured on torch 2.13.0: transposed float16 convolutions",
)

JAX = Accuracy(roundings=BIAS, flush=True, source="measured on jax 0.10.2: XLA's CPU code flushes subnormals")

for _operator in (conv, conv_transpose):
    _operator.differs(LAYERS, DILATIONS, *rows("keras-tensorflow:cpu:*"), *rows("tf-keras:cpu:*"))
    _operator.computes("keras-torch:cpu:*", TORCH)
    _operator.computes("keras-jax*:cpu:*", JAX)
    _operator.computes("keras-tensorflow:cpu:*", TENSORFLOW)
    _operator.computes("tf-keras:cpu:*", TENSORFLOW)
conv.differs(SYMBOLIC_GROUPS)
