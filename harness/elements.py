"""Which elements of a result are right: equality where every order of summation is exact, else a reading within a bound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.meaning import Accuracy, Expected


@dataclass(frozen=True)
class Admissible:
    """What may stand in an output: ``readings[0]`` exactly (``bound`` is None), or any reading within ``bound``.

    ``free`` marks elements about which nothing is said; with ``signed`` a zero has the sign of the first reading's. All
    arrays have the output's shape.
    """

    readings: tuple[np.ndarray, ...]
    bound: np.ndarray | None
    free: np.ndarray | None
    signed: bool = False

    def holds(self, got: np.ndarray) -> np.ndarray:
        """Mask of the right elements. Unless ``signed``, zeros of either sign are equal; a NaN is right where a reading is NaN."""
        first = self.readings[0]
        with np.errstate(all="ignore"):
            right = got == first if self.bound is None else np.abs(got - first) <= self.bound
        if right.all() and not self.signed:
            return np.asarray(right)  # the usual end: nothing special, nothing wrong
        right = np.zeros(got.shape, bool) if self.free is None else self.free.copy()
        if self.bound is None:
            right |= (got == first) | (np.isnan(got) & np.isnan(first))
            return np.asarray(right & ~self.wrong_sign(got))
        with np.errstate(all="ignore"):
            for value in self.readings:
                right |= (np.abs(got - value) <= self.bound) | (got == value) | (np.isnan(got) & np.isnan(value))
        return np.asarray(right & ~self.wrong_sign(got))

    def wrong_sign(self, got: np.ndarray) -> np.ndarray:
        """Mask of the zeros that should be one, and have the sign of no reading that is."""
        if not self.signed:
            return np.zeros(got.shape, bool)
        wrong = (got == 0) & (self.readings[0] == 0)
        for value in self.readings:
            wrong &= (value != 0) | (np.signbit(got) != np.signbit(value))
        return np.asarray(wrong)

    def ratio(self, got: np.ndarray) -> float:
        """Largest error / bound, of the nearest reading, where both are finite; 0 where the comparison is exact."""
        if self.bound is None:
            return 0.0
        with np.errstate(all="ignore"):
            error = np.abs(got - self.readings[0])
            for value in self.readings[1:]:
                error = np.fmin(error, np.abs(got - value))
            finite = np.isfinite(error) & (self.bound > 0)
            if self.free is not None:
                finite &= ~self.free
            return float((error[finite] / self.bound[finite]).max(initial=0.0))


def admissible(expected: Expected, accuracy: Accuracy) -> Admissible | None:
    """What may stand in ``expected`` on a target of that accuracy; None when nothing useful can be said about its values."""
    if not expected.values:
        return None
    facts = accuracy.of(expected.name)
    if expected.exact and not facts.normwise:
        return Admissible(expected.values[:1], None, expected.free, expected.signed)
    bound = expected.bound(expected.dtype, facts) if expected.bound else None
    if bound is None:
        return None
    flushed = expected.flushed if facts.flushes(expected.dtype) else ()
    return Admissible(expected.values + flushed, bound, expected.free, expected.signed)
