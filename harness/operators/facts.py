"""Numerical facts of frameworks that hold for whole families of operators."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Tuple

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
