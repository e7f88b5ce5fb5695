"""Convolution and transposed convolution: meaning, calls, conventions, known differences."""

from harness.operators.convolution import aligned, calls_torch

__all__ = ["aligned", "calls_torch"]
