"""Padding: constant, reflect, symmetric, edge, wrap, and lax.pad's with gaps between elements. Importing it registers the operators."""

from __future__ import annotations

from harness.operators.padding import rows

__all__ = ["rows"]
