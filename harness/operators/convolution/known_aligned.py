"""What torch, TensorFlow and JAX document not to do with explicit windows; numerical facts of their CPU kernels.

The facts were measured with torch 2.13.0, tensorflow-cpu 2.21.0 and jax 0.10.2 on x86-64 with AVX512_BF16, one thread. A sum
that begins with B = 2048 (float16) or 256 (bfloat16), where the unit in the last place is 2 or more, followed by n ones, tells how
it was rounded: B when every addition is rounded to the dtype, B + n rounded once when it is summed in a wider one.
"""

from __future__ import annotations

from dataclasses import replace

from harness.case import GRADIENT, Case, Kind, KnownDifference
from harness.meaning import Accuracy
from harness.operators.convolution import meaning
from harness.operators.convolution.aligned import conv, conv_transpose
from harness.operators.convolution.calls_tensorflow import (
    depthwise,
    depthwise_gradient,
    named,
    named_window,
    native,
    native_window,
    padding_words,
    window_words,
)
from harness.windows import canvas


def dilated(case: Case) -> bool:
    """Whether some dilation is above 1."""
    return bool(max(case.parameters["dilation"]) > 1)


def large_output_padding(case: Case) -> bool:
    """Whether torch is asked for an output_padding that reaches the stride; only a dilation makes it legal."""
    p = case.parameters
    if "window" not in p:  # the nominal form says it itself; a given output_size never reaches so far
        return any(extra >= s for extra, s in zip(p["output_padding"] or (), p["stride"]))
    lengths = map(canvas, meaning.sizes_of(case), meaning.kernel_of(case), p["stride"], p["dilation"])
    return any(
        lo >= 0 and out - length + 2 * lo >= s for length, (lo, out), s in zip(lengths, p["window"], p["stride"])
    )


def plane(case: Case) -> bool:
    """Whether there are one or two dimensions."""
    return meaning.rank_of(case) < 3


def depthwise_call(case: Case) -> bool:
    """Whether TensorFlow is asked for a depthwise convolution."""
    return bool(case.parameters.get("spelling") == "depthwise" and depthwise(case))


def padded_depthwise_call(case: Case) -> bool:
    """Whether TensorFlow is asked for a depthwise convolution with numbers as padding."""
    return depthwise_call(case) and any(map(any, case.parameters["padding"]))


def cropped_depthwise_call(case: Case) -> bool:
    """Whether TensorFlow is asked for the gradient of a depthwise convolution with numbers as padding."""
    p = case.parameters
    if p.get("spelling") != "depthwise" or not depthwise_gradient(case):
        return False
    lengths = map(canvas, meaning.sizes_of(case), meaning.kernel_of(case), p["stride"], p["dilation"])
    return any(lo > 0 or lo + out < length for length, (lo, out) in zip(lengths, p["window"]))


def padded_by_numbers(case: Case) -> bool:
    """Whether ``tf.nn.conv2d`` gets its padding as numbers."""
    padding = case.parameters["padding"]
    if meaning.rank_of(case) != 2 or isinstance(padding, str):
        return False
    if isinstance(padding[0], int):  # the nominal form
        return True
    worded = case.parameters.get("spelling") == "convolution" and named(case)
    return native(case) and not worded and not isinstance(padding_words(case)["padding"], str)


def cropped_by_numbers(case: Case) -> bool:
    """Whether ``tf.nn.conv2d_transpose`` gets its padding as numbers."""
    p = case.parameters
    if meaning.rank_of(case) != 2:
        return False
    if "window" not in p:  # the nominal form
        return not isinstance(p["padding"], str)
    worded = p.get("spelling") == "convolution" and named_window(case)
    return native_window(case) and not worded and not isinstance(window_words(case)["padding"], str)


# Subnormals of bfloat16 count as zero: its products are those of an instruction of AVX512_BF16 (a guess from the outside).
BFLOAT16 = ("bfloat16",)
FLUSH = (
    "of subnormals times 1 bfloat16 (2^-130) gives 0; float16 (2^-20), float32 (2^-140) and float64 (2^-1060) keep them"
)

# Rounded once per tap of the kernel: torch multiplies channels into columns and adds these up in the dtype.
COLUMNS = Accuracy(roundings={"float16": "columns"}, flush=BFLOAT16)
SAMPLES = Accuracy(roundings={"float16": "samples"}, flush=BFLOAT16)

