"""Vector-Jacobian products of scans."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable

import numpy as np

from harness.case import Case
from harness.formats import FLOATS as FORMATS
from harness.operators.reductions.meaning import Readings, one
from harness.operators.reductions.sums import finite_of, sum_of, within


def from_the_end(array: np.ndarray) -> np.ndarray:
    """Sums of what stands behind an element, and of itself."""
    return np.asarray(array[..., ::-1].cumsum(axis=-1)[..., ::-1])


def cumulative_sum_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """The cumulative sum of the cotangent from the end."""
    return one(sum_of(cotangent, case.dtype, along=from_the_end, name="x"))


def numbers_only(
    gradient: Callable[[np.ndarray, np.ndarray, Case], Readings], fill: float
) -> Callable[[np.ndarray, np.ndarray, Case], Readings]:
    """The vector-Jacobian product of what replaces NaN by ``fill``: zero at NaN."""

    def product(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
        nan = np.isnan(rows)
        found = gradient(np.where(nan, rows.dtype.type(fill), rows), cotangent, case)
        return {
            name: tuple(
                replace(output, exact=False, values=tuple(np.where(nan, 0, value) for value in output.values))
                for output in outputs
            )
            for name, outputs in found.items()
        }

    return product


def cumulative_product_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """The sum over j >= i of cotangent[j] times the product up to j without element i: n terms of 2 n roundings.

    Products up to j without element i come from the recurrence q[j] = q[j - 1] x[j], q[i] = the product before i. Free are rows in which
    a product of magnitudes above one, times the cotangent, may overflow, or one of those below one underflow.
    """
    form, n = FORMATS[case.dtype], rows.shape[-1]
    wide, weights = rows.astype(np.longdouble), cotangent.astype(np.longdouble)
    value, size = cumulative_products(wide, weights), cumulative_products(np.abs(wide), np.abs(weights))
    above = np.maximum(np.abs(wide), 1).prod(axis=-1, keepdims=True) * np.abs(weights).max(
        axis=-1, keepdims=True, initial=1
    )
    below = np.minimum(np.where(wide == 0, 1, np.abs(wide)), 1).prod(axis=-1, keepdims=True)
    free = np.broadcast_to(~((above * n < form.largest / 4) & (below > form.smallest_normal * 4)), rows.shape)

    def error(u: float) -> np.ndarray:
        return np.asarray((3 * n + 6) * max(u, form.roundoff) * finite_of(size))

    return one(within(value, case.dtype, error, free=free, tiny=lambda step: 4 * n * step * finite_of(above), name="x"))


def cumulative_products(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Per i the sum over j >= i of weights[j] times the product of rows[:j + 1] without row i."""
    n = rows.shape[-1]
    total, ahead = np.zeros_like(rows), np.zeros((*rows.shape[:-1], 1), rows.dtype)
    before = np.concatenate([np.ones_like(ahead), rows[..., :-1]], axis=-1).cumprod(axis=-1)
    for i in range(n - 1, -1, -1):  # ahead: the sum over j >= i of weights[j] times the product of rows[i + 1 : j + 1]
        following = rows[..., i + 1 : i + 2] if i + 1 < n else np.zeros_like(ahead)
        ahead = weights[..., i : i + 1] + following * ahead
        total[..., i : i + 1] = before[..., i : i + 1] * ahead
    return total


FIRST_TIE, LAST_TIE, SHARED = "the first of ties", "the last of ties", "ties share somehow"
"""Who gets the cotangent of a running extreme that several elements have."""


def cumulative_extreme_gradient(largest: bool) -> Callable[[np.ndarray, np.ndarray, Case], Readings]:
    """Each cotangent goes to the element that is the extreme so far: a sum of at most n terms.

    Free are rows with NaN, and those in which subnormal numbers are the extreme beside others.
    """

    def gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
        form, n = FORMATS[case.dtype], rows.shape[-1]
        running = (np.maximum if largest else np.minimum).accumulate(rows, axis=-1)
        fresh = np.concatenate([np.ones_like(rows[..., :1], bool), running[..., 1:] != running[..., :-1]], axis=-1)
        hits = rows == running
        place = np.arange(n)
        first = np.maximum.accumulate(np.where(fresh, place, 0), axis=-1)
        last = np.maximum.accumulate(np.where(hits, place, 0), axis=-1)
        small = np.abs(rows) < form.smallest_normal
        flushed = (small & (rows != 0)).any(axis=-1, keepdims=True) & (small.sum(axis=-1, keepdims=True) > 1)
        free = np.broadcast_to(np.isnan(rows).any(axis=-1, keepdims=True) | flushed, rows.shape)
        tied = added(first, (hits & ~fresh).astype(float)) > 0
        tied = free | tied | (hits & ~fresh)

        def output(places: np.ndarray, open_: np.ndarray) -> Readings:
            size = added(places, np.abs(cotangent))
            return one(
                within(
                    added(places, cotangent),
                    case.dtype,
                    lambda u: n * form.roundoff * size,
                    free=open_,
                    tiny=lambda step: np.asarray(n * step),
                    name="x",
                )
            )

        if not (hits & ~fresh).any():
            return output(first, free)
        found = {FIRST_TIE: output(first, free), LAST_TIE: output(last, free), SHARED: output(first, tied)}
        return {name: outputs[""] for name, outputs in found.items()}

    return gradient


def added(places: np.ndarray, terms: np.ndarray) -> np.ndarray:
    """Per row the sums of the terms whose place is each of its elements."""
    total = np.zeros(terms.shape, terms.dtype)
    lead = np.indices(terms.shape)[:-1]
    np.add.at(total, (*lead, places), terms)
    return total


def log_sum_exp_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """The sum over j >= i of cotangent[j] exp(x[i] - y[j]).

    An exponent inherits the errors of its terms, and implementations that work with the logarithm of the cotangent those of a
    log-sum-exp of it: n roundings of the magnitudes of x, y and that logarithm. Free are rows that are not finite.
    """
    form, n = FORMATS[case.dtype], rows.shape[-1]
    wide = rows.astype(np.longdouble)
    running = np.logaddexp.accumulate(wide, axis=-1)
    value, size = np.zeros_like(wide), np.zeros_like(wide)
    for i in range(n):
        weights = np.exp(wide[..., i : i + 1] - running[..., i:])
        value[..., i] = (weights * cotangent[..., i:]).sum(axis=-1)
        size[..., i] = (weights * np.abs(cotangent[..., i:])).sum(axis=-1)
    logs = np.abs(np.log(np.where(cotangent == 0, 1, np.abs(cotangent)))).max(axis=-1, keepdims=True, initial=0)
    reach = (finite_of(rows) + finite_of(running)).max(axis=-1, keepdims=True, initial=0)
    relative = 4 * (n + 8) * form.roundoff * (1 + reach + logs)
    free = np.broadcast_to(~np.isfinite(rows).all(axis=-1, keepdims=True) | ~(relative < 0.25), rows.shape)

    def error(u: float) -> np.ndarray:
        return np.asarray(2 * relative * finite_of(size))

    def tiny(step: float) -> np.ndarray:
        return np.asarray(n * step * (2 + np.abs(cotangent).max(axis=-1, keepdims=True, initial=0)))

    return one(within(value, case.dtype, error, free=free, tiny=tiny, name="x"))
