"""Sums of terms by place: what scatter-adds, segment sums and the gradients of all operators that move elements are."""

from __future__ import annotations

from typing import Tuple

import numpy as np

from harness.formats import FLOATS
from harness.meaning import Accuracy, Expected


class ScatteredSum:
    """Sums of floating-point terms by place, added in any order, each addition rounded to the dtype.

    That is the widest accumulator anyone may count on: scatter-adds work in place, on an array of the result's dtype. The bound is
    gamma_n of the sum of magnitudes (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 4.2); an element of a single
    term is exact. ``roundings`` is n per place.
    """

    def __init__(self, value: np.ndarray, magnitude: np.ndarray, roundings: np.ndarray, dtype: str) -> None:
        self.value, self.magnitude, self.roundings, self.dtype = value, magnitude, roundings, dtype

    def output(self, part: slice, shape: Tuple[int, ...], name: str = "y", signed: bool = False) -> Expected:
        """The places of ``part``, as an output of ``shape``."""
        value = self.value[part].reshape(shape)
        magnitude = self.magnitude[part].reshape(shape)
        n = self.roundings[part].reshape(shape)
        form = FLOATS[self.dtype]
        nu = n * form.roundoff
        gamma = np.where(nu < 0.25, nu / (1 - np.minimum(nu, 0.5)), 0)
        free = (n > 0) & (~(magnitude * (1 + gamma) <= form.largest / 2) | (nu >= 0.25)) & ~np.isnan(value)
        error = np.where(n > 0, gamma * np.where(free, 0, magnitude), 0) * (1 + 2.0**-40)
        subnormal = np.where(magnitude > 0, (n + 2) * form.smallest_normal, 0)

        def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
            return error + subnormal if accuracy.flushes(dtype) else error

        return Expected(shape, self.dtype, (value,), bound, free=free if free.any() else None, name=name, signed=signed)


def scattered_sum(
    places: np.ndarray, terms: np.ndarray, initial: np.ndarray, dtype: str, counted: bool = True
) -> ScatteredSum:
    """``initial`` plus the terms at their places, all flat and of the reference dtype; ``counted``: the initial value is a term."""
    value = initial.copy()
    with np.errstate(all="ignore"):
        np.add.at(value, places, terms)
        magnitude = np.where(np.isfinite(initial), np.abs(initial), 0)
        np.add.at(magnitude, places, np.where(np.isfinite(terms), np.abs(terms), 0))
    n = np.bincount(places, minlength=initial.size)
    return ScatteredSum(value, magnitude, n if counted else np.maximum(n - 1, 0), dtype)
