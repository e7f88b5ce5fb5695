"""What frameworks document, or say by their message, not to do for some dtypes.

``DTYPES`` are known differences of every elementwise operator; what a framework has no kernel for stands by operator in
``kernels``. ``LIMITS`` add the messages of missing kernels of any dtype: they are for families that have no such table.
"""

from __future__ import annotations

from typing import Dict, Tuple

import numpy as np

from harness.case import Case, Kind, KnownDifference
from harness.formats import FLOATS
from harness.operators.elementwise.narrowing import NARROWED
from harness.operators.facts import KERAS_NARROWS
from harness.values import arrays_of

UNSIGNED = ("uint16", "uint32", "uint64")


def _unsigned(case: Case) -> bool:
    return case.parameters.get("to") in UNSIGNED or any(spec.dtype in UNSIGNED for spec in case.inputs.values())


def _wide(case: Case) -> bool:
    return any(spec.dtype in ("int64", "uint64", "float64", "complex128") for spec in case.inputs.values())


def _no_kernel(targets: str, cause: str, reason: str, source: str) -> KnownDifference:
    return KnownDifference(targets, Kind.RAISED, cause, reason, source)


NO_KERNEL: Tuple[KnownDifference, ...] = (
    _no_kernel(
        "*torch:*",
        r"not implemented for '",
        "torch has no kernel of the operator for the dtype",
        "the exception's message",
    ),
    _no_kernel(
        "*tensorflow:*",
        r"Value for attr .T. of .* is not in the list of allowed values|Could not find device for node|"
        r"No OpKernel was registered|has DataType .* not in list of allowed values",
        "TensorFlow's operations take the dtypes that their definition lists, and have kernels for some of them",
        "the exception's message, which lists the allowed dtypes",
    ),
)

KERAS_UNSIGNED = "keras/src/backend/torch/core.py, TORCH_DTYPES: uint16 is int32, uint32 is int64, and uint64 is none"

UNCOMPILED = KnownDifference(
    "*tensorflow:*:compiled",
    Kind.RAISED,
    "Detected unsupported operations when trying to compile graph",
    "XLA has no kernel of an operation, or none for the dtype",
    "tf.function, jit_compile: 'the whole function needs to be compilable by XLA, or an errors.InvalidArgumentError is thrown. ... Not all "
    "functions are compilable'; the exception's message names the operation without a registered kernel",
    "documented",
    name="TensorFlow: operations without a kernel of XLA",
)

DTYPES: Tuple[KnownDifference, ...] = (
    UNCOMPILED,
    KnownDifference(
        "keras-*:*",
        Kind.DTYPE,
        "dtype of",
        "Keras promotes to 32 bits what has 64; on TensorFlow only uint64 and complex128",
        KERAS_NARROWS,
        "documented",
        when=_wide,
        name="Keras: 32 bits for 64",
    ),
    *NARROWED,
    KnownDifference(
        "keras-torch:*",
        Kind.DTYPE,
        "dtype of",
        "Keras has no unsigned integers of more than 8 bits on torch",
        KERAS_UNSIGNED,
        when=_unsigned,
        name="Keras on torch: unsigned integers",
    ),
    KnownDifference(
        "keras-torch:*",
        Kind.RAISED,
        "Unsupported dtype for PyTorch",
        "Keras has no uint64 on torch",
        KERAS_UNSIGNED,
        when=_unsigned,
    ),
)

UNSIGNED_KERNELS: Tuple[KnownDifference, ...] = (
    KnownDifference(
        "*torch:*",
        Kind.RAISED,
        r"not implemented for .UInt|Promotion for uint|[Uu]nsupported ScalarType UInt",
        "few operators of torch take uint16, uint32 and uint64",
        'docs.pytorch.org, torch.Tensor, "Data types", footnote of "limited support"',
        when=_unsigned,
        name="torch: unsigned integers",
    ),
)

LIMITS: Tuple[KnownDifference, ...] = (*UNSIGNED_KERNELS, *NO_KERNEL, *DTYPES)


def _subnormal(case: Case) -> bool:
    """Whether x has a subnormal number."""
    size = np.abs(arrays_of(case)["x"])
    return bool(((size > 0) & (size < FLOATS[case.dtype].smallest_normal)).any())


OVERFLOW_IN_EXP = "sinh and cosh may round very large finite results to infinity on the CPU"

OWN: Dict[str, Tuple[KnownDifference, ...]] = {
    "cbrt": tuple(
        KnownDifference(
            targets,
            Kind.VALUE,
            "beyond the error bound|wrong values",
            "of subnormal numbers cbrt is a small negative number, which is neither their root nor that of 0",
            "jax-ml/jax#37761",
            "reported",
            when=_subnormal,
        )
        for targets in ("jax*:cpu:*", "keras-jax*:cpu:*")
    ),
    "sinh": (
        KnownDifference(
            "*torch:*",
            Kind.NOT_FINITE,
            "NaN or infinity",
            OVERFLOW_IN_EXP,
            "docs.pytorch.org, torch.sinh: the note on the Sleef library; pytorch/pytorch#48641",
            "documented",
        ),
    ),
    "cosh": (
        KnownDifference(
            "*torch:*",
            Kind.NOT_FINITE,
            "NaN or infinity",
            OVERFLOW_IN_EXP,
            "docs.pytorch.org, torch.cosh: the note on the Sleef library; pytorch/pytorch#48641",
            "documented",
        ),
    ),
    "fmod": (
        KnownDifference(
            "*torch:*",
            Kind.NOT_FINITE,
            "NaN or infinity",
            "NaN where the quotient of dividend and divisor overflows, in the vectorised kernel",
            "pytorch/pytorch#193753",
            "reported",
        ),
    ),
}
OWN["remainder"] = OWN["fmod"]

FIRST_SHAPE = "bitwise_and, bitwise_or, bitwise_xor and the shifts are described with the shape of the first operand"


def _described(kind: Kind, cause: str) -> KnownDifference:
    source = "keras-team/keras#23429"
    name = f"Keras: descriptions of bitwise functions, {kind.value}"
    return KnownDifference(
        "keras-*:*:abstract", kind, cause, FIRST_SHAPE, source, "reported", when=_broadcasts, name=name
    )


def _broadcasts(case: Case) -> bool:
    return case.inputs["x"].shape != case.inputs["y"].shape


DESCRIPTIONS = (_described(Kind.SHAPE, "."), _described(Kind.DESCRIBED_INVALID, "do not broadcast"))
BITWISE = ("bitwise_and", "bitwise_or", "bitwise_xor", "shift_left", "shift_left_any", "shift_right", "shift_right_any")
OWN.update(dict.fromkeys(BITWISE, DESCRIPTIONS))
"""Rows of single operators."""
