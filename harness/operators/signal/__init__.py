"""Helpers for signals and images: frames, columns, window functions, spectra, filters, separable convolution, colours."""

from harness.operators.signal import (
    centred,
    colours,
    filters,
    framing,
    inverse,
    known,
    separable,
    separable_layers,
    spectra,
    windows,
)

__all__ = [
    "centred",
    "colours",
    "filters",
    "framing",
    "inverse",
    "known",
    "separable",
    "separable_layers",
    "spectra",
    "windows",
]
