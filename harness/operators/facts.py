"""Numerical facts of frameworks that hold for whole families of operators."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Tuple

from harness.case import Case, Kind, KnownDifference
from harness.meaning import Accuracy
from harness.operator import Operator

FLUSHES = Accuracy(
    flush=("bfloat16", "float32", "float64"),
    source="TensorFlow and XLA set flush-to-zero and denormals-are-zero in the threads of their kernels "
    "(tsl/platform/denormal.h, ScopedFlushDenormal); float16 is computed in float32, where its subnormals are normal",
)
"""Subnormal operands and results may be zero."""

FLUSHING = ("tensorflow:cpu:*", "keras-tensorflow:cpu:*", "tf-keras:cpu:*", "jax*:cpu:*", "keras-jax*:cpu:*")
"""Targets for which ``FLUSHES`` holds."""

Facts = Tuple[Tuple[str, Accuracy], ...]
"""Target patterns with what is stated about them."""


def flushing(**facts: Any) -> Accuracy:
    """``FLUSHES`` and further facts."""
    return replace(FLUSHES, **facts)


def state(operator: Operator, facts: Facts = ()) -> Operator:
    """State an operator's own facts, then those of its family."""
    for pattern, accuracy in facts:
        operator.computes(pattern, accuracy)
    for pattern in FLUSHING:
        operator.computes(pattern, FLUSHES)
    return operator


KERAS_NARROWS = 'keras/src/backend/common/dtypes.py, _lattice_result_type: "Force to be 32-bit dtype when encountering 64-bit dtype"'
"""Keras' promotion rule, which makes float32 also of two operands of float64."""


NARROWING = ("keras-torch:*", "keras-jax-x64:*")
"""Targets of which that rule makes float32 of float64; on TensorFlow it keeps float64 (BIT64_TO_BIT32_DTYPE, ibid.)."""

ON_TORCH = ("keras-torch:*",)
"""Of these the one whose sums of products go through that rule as well."""


def is_float64(case: Case) -> bool:
    """Whether the case is one of float64."""
    return case.dtype == "float64"


def narrowed(
    operator: Operator, computes: Tuple[str, ...] = NARROWING, when: Callable[[Case], bool] = is_float64, **facts: Any
) -> None:
    """State that Keras describes float64 as float32, and that the targets ``computes`` compute it in float32 with further ``facts``."""
    reason = "Keras' promotion rule makes float32 of float64"
    for pattern in NARROWING:
        if pattern in computes:
            flush = FLUSHES.flush if "jax" in pattern else False
            narrow = Accuracy(accumulate={"float64": "float32"}, flush=flush, source=KERAS_NARROWS, **facts)
            operator.accuracies.insert(0, (pattern, narrow, when))
        operator.differs(
            KnownDifference(pattern, Kind.DTYPE, "", reason, KERAS_NARROWS, status="documented", when=when)
        )
