"""What is known of targets' products: the precision of their sums, what they refuse."""

from __future__ import annotations

from dataclasses import replace

from harness.case import Kind, KnownDifference
from harness.meaning import Accuracy
from harness.operators.facts import Facts, flushing

OWN = {"float16": "float16", "bfloat16": "bfloat16"}
STEPS = {"float16": 1, "bfloat16": 1}

DENORMALS_ARE_ZERO = Accuracy(
    flush=("bfloat16",),
    source="measured on torch 2.13.0 with AVX512_BF16: sums of 64 products 2**-130 * 2**20 and 2**-70 * 2**-60 of bfloat16 "
    "matrices are 0 by oneDNN's brg_matmul:avx512_core_bf16 (ONEDNN_VERBOSE), and exact with oneDNN off",
)
"""Products of bfloat16 matrices in torch on the CPU."""

TORCH: Facts = (("torch:cpu:*", DENORMALS_ARE_ZERO), ("keras-torch:cpu:*", DENORMALS_ARE_ZERO))

EINSUM: Facts = (
    (
        "*tensorflow:cpu:*",
        flushing(
            accumulate={"float16": "float16"},
            roundings=STEPS,
            source="measured: sums of 1000 products in float16 "
            "off by 37 u; what one operand alone is summed over is rounded first",
        ),
    ),
    (
        "*jax*:cpu:*",
        flushing(accumulate=OWN, roundings=STEPS, source="measured: sums over one operand of 129 numbers off by 8 u"),
    ),
    ("*torch:*", replace(DENORMALS_ARE_ZERO, roundings=STEPS)),
)

STEPWISE: Facts = (
    (
        "*tensorflow:cpu:*",
        flushing(accumulate=OWN, roundings=STEPS, source="products are rounded before they are summed"),
    ),
    ("*jax*:cpu:*", flushing(accumulate=OWN, roundings=STEPS, source="products are rounded before they are summed")),
    ("*torch:*", Accuracy(roundings=STEPS, source="products are rounded before they are summed")),
)
"""Where products and their sum are two operations."""

WITHOUT_META = KnownDifference(
    "torch:*:abstract",
    Kind.RAISED,
    "no fake impl or Meta kernel",
    "torch has no shape inference for the operator",
    "the exception's message, which says how to register one",
    name="torch: no meta kernel",
)

META_ASSERTS = KnownDifference(
    "torch:*:abstract",
    Kind.BAD_REFUSAL,
    "must have at least N dimensions",
    "torch's shape inference refuses arrays that are no matrices by an AssertionError that says so",
    "torch/_meta_registrations.py, squareCheckInputs",
    name="torch: AssertionError of meta matrices",
)
