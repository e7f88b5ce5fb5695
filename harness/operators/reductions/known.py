"""What frameworks document about dtypes, shared by reductions, scans, sorting and searching."""

from __future__ import annotations

import numpy as np

from harness.case import Case, Kind, KnownDifference
from harness.formats import FLOATS
from harness.meaning import Accuracy
from harness.operator import Operator
from harness.operators.elementwise.limits import UNCOMPILED
from harness.operators.facts import FLUSHES
from harness.values import arrays_of

OWN = {"float16": "float16", "bfloat16": "bfloat16"}
"""Sums of 16-bit floats are accumulated in their own dtype."""

SIXTEEN_BIT_SUMS = Accuracy(
    accumulate=OWN,
    flush=("bfloat16", "float32", "float64"),
    source="measured: errors up to n unit roundoffs of the input's dtype, beyond one rounding of a float32 sum",
)
"""Sums accumulated in the input's dtype, on targets that flush."""

KERAS_32_BITS = (
    "keras.backend.result_type makes 64-bit dtypes 32-bit ones (on TensorFlow unsigned ones only), so shape inference and results that "
    "are cast to it have 32 bits"
)
DTYPES_SOURCE = "keras/src/backend/common/dtypes.py, BIT64_TO_BIT32_DTYPE: 'Force to be 32-bit dtype when encountering 64-bit dtype'"


TENSORFLOW_SUMS = tuple(
    (
        pattern,
        Accuracy(
            accumulate={"float16": "float16"},
            flush=FLUSHES.flush,
            source="measured: tf.reduce_sum of three float16 numbers is off by up to 1.09 u of the sum of magnitudes, the mean of 33 by "
            "4e-4 of 0.4; bfloat16 sums show one rounding; other statistics are made of these sums (tensorflow/python/ops/math_ops.py)",
        ),
    )
    for pattern in ("tensorflow:*:*", "keras-tensorflow:*:*")
)
"""TensorFlow sums float16 in float16."""

IN_FLOAT32 = Accuracy(
    accumulate={"float64": "float32"},
    ulps={"gradient float64": 2.0**30},
    source=f"keras/src/backend/torch/numpy.py casts to result_type; {DTYPES_SOURCE}",
)
"""float64 is computed in float32, gradients included: eight roundings of float32 are 2**30 of float64 (and 2**3 is the default)."""


def beyond_float32(case: Case) -> bool:
    """Whether numbers of float64, or their sum or sum of squares, leave the range of float32 or meet an infinity."""
    if case.dtype != "float64":
        return False
    with np.errstate(all="ignore"):
        sizes = np.abs(arrays_of(case)["x"].astype(np.longdouble))
        least = sizes[sizes > 0].min(initial=1)
        return not bool((sizes**2).sum() < FLOATS["float32"].largest and least**2 > FLOATS["float32"].smallest_normal)


FLOAT64_RANGE = KnownDifference(
    "keras-torch:*:*",
    Kind.NOT_FINITE,
    "NaN or infinity",
    "Keras computes this reduction of float64 on torch in float32, whose range it leaves",
    f"keras/src/backend/torch/numpy.py casts to result_type; {DTYPES_SOURCE}",
    "documented",
    when=beyond_float32,
    name="float64 in float32",
)


def wide(case: Case) -> bool:
    """Whether an input has 64-bit elements."""
    return any(spec.dtype in ("float64", "int64", "uint64") for spec in case.inputs.values())


def bare_unsigned(case: Case) -> bool:
    """Whether an input has one of the unsigned dtypes that torch calls barebones."""
    return any(spec.dtype in ("uint16", "uint32", "uint64") for spec in case.inputs.values())


KNOWN = (
    KnownDifference(
        "torch:*:*",
        Kind.RAISED,
        r"not implemented for 'UInt|for type UInt|UInt(16|32|64|N)",
        "torch has no kernel of this operator for uint16, uint32 or uint64",
        "torch/include/c10/core/ScalarType.h, isBarebonesUnsignedType; pytorch/pytorch#116594",
        when=bare_unsigned,
        name="barebones unsigned dtypes",
    ),
    KnownDifference(
        "keras-torch:*:*",
        Kind.RAISED,
        "Unsupported dtype for PyTorch",
        "Keras has no uint64 on torch",
        "keras/src/backend/torch/core.py, TORCH_DTYPES",
        when=bare_unsigned,
        name="no uint64 on torch",
    ),
    KnownDifference(
        "keras-torch:*:*",
        Kind.DTYPE,
        "int32 for uint16|int64 for uint32",
        "Keras turns uint16 into int32 and uint32 into int64 on torch",
        "keras/src/backend/torch/core.py, TORCH_DTYPES",
        "documented",
        when=bare_unsigned,
        name="unsigned dtypes on torch",
    ),
    KnownDifference(
        "keras-tensorflow:*:*",
        Kind.DTYPE,
        "uint32 for uint64",
        KERAS_32_BITS,
        DTYPES_SOURCE,
        "documented",
        when=wide,
        name="32-bit results of Keras on TensorFlow",
    ),
    *(
        KnownDifference(
            targets,
            Kind.DTYPE,
            "float32 for float64|int32 for u?int64",
            KERAS_32_BITS,
            DTYPES_SOURCE,
            "documented",
            when=wide,
            name=f"32-bit results of Keras on {backend}",
        )
        for backend, targets in (("torch", "keras-torch:*:*"), ("JAX", "keras-jax*:*:*"))
    ),
    KnownDifference(
        "*tensorflow:*:*",
        Kind.RAISED,
        "not in (the )?list of allowed values",
        "the TensorFlow operation has no kernel for the dtype",
        "tensorflow/python/ops/gen_*_ops.py: the docstring of each raw operation lists the dtypes of its tensors",
        name="dtypes of TensorFlow's operations",
    ),
    KnownDifference(
        "keras-tensorflow:*:*",
        Kind.RAISED,
        "object __array__ method not producing an array",
        "a bfloat16 scalar of TensorFlow cannot be converted: np.array(tf.constant(1, tf.bfloat16)) raises, because __array__ "
        "returns a scalar; the conversion fails, not the operator",
        "measured with TensorFlow 2.21 and NumPy 2 by that expression",
        "reported",
        when=lambda case: any(spec.dtype == "bfloat16" for spec in case.inputs.values()),
        name="bfloat16 scalars of TensorFlow",
    ),
    UNCOMPILED,
)
"""Rows of every operator of these families."""


def differs(operator: Operator, *more: KnownDifference) -> Operator:
    """Add the operator's own known differences, then those of the families."""
    operator.differs(*more, *KNOWN)
    return operator
