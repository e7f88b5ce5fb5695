"""What Keras documents not to do with convolutions, and the numerical facts of its backends."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Dict, Tuple, Union

from harness.case import Case, Kind, KnownDifference
from harness.meaning import Accuracy
from harness.operator import Operator, always
from harness.operators.convolution import meaning
from harness.operators.convolution.aligned import conv, conv_transpose
from harness.operators.convolution.calls_keras import native_depthwise
from harness.operators.convolution.known_aligned import (
    BFLOAT16,
    DEPTHWISE,
    EIGEN,
    JAX,
    PLANE,
    TENSORFLOW,
    TORCH,
    TORCH_DILATED,
    TORCH_TRANSPOSED,
    dilated,
    plane,
)
from harness.windows import accepts_output_shape_same, keras_same_output_padding


def channels_first(case: Case) -> bool:
    """Whether the case asks for channels first."""
    return bool(case.parameters.get("data_format") == "channels_first")


def well_formed(case: Case) -> bool:
    """Whether stride and dilation have an entry per dimension and x all its axes; hostile cases need not."""
    p, rank = case.parameters, len(case.inputs["w"].shape) - 2
    return rank >= 1 and {len(p["stride"]), len(p["dilation"])} == {rank} and len(case.inputs["x"].shape) > rank + 1


def unequal_dilations(case: Case) -> bool:
    """Whether the dilation differs between dimensions."""
    return len(set(case.parameters["dilation"])) > 1


def strided_and_dilated(case: Case) -> bool:
    """Whether some stride and some dilation are above 1."""
    return any(s > 1 for s in case.parameters["stride"]) and any(d > 1 for d in case.parameters["dilation"])


def rows(targets: str) -> Tuple[KnownDifference, ...]:
    """The refusals that TensorFlow brings into the Keras that runs on it."""
    return (
        KnownDifference(
            targets,
            Kind.RAISED,
            r"NHWC|NDHWC|could not create a primitive descriptor",
            "TensorFlow has no channels-first convolutions on CPU",
            'tf_keras.layers.Conv2D, data_format: "the `channels_first` format is currently not supported by TensorFlow on CPU"',
            when=channels_first,
            name="tensorflow-cpu-channels-first",
        ),
        KnownDifference(
            targets,
            Kind.RAISED,
            r"Current CPU implementations? do(es)? not yet support dilation rates larger than",
            "TensorFlow's transposed convolution has no dilation on CPU",
            "https://github.com/tensorflow/tensorflow/issues/28264, a feature request; 69103 asks to document it for Conv1DTranspose",
            name="tensorflow-cpu-dilated-transpose",
        ),
    )


def unequal_same(case: Case) -> bool:
    """Whether no SAME convolution turns the sizes asked for into the input's: TensorFlow has no such "same"."""
    p = case.parameters
    if not well_formed(case) or min(p["stride"]) < 1:
        return False
    own = tuple(zip(meaning.sizes_of(case), meaning.kernel_of(case), p["stride"], p["dilation"]))
    if "window" in p:
        outs = tuple(out for _, out in p["window"])
    elif p["padding"] == "same" and p.get("output_padding"):
        outs = tuple(keras_same_output_padding(*each, extra).out for each, extra in zip(own, p["output_padding"]))
    else:
        return False
    return not all(accepts_output_shape_same(out, size, stride) for out, (size, _, stride, _) in zip(outs, own))


def same_output_padding(targets: str) -> KnownDifference:
    """The "same" of a transposed convolution that Keras offers and TensorFlow has not."""
    return KnownDifference(
        targets,
        Kind.RAISED,
        r"doesn't match computed|could not create a primitive descriptor",
        'TensorFlow takes padding "same" with few values of output_padding, Keras documents every one below the stride',
        "https://github.com/keras-team/keras/issues/15666",
        status="reported",
        when=unequal_same,
        name="keras-tensorflow-same-output-padding",
    )


