"""Memory layouts of arrays and orders of their axes, by name."""

from __future__ import annotations

LAYOUTS = ("contiguous", "contiguous", "contiguous", "contiguous", "contiguous", "contiguous", "transposed", "strided")
"""Layouts in shrinking order: contiguous; axes stored in reverse order; every other element of a larger array."""

DATA_FORMATS = ("channels_first", "channels_last")
"""Where the channel axis of a framework's arrays lies."""