TORCH = Accuracy(
    flush=BFLOAT16,
    outputs={"x": COLUMNS, "w": SAMPLES},
    source="measured on torch 2.13.0, conv1d to conv3d: float16 gradients of x over 8 taps and of w over 8 samples give 2048 instead "
    f"of 2055, that of the bias and bfloat16 are rounded once, 2048 + 1 + bias 1 gives 2050; {FLUSH}",
)
TORCH_DILATED = Accuracy(
    flush=BFLOAT16,
    outputs={"x": COLUMNS, "w": SAMPLES, "b": SAMPLES},
    source="measured on torch 2.13.0, conv1d to conv3d with dilation 2: float16 gradients of x over 8 taps, of w and of the bias over 8 "
    f"samples give 2048 instead of 2055, bfloat16 is rounded once; {FLUSH}",
)
TORCH_TRANSPOSED = Accuracy(
    flush=BFLOAT16,
    outputs={"y": COLUMNS, "w": SAMPLES},
    source="measured on torch 2.13.0, conv_transpose1d to 3d: float16 results over 8 taps and gradients of w over 8 samples give 2048 "
    f"instead of 2055, 2048 + 1 + bias 1 gives 2048, bfloat16 is rounded once; {FLUSH}",
)
TORCH_PADDED = Accuracy(
    flush=BFLOAT16,
    outputs={
        "y": Accuracy(roundings={"float16": "columns", "bfloat16": "columns"}, flush=BFLOAT16),
        "w": Accuracy(roundings={"float16": "samples", "bfloat16": "samples"}, flush=BFLOAT16),
    },
    source="measured on torch 2.13.0, conv_transpose1d to 3d with stride 1, dilation 2, output_padding 1: results over 8 taps and "
    "gradients of w over 8 samples give 2048 instead of 2055 in float16 and 256 instead of 263 in bfloat16",
)

# Subnormals count as zero, except those of float16, which are normal numbers in float32.
WIDE = ("bfloat16", "float32", "float64")

TENSORFLOW = Accuracy(
    accumulate={"float16": "float16"},
    roundings={"bfloat16": 1},
    flush=WIDE,
    outputs={
        "x": Accuracy(accumulate={"float16": "float16"}, flush=WIDE),
        "w": Accuracy(accumulate={"float16": "float16"}, flush=WIDE),
        "b": Accuracy(accumulate={"bfloat16": "bfloat16"}, flush=WIDE),
    },
    source="measured on tensorflow-cpu 2.21.0 with sums of 64 terms: float16 gives 2048 instead of 2111 in conv3d, conv2d_transpose, "
    "conv3d_transpose, depthwise_conv2d and the gradients of x and w (conv2d itself 2112); bfloat16 is rounded once, but BiasAddGrad "
    "gives 256 instead of 319 (float16 2112); bias_add rounds once more: 256 + 1 + 1 gives 256; subnormals give 0 except in float16",
)
# A contraction of one or two dimensions sums in float32 and rounds once; the bias rounds once more.
PLANE = replace(
    TENSORFLOW,
    outputs={**TENSORFLOW.outputs, "y": Accuracy(roundings={"float16": 1, "bfloat16": 1}, flush=WIDE)},
)
# Gradients of depthwise convolutions padded by numbers sum in bfloat16 as well; oneDNN computes the values and VALID ones.
EIGEN = Accuracy(accumulate={"float16": "float16", "bfloat16": "bfloat16"}, flush=WIDE)
NUMBERS = (
    "measured on tensorflow-cpu 2.21.0, depthwise_conv2d padded by [1, 1] each way, 64 terms: the gradients of x and w give 2048 "
    "instead of 2111 in float16 and 256 instead of 319 in bfloat16; with VALID, and in the value, bfloat16 is rounded once"
)
DEPTHWISE = replace(TENSORFLOW, outputs={**TENSORFLOW.outputs, "x": EIGEN, "w": EIGEN}, source=NUMBERS)
DEPTHWISE_TRANSPOSED = replace(TENSORFLOW, outputs={**TENSORFLOW.outputs, "y": EIGEN, "w": EIGEN}, source=NUMBERS)

