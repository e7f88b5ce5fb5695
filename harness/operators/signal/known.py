"""What Keras documents to do with signals of float64."""

from __future__ import annotations

from harness.operators.facts import ON_TORCH, narrowed
from harness.operators.signal import colours, filters, spectra

narrowed(filters.correlation, ON_TORCH)
for _operator in (spectra.transform, colours.to_hsv, colours.to_rgb):
    narrowed(_operator, computes=())
