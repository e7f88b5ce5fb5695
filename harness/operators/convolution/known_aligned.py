"""What torch, TensorFlow and JAX document not to do with explicit windows; numerical facts of their CPU kernels.

The facts were measured with torch 2.13.0, tensorflow-cpu 2.21.0 and jax 0.10.2 on x86-64 with AVX-512.
The measurements decide; the source files that ``source`` names are where to look, and not all of them were opened.
"""

from __future__ import annotations

from dataclasses import replace

from harness.case import GRADIENT, Case, Kind, KnownDifference
from harness.meaning import Accuracy
from harness.operators.convolution import meaning
from harness.operators.convolution.aligned import conv, conv_transpose
from harness.operators.convolution.calls_tensorflow import depthwise, depthwise_gradient
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


# AVX512_BF16 multiplies pairs with VDPBF16PS, which reads subnormal operands as zero and flushes subnormal results.
BFLOAT16 = ("bfloat16",)
ONEDNN = "Intel 64 and IA-32 Architectures Software Developer's Manual, VDPBF16PS: DAZ and FTZ in spite of MXCSR"

# Rounded once per tap of the kernel: torch multiplies channels into columns and adds these up in the dtype.
COLUMNS = Accuracy(roundings={"float16": "columns"}, flush=BFLOAT16)
SAMPLES = Accuracy(roundings={"float16": "samples"}, flush=BFLOAT16)

TORCH = Accuracy(
    flush=BFLOAT16,
    outputs={"x": COLUMNS, "w": SAMPLES},
    source=f"slow_conv2d_backward in aten/src/ATen/native/ConvolutionMM2d.cpp: gemm and col2im per sample; {ONEDNN}",
)
TORCH_DILATED = Accuracy(
    flush=BFLOAT16,
    outputs={"x": COLUMNS, "w": SAMPLES, "b": SAMPLES},
    source=f"aten/src/ATen/native/NaiveDilatedConvolution.cpp: gemm, col2im and sum of the bias per sample; {ONEDNN}",
)
TORCH_TRANSPOSED = Accuracy(
    flush=BFLOAT16,
    outputs={"y": COLUMNS, "w": SAMPLES},
    source=f"aten/src/ATen/native/NaiveConvolutionTranspose2d.cpp: gemm, col2im, bias; {ONEDNN}",
)
TORCH_PADDED = Accuracy(
    flush=BFLOAT16,
    outputs={
        "y": Accuracy(roundings={"float16": "columns", "bfloat16": "columns"}, flush=BFLOAT16),
        "w": Accuracy(roundings={"float16": "samples", "bfloat16": "samples"}, flush=BFLOAT16),
    },
    source="is_output_padding_big in aten/src/ATen/native/Convolution.cpp: such a call does not reach oneDNN",
)

# XLA and TensorFlow set FTZ and DAZ in their threads; float16 is computed in float32, where its subnormals are normal.
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
    source="tensorflow/core/kernels: Eigen's contractions in float16; BiasAdd is an operation of its own; BiasAddGrad",
)
# A contraction of one or two dimensions sums in float32 and rounds once; the bias rounds once more.
PLANE = replace(
    TENSORFLOW,
    outputs={**TENSORFLOW.outputs, "y": Accuracy(roundings={"float16": 1, "bfloat16": 1}, flush=WIDE)},
)
# Gradients of depthwise convolutions padded by numbers sum in bfloat16 as well; oneDNN computes the values and VALID ones.
EIGEN = Accuracy(accumulate={"float16": "float16", "bfloat16": "bfloat16"}, flush=WIDE)
DEPTHWISE = replace(TENSORFLOW, outputs={**TENSORFLOW.outputs, "x": EIGEN, "w": EIGEN})
DEPTHWISE_TRANSPOSED = replace(TENSORFLOW, outputs={**TENSORFLOW.outputs, "y": EIGEN, "w": EIGEN})

JAX = Accuracy(
    roundings={"float16": 1, "bfloat16": 1},
    flush=WIDE,
    outputs={
        "x": Accuracy(flush=WIDE),
        "w": Accuracy(flush=WIDE),
        "b": Accuracy(accumulate={"float16": "float16", "bfloat16": "bfloat16"}, flush=WIDE),
    },
    source="jax.lax.add after the convolution, and its transpose sums in the dtype; XLA's CPU code flushes",
)

conv.computes("torch:cpu:*", TORCH_DILATED, dilated)
conv.computes("torch:cpu:*", TORCH)
conv_transpose.computes("torch:cpu:*", TORCH_PADDED, large_output_padding)
conv_transpose.computes("torch:cpu:*", TORCH_TRANSPOSED)
conv.computes("tensorflow:cpu:*", DEPTHWISE, padded_depthwise_call)
conv.computes("tensorflow:cpu:*", TENSORFLOW, depthwise_call)
conv.computes("tensorflow:cpu:*", PLANE, plane)
conv_transpose.computes("tensorflow:cpu:*", DEPTHWISE_TRANSPOSED, cropped_depthwise_call)
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
            'tf_keras.layers.Conv2D, data_format: "`channels_first` is not supported by TensorFlow on CPU"',
            when=channels_first,
            name="tensorflow-cpu-channels-first",
        ),
        KnownDifference(
            "tensorflow:cpu:*",
            Kind.RAISED,
            r"Current CPU implementations? do(es)? not yet support dilation|only supports dilated rates of",
            "TensorFlow's own CPU kernels of gradients, transposed and 3-d convolutions have no dilation",
            "https://github.com/tensorflow/tensorflow/issues/28264, a feature request; the messages say so",
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
