"""Helpers for signals and images: frames, columns, window functions, spectra, filters, colours."""

from harness.operators.signal import colours, filters, framing, known, spectra, windows

__all__ = ["colours", "filters", "framing", "known", "spectra", "windows"]
