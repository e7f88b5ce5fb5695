"""The family of resizing: importing it registers the operators and their calls."""

from __future__ import annotations

from harness.operators.resize import calls, known, nominal, scale, shuffle, table

__all__ = ["calls", "known", "nominal", "scale", "shuffle", "table"]
