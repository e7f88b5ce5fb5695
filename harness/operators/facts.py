"""Numerical facts of frameworks that hold for whole families of operators."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Tuple

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


def is_float64(case: Case) -> bool:
    """Whether the case is one of float64."""
    return case.dtype == "float64"


def narrowed(operator: Operator, computes: bool = True, **facts: Any) -> None:
    """State that Keras on torch computes float64 in float32 with further ``facts``, or else only describes it as float32."""
    if computes:
        narrow = Accuracy(accumulate={"float64": "float32"}, source=KERAS_NARROWS, **facts)
        operator.accuracies.insert(0, ("keras-torch:*", narrow, is_float64))
    reason = "Keras' promotion rule makes float32 of float64"
    operator.differs(
        KnownDifference("keras-torch:*", Kind.DTYPE, "", reason, KERAS_NARROWS, status="documented", when=is_float64)
    )
