"""Floating-point dtypes by name."""

from __future__ import annotations

FLOATS = ("float32", "float32", "float32", "float32", "float32", "float16", "bfloat16", "float64")
"""Dtypes in shrinking order, float32 with more weight than the others together."""

COMMON_FLOATS = 6
"""How many of them recur."""

BYTES = {"float32": 4, "float16": 2, "bfloat16": 2, "float64": 8}
"""Bytes per element."""
