"""Functions of one number with parameters: limits, decimals."""

from __future__ import annotations

from typing import Tuple

import numpy as np

from harness.formats import FLOATS
from harness.operators.elementwise.unary import unary


def clip(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """min(max(x, low), high): where ``low`` is above ``high``, that is ``high``. NaN stays."""
    return np.asarray(np.minimum(np.maximum(x, low), high))


def clip_low(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """max(min(x, high), low): where ``low`` is above ``high``, that is ``low``. NaN stays."""
    return np.asarray(np.maximum(np.minimum(x, high), low))


def inside(x: np.ndarray, y: np.ndarray, low: float, high: float) -> np.ndarray:
    """The derivative of ``clip`` that is 1 at its limits."""
    return np.asarray(((x >= low) & (x <= high)).astype(x.dtype))


def strictly_inside(x: np.ndarray, y: np.ndarray, low: float, high: float) -> np.ndarray:
    """The derivative of ``clip`` that is 0 at its limits."""
    return np.asarray(((x > low) & (x < high)).astype(x.dtype))


def halved(x: np.ndarray, y: np.ndarray, low: float, high: float) -> np.ndarray:
    """The derivative of ``clip`` as minimum of a maximum that halve at a tie."""
    return (inside(x, y, low, high) + strictly_inside(x, y, low, high)) / 2


def rounded(x: np.ndarray, decimals: int, dtype: str, side: int = 0) -> np.ndarray:
    """``x`` rounded half even to ``decimals``, after the roundings of x * 10**decimals move it to one ``side``."""
    factor = np.longdouble(10) ** abs(decimals)
    scaled = x.astype(np.longdouble) * factor if decimals >= 0 else x.astype(np.longdouble) / factor
    moved = scaled + side * 2 * FLOATS[dtype].roundoff * np.abs(scaled)
    whole = np.rint(moved)
    return np.asarray((whole / factor if decimals >= 0 else whole * factor).astype(x.dtype))


def below(x: np.ndarray, decimals: int, dtype: str) -> np.ndarray:
    """``rounded`` where the product's roundings take it to the other side of a tie below."""
    return rounded(x, decimals, dtype, -1)


def above(x: np.ndarray, decimals: int, dtype: str) -> np.ndarray:
    """``rounded`` where the product's roundings take it to the other side of a tie above."""
    return rounded(x, decimals, dtype, 1)


def overflows(x: np.ndarray, decimals: int, dtype: str) -> np.ndarray:
    """Where x * 10**decimals, which the usual formula computes, exceeds the largest number or underflows."""
    form = FLOATS[dtype]
    scaled = np.abs(x.astype(np.longdouble)) * np.longdouble(10) ** decimals
    return np.asarray(np.isfinite(x) & (scaled > form.largest / 2))


LIMITS: Tuple[Tuple[str, Tuple[float, ...]], ...] = (("low", (-1.0, 0.0, 1.5)), ("high", (1.0, 0.5, 3.0)))

# fmt: off
unary("clip", clip, 0, 0, "", calls={
          "torch": "torch.clamp(x, min=low, max=high)",
          "tensorflow": "tf.clip_by_value(x, low, high)",
          "jax": "jax.numpy.clip(x, low, high)",
          "keras": "keras.ops.clip(x, low, high)",
      }, conventions={"high": clip, "low": clip_low},
      kinks={"inside": (inside,), "strictly inside": (strictly_inside,), "halved": (halved,)},
      parameters=LIMITS, points=(-1.0, 0.0, 0.5, 1.0, 1.5), signed=False, summary="the nearest number between two limits")
unary("round_decimals", rounded, 2, 2, "", calls={
          "torch": "torch.round(x, decimals=decimals)",
          "jax": "jax.numpy.round(x, decimals)",
          "keras": "keras.ops.round(x, decimals)",
      }, aware=True, parameters=(("decimals", (0, 1, 2, 3, -1, -2)),), alternatives=(below, above), undefined=overflows,
      points=(0.0, 0.5, 2.5, 0.25, 0.05, 25.0, 1.005, 150.0), signed=False, summary="rounding half even to a number of decimals")
# fmt: on
