"""Sampling at places between elements: importing it registers the operators and their calls."""

from __future__ import annotations

from harness.operators.sampling import affine, coordinates, crops, grids, known

__all__ = ["affine", "coordinates", "crops", "grids", "known"]