LAYERS = KnownDifference(
    "*",
    Kind.RAISED,
    r"`strides > N` not supported in conjunction with `dilation_rate > N`",
    "stride and dilation above 1 exclude each other in Keras layers and in tf.nn.convolution",
    'keras.layers.Conv2D, strides: "`strides > 1` is incompatible with `dilation_rate > 1`"; tf_keras.layers.Conv2D, strides: '
    '"Specifying any stride value != 1 is incompatible with specifying any `dilation_rate` value != 1"; '
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


def biased(case: Case) -> bool:
    """Whether a bias is added, which Keras does after the convolution, so that a 16-bit result is rounded twice."""
    return "b" in case.inputs


def depthwise_call(case: Case) -> bool:
    """Whether Keras is asked for a depthwise convolution."""
    return case.parameters.get("spelling") in ("depthwise", "depthwise_layer") and native_depthwise(case)


def padded_depthwise_call(case: Case) -> bool:
    """Whether Keras is asked for a padded depthwise convolution."""
    return depthwise_call(case) and any(map(any, case.parameters["padding"]))


def compiled_by_xla(case: Case) -> bool:
    """Whether Keras on TensorFlow, or Keras 2, leaves to XLA what TensorFlow's CPU kernels cannot compute."""
    p = case.parameters
    volume = p.get("data_format") == "channels_first" and meaning.rank_of(case) == 3
    return not depthwise_call(case) and (p["groups"] > 1 or volume)


def with_bias(facts: Accuracy) -> Accuracy:
    """The facts of a convolution whose bias is an addition of its own."""
    y = facts.of("y")
    roundings: Dict[str, Union[int, str]] = {"float16": 1, "bfloat16": 1}
    roundings.update((name, n) for name, n in y.roundings.items() if isinstance(n, str))
    return replace(facts, outputs={**facts.outputs, "y": replace(y, roundings=roundings, outputs={})})


def without_bias(facts: Accuracy) -> Accuracy:
    """The facts of a convolution whose stated roundings are those of the bias."""
    y = facts.of("y")
    roundings = {name: n for name, n in y.roundings.items() if isinstance(n, str)}
    return replace(facts, outputs={**facts.outputs, "y": replace(y, roundings=roundings, outputs={})})


def summing_the_bias(facts: Accuracy) -> Accuracy:
    """The facts where the gradient of the bias is TensorFlow's sum in the dtype, of BiasAddGrad or of an addition."""
    return replace(facts, outputs={**facts.outputs, "b": EIGEN})


def state(op: Operator, targets: str, facts: Accuracy, when: Callable[[Case], bool] = always) -> None:
    """State facts of a convolution with and without bias. Malformed cases have the last statement's."""

    def holds(case: Case) -> bool:
        return when is always or (well_formed(case) and when(case))

    op.computes(targets, with_bias(facts), lambda case: biased(case) and holds(case))
    op.computes(targets, without_bias(facts), holds)


# Keras does not pass its bias to torch: its gradient is a sum, which torch accumulates in float32.
TORCH_DILATED_SUM = replace(TORCH_DILATED, outputs={**TORCH_DILATED.outputs, "b": Accuracy(flush=BFLOAT16)})

# The bias is added outside of what XLA compiles, by tf.nn.bias_add or "+", whose gradients sum in the dtype.
XLA = replace(
    JAX,
    source="_conv_xla in keras/src/backend/tensorflow/nn.py of keras 3.15.1 and _jit_compiled_convolution_op in "
    f"tf_keras/src/layers/convolutional/base_conv.py of tf_keras 2.21.0; XLA itself as {JAX.source}",
)

state(conv, "keras-torch:cpu:*", TORCH_DILATED_SUM, dilated)
state(conv, "keras-torch:cpu:*", TORCH)
state(conv_transpose, "keras-torch:cpu:*", TORCH_TRANSPOSED)
for _framework in ("keras-tensorflow", "tf-keras"):
    _targets = f"{_framework}:cpu:*"
    state(conv, _targets, summing_the_bias(DEPTHWISE), padded_depthwise_call)
    state(conv, _targets, summing_the_bias(TENSORFLOW), depthwise_call)
    state(conv, _targets, summing_the_bias(XLA), compiled_by_xla)
    state(conv, _targets, summing_the_bias(PLANE), plane)
    for _operator in (conv, conv_transpose):
        state(_operator, _targets, summing_the_bias(TENSORFLOW))
for _operator in (conv, conv_transpose):
    _operator.differs(LAYERS, DILATIONS, *rows("keras-tensorflow:cpu:*"), *rows("tf-keras:cpu:*"))
    state(_operator, "keras-jax*:cpu:*", JAX)
conv.differs(SYMBOLIC_GROUPS)
conv_transpose.differs(same_output_padding("keras-tensorflow:*"), same_output_padding("tf-keras:*"))
