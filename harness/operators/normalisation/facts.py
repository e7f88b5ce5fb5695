"""How frameworks compute means and variances."""

from __future__ import annotations

from dataclasses import replace

from harness.operators.activations import COMPOSED_TOO
from harness.operators.facts import Facts

MOMENTS: Facts = tuple(
    (pattern, replace(accuracy, normwise=True, source=accuracy.source + "; variances of mean squares: jax/_src/nn/functions.py, "
                      "standardize; keras/src/backend/*/nn.py, moments; torch's kernels add up squares as well"))
    for pattern, accuracy in COMPOSED_TOO
)  # fmt: skip
"""Every operation rounds to a 16-bit dtype, and the variance may be the mean square less the squared mean."""
