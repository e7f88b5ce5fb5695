"""How frameworks compute means and variances."""

from __future__ import annotations

from dataclasses import replace

from harness.operators.activations.table import COMPOSED_TOO
from harness.operators.facts import Facts

_SQUARES = "; variances of mean squares: jax/_src/nn/functions.py, standardize; keras/src/backend/torch/nn.py, moments"

MOMENTS: Facts = tuple(
    (pattern, accuracy)
    if pattern == "torch:*"
    else (pattern, replace(accuracy, normwise=True, source=accuracy.source + _SQUARES))
    for pattern, accuracy in COMPOSED_TOO
)
"""Every operation rounds to a 16-bit dtype; outside torch the variance may be the mean square less the squared mean.

Measured on torch 2.13.0 (CPU): numbers around 1,000 of variance 1 are normalised within 1e-4 in float32, where squares would lose 0.1.
"""
