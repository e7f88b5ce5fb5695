"""Vector-Jacobian products of order statistics."""

from __future__ import annotations

from typing import List, Tuple

import numpy as np

from harness.formats import FLOATS as FORMATS
from harness.meaning import Expected
from harness.operators.elementwise.bounds import flushed_to_zero
from harness.operators.reductions.extremes import EVENLY
from harness.operators.reductions.meaning import Readings
from harness.operators.reductions.sums import within

SOMEHOW = "ties share somehow"
"""Beside ``EVENLY``: which of equal elements gets the cotangent is left open."""


def selected(
    rows: np.ndarray, cotangent: np.ndarray, dtype: str, pairs: List[Tuple[int, int, float]], slack: float
) -> Readings:
    """The vector-Jacobian product of what lies between two elements in ascending order, any of the pairs.

    A weight that is uncertain by ``slack`` moves the parts by as much, also to the next elements. Free are rows with NaN.
    """
    form = FORMATS[dtype]
    flushed = flushed_to_zero(rows, dtype)
    order = np.argsort(rows, axis=-1, kind="stable")
    ordered = np.take_along_axis(flushed, order, axis=-1)
    nan = np.broadcast_to(np.isnan(rows).any(axis=-1, keepdims=True), rows.shape)
    touched = {i for a, c, _ in pairs for i in (a, c)}
    touched |= {i for a, c, _ in pairs for i in (a - 1, c + 1) if slack and 0 <= i < rows.shape[-1]}
    groups = [flushed == ordered[..., i : i + 1] for i in touched]
    tied = np.logical_or.reduce([group & (group.sum(axis=-1, keepdims=True) > 1) for group in groups])

    def placed(pair: Tuple[int, int, float], evenly: bool) -> np.ndarray:
        product = np.zeros(rows.shape, rows.dtype)
        for i, weight in ((pair[0], 1 - pair[2]), (pair[1], pair[2])):
            group = flushed == ordered[..., i : i + 1] if evenly else np.zeros(rows.shape, bool)
            if not evenly:
                np.put_along_axis(group, order[..., i : i + 1], True, axis=-1)
            product += weight * cotangent * group / np.maximum(group.sum(axis=-1, keepdims=True), 1)
        return product

    def output(evenly: bool, free: np.ndarray) -> Tuple[Expected]:
        first, *others = [placed(pair, evenly) for pair in pairs]
        hit = np.zeros(rows.shape, bool)
        np.put_along_axis(hit, order[..., sorted(touched)], True, axis=-1)
        error = np.where(hit | tied, (8 * form.roundoff + 2 * slack) * np.abs(cotangent), 0)
        return (
            within(
                first,
                dtype,
                lambda u: error * max(u / form.roundoff, 1),
                free=free,
                other=tuple(others),
                ulps=0,
                name="x",
            ),
        )

    if not tied.any():
        return {"": output(False, nan)}
    return {EVENLY: output(True, nan), SOMEHOW: output(False, nan | tied)}