# Two-dimensional calls padded by numbers sum in the dtype itself but for the convolution; oneDNN computes those padded by a word.
NUMBERED_SOURCE = (
    "measured on tensorflow-cpu 2.21.0, conv2d and conv2d_transpose with a list of paddings (zeros too), 64 terms: conv2d's gradients "
    "of x and w and conv2d_transpose's result and gradient of w give 256 instead of 319 in bfloat16, 2048 instead of 2111 in float16; "
    "320 with VALID and SAME, in conv2d's result and in conv2d_transpose's gradient of x"
)
NUMBERED = replace(PLANE, outputs={**PLANE.outputs, "x": EIGEN, "w": EIGEN}, source=NUMBERED_SOURCE)
NUMBERED_TRANSPOSED = replace(
    TENSORFLOW, outputs={**TENSORFLOW.outputs, "y": EIGEN, "w": EIGEN}, source=NUMBERED_SOURCE
)

JAX = Accuracy(
    roundings={"float16": 1, "bfloat16": 1},
    flush=WIDE,
    outputs={
        "x": Accuracy(flush=WIDE),
        "w": Accuracy(flush=WIDE),
        "b": Accuracy(accumulate={"float16": "float16", "bfloat16": "bfloat16"}, flush=WIDE),
    },
    source="measured on jax 0.10.2 with sums of 64 terms: results and gradients of x and w are rounded once (2112 for 2111, 320 for "
    "319), the gradient of an added bias gives 2080 and 288; 2048 + 1 + bias 1 gives 2048; subnormals give 0 except in float16",
)

conv.computes("torch:cpu:*", TORCH_DILATED, dilated)
conv.computes("torch:cpu:*", TORCH)
conv_transpose.computes("torch:cpu:*", TORCH_PADDED, large_output_padding)
conv_transpose.computes("torch:cpu:*", TORCH_TRANSPOSED)
conv.computes("tensorflow:cpu:*", DEPTHWISE, padded_depthwise_call)
conv.computes("tensorflow:cpu:*", TENSORFLOW, depthwise_call)
conv.computes("tensorflow:cpu:*", NUMBERED, padded_by_numbers)
conv.computes("tensorflow:cpu:*", PLANE, plane)
conv_transpose.computes("tensorflow:cpu:*", DEPTHWISE_TRANSPOSED, cropped_depthwise_call)
conv_transpose.computes("tensorflow:cpu:*", NUMBERED_TRANSPOSED, cropped_by_numbers)
for _operator in (conv, conv_transpose):
    _operator.computes("tensorflow:cpu:*", TENSORFLOW)
    _operator.computes("jax*:cpu:*", JAX)


def channels_first(case: Case) -> bool:
    """Whether TensorFlow is asked in its channels-first layout."""
    return bool(case.parameters.get("spelling") == "channels_first")


def grouped_gradient(case: Case) -> bool:
    """Whether gradients of a convolution with groups are asked for."""
    return bool(case.quantity == GRADIENT and case.parameters["groups"] > 1)


for _operator in (conv, conv_transpose):
    _operator.differs(
        KnownDifference(
            "tensorflow:cpu:*",
            Kind.RAISED,
            r"only supports (the )?NHWC|only supported for NHWC|only supports NDHWC",
            "TensorFlow has few channels-first kernels on CPU",
            'tf_keras.layers.Conv2D, data_format: "the `channels_first` format is currently not supported by TensorFlow on CPU"',
            when=channels_first,
            name="tensorflow-cpu-channels-first",
        ),
        KnownDifference(
            "tensorflow:cpu:*",
            Kind.RAISED,
            r"Current CPU implementations? do(es)? not yet support dilation|only supports dilated rates of",
            "TensorFlow's own CPU kernels of gradients, transposed and 3-d convolutions have no dilation",
            "https://github.com/tensorflow/tensorflow/issues/28264, a feature request",
            when=dilated,
            name="tensorflow-cpu-dilation",
        ),
        KnownDifference(
            "tensorflow:cpu:*",
            Kind.RAISED,
            r"Gradients for grouped convolutions are not supported on CPU",
            "TensorFlow has no gradients of grouped convolutions on CPU",
            'the message: "Gradients for grouped convolutions are not supported on CPU. Please file a feature request"',
            when=grouped_gradient,
            name="tensorflow-cpu-grouped-gradient",
        ),
    )
