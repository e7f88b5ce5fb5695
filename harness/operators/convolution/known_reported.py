"""Defects of the tested releases that are reported upstream; ``docs/findings.md`` describes them, each with a script."""

from __future__ import annotations

from harness.case import Case, Kind, KnownDifference
from harness.operators.convolution import aligned, nominal
from harness.operators.convolution.known_aligned import dilated
from harness.operators.convolution.meaning import rank_of

INT32 = 2**31 - 1


def beyond_int32(case: Case) -> bool:
    """Whether some stride or dilation does not fit into 32 bits."""
    return bool(max(case.parameters["stride"] + case.parameters["dilation"]) > INT32)


def dilated_volume(case: Case) -> bool:
    """Whether a convolution of three dimensions is dilated."""
    return rank_of(case) == 3 and dilated(case)


def wide_bias(case: Case) -> bool:
    """Whether a float64 bias is added to a float64 result."""
    return "b" in case.inputs and case.inputs["x"].dtype == "float64"


ABORTS = tuple(
    KnownDifference(
        f"{framework}:cpu:*",
        Kind.DIED,
        r"^SIGABRT.*out of range for an DTYPE",
        "oneDNN's graph pass aborts the process on strides and dilations of more than 32 bits",
        "https://github.com/tensorflow/tensorflow/issues/124952; pull request 124961, merged after 2.21.0, addresses it",
        status="reported",
        when=beyond_int32,
        name=f"{framework}-int32-abort",
    )
    for framework in ("tensorflow", "keras-tensorflow", "tf-keras")
)

VOLUMES = tuple(
    KnownDifference(
        "tf-keras:*",
        kind,
        cause,
        "Conv3DTranspose ignores dilation_rate",
        "https://github.com/tensorflow/tensorflow/issues/29841",
        status="reported",
        when=dilated_volume,
        name=f"tf-keras-volume-dilation-{kind.value}",
    )
    for kind, cause in ((Kind.SHAPE, r"shape of y"), (Kind.VALUE, r"wrong values"))
)

FLOAT64 = tuple(
    KnownDifference(
        f"{framework}:*:abstract",
        Kind.DTYPE,
        r"^described dtype of y",
        "Keras' promotion rule, which describes sums, makes float32 of float64; its eager addition does not follow it",
        "https://github.com/keras-team/keras/issues/23223 and 23704",
        status="reported",
        when=wide_bias,
        name=f"{framework}-float64-sum",
    )
    for framework in ("keras-torch", "keras-jax-x64")
)

META_GROUPS = KnownDifference(
    "torch:*:abstract",
    Kind.DESCRIBED_INVALID,
    r"no multiple of groups",
    "meta tensors do not check that the output channels are a multiple of groups",
    "https://github.com/pytorch/pytorch/issues/178472",
    status="reported",
    name="torch-meta-groups",
)

META_BIAS = KnownDifference(
    "torch:*:abstract",
    Kind.DESCRIBED_INVALID,
    r"^bias of shape",
    "meta tensors do not check the length of the bias",
    "https://github.com/pytorch/pytorch/issues/178128; for convolutions pull request 178572",
    status="reported",
    name="torch-meta-bias",
)

for _form in (aligned, nominal):
    _form.conv.differs(*ABORTS, *FLOAT64, META_GROUPS, META_BIAS)
    _form.conv_transpose.differs(*ABORTS, *VOLUMES, *FLOAT64, META_BIAS)
