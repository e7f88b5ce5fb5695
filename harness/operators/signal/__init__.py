"""Helpers for signals and images: frames, columns, window functions, spectra, filters, separable convolution, colours."""

from harness.operators.signal import colours, filters, framing, known, separable, spectra, windows

__all__ = ["colours", "filters", "framing", "known", "separable", "spectra", "windows"]
