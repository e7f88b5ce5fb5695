"""The family of poolings: importing it registers the operators and their calls."""

from __future__ import annotations

from harness.operators.pooling import adaptive, aligned, calls, indices, known, nominal, nominal_calls, power, unpool

__all__ = ["adaptive", "aligned", "calls", "indices", "known", "nominal", "nominal_calls", "power", "unpool"]
