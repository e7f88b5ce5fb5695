"""The family of resizing and sampling: importing it registers the operators and their calls."""

from __future__ import annotations

from harness.operators.resize import calls, known, nominal, sampling, shuffle, table

__all__ = ["calls", "known", "nominal", "sampling", "shuffle", "table"]
