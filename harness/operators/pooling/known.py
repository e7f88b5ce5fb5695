"""What is documented or measured of frameworks' poolings: dtypes without kernels, gradients that are missing, accumulation."""

from __future__ import annotations

from harness.case import GRADIENT, Case, Kind, KnownDifference
from harness.meaning import Accuracy
from harness.operator import get
from harness.operators.elementwise.limits import LIMITS
from harness.operators.facts import flushing
from harness.operators.pooling import adaptive, aligned, calls, indices, nominal, power
from harness.operators.reductions.known import DTYPES_SOURCE, IN_FLOAT32, beyond_float32

OWN = {"float16": "float16", "bfloat16": "bfloat16"}
"""Sums of 16-bit floats are accumulated in their own dtype."""

AVERAGES = ("avg_pool:aligned", "avg_pool:nominal", "sum_pool:aligned", "adaptive_avg_pool", "global_avg_pool")
MAXIMA = (
    "max_pool:aligned",
    "max_pool:nominal",
    "adaptive_max_pool",
    "global_max_pool",
    "min_pool:aligned",
    "max_pool_index",
)

REGISTERED = (adaptive, aligned, calls, indices, nominal, power)
"""The modules whose operators the rows below speak of."""


def three_dimensional(case: Case) -> bool:
    """Whether there are three spatial axes."""
    return len(case.inputs["x"].shape) == 5


NO_VJP = KnownDifference(
    "*jax*:*",
    Kind.RAISED,
    r"VJP not implemented for select_and_gather .* with window dilation",
    "JAX has no gradient of a maximum under a dilated window",
    "the exception's message (jax/_src/lax/windowed_reductions.py, _reduce_window_chooser_jvp_rule)",
    when=lambda case: case.quantity == GRADIENT and set(case.parameters.get("dilation") or (1,)) != {1},
    name="jax: gradient of a dilated maximum",
)


def beyond_half_of_kernel(case: Case) -> bool:
    """Whether padding exceeds half of the kernel, taken without its dilation."""
    p = case.parameters
    return any(2 * max(pair) > length for length, pair in zip(p["kernel"], p["padding"]))


HALF = KnownDifference(
    "torch:*",
    Kind.RAISED,
    r"pad(ding)? should be (at most|smaller than or equal to) half of kernel size",
    "torch takes padding up to half of the kernel, dilated or not",
    "torch.nn.functional.max_pool2d, padding: 'must be >= 0 and <= kernel_size / 2'; pytorch/pytorch#154395 would count the dilation",
    when=beyond_half_of_kernel,
    name="torch: padding of a dilated window",
)

NO_BATCH = KnownDifference(
    "tensorflow:*",
    Kind.RAISED,
    r"tensor_in must not be empty",
    "MaxPoolWithArgmax takes no input without elements",
    "the exception's message; measured with TensorFlow 2.21: without a batch, a channel or a row, where max_pool2d gives an empty result",
    when=lambda case: 0 in case.inputs["x"].shape,
    name="tensorflow: argmax of an empty batch",
)

BEYOND_FLOAT32 = KnownDifference(
    "keras-torch:*",
    Kind.NOT_FINITE,
    "NaN or infinity",
    "keras.ops.mean computes float64 in float32, beyond whose range it overflows",
    f"keras/src/backend/torch/numpy.py, mean: compute_dtype = result_type(x.dtype, 'float32'); {DTYPES_SOURCE}",
    "documented",
    when=beyond_float32,
    name="keras: the mean of float64",
)

for _name in (*AVERAGES, *MAXIMA, "adaptive_max_pool_index", "lp_pool"):
    get(_name).differs(*LIMITS)
for _name in ("max_pool:aligned", "min_pool:aligned"):
    get(_name).differs(NO_VJP)
for _name in ("max_pool:aligned", "max_pool_index"):
    get(_name).differs(HALF)
get("max_pool_index").differs(NO_BATCH)
get("global_avg_pool").differs(BEYOND_FLOAT32)

IN_HALF = flushing(
    accumulate={"float16": "float16"},
    source="measured: TensorFlow 2.21, the average of four float16 numbers is off by 3e-3 of it",
)
IN_OWN = flushing(
    accumulate=OWN,
    source="measured: JAX 0.10.2, reduce_window's sum of five float16 numbers is off by 1.5 units; "
    "Keras 3.15 on TensorFlow, adaptive_average_pool of six bfloat16 numbers by one",
)
THREE = Accuracy(
    accumulate=OWN,
    source="measured: torch 2.13, adaptive_avg_pool3d of eight bfloat16 numbers is off by 3 units of the result",
)

for _name in AVERAGES:
    # The rows of the operators themselves speak of flushing only; the first that matches wins.
    _operator = get(_name)
    _operator.accuracies[:0] = [
        ("tensorflow:*", IN_HALF, lambda case: True),
        ("keras-tensorflow:*", IN_OWN if _name.startswith("adaptive") else IN_HALF, lambda case: True),
        ("jax*:*", IN_OWN, lambda case: True),
        ("keras-jax*:*", IN_OWN, lambda case: True),
        ("*torch:*", THREE, three_dimensional),
    ]

get("global_avg_pool").accuracies[:0] = [("keras-torch:*", IN_FLOAT32, lambda case: case.dtype == "float64")]
