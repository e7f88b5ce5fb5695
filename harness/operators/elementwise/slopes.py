"""Derivatives of functions of two numbers, with their conventions at ties."""

from __future__ import annotations

from typing import Mapping, Tuple

import numpy as np

from harness.operators.elementwise.meaning import Reference


def share_of_two(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The derivative of logaddexp2 by x: 2**(x - z)."""
    return np.asarray(1 / (1 + np.exp2(y - x)))


def other_share_of_two(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The derivative of logaddexp2 by y: 2**(y - z)."""
    return np.asarray(1 / (1 + np.exp2(x - y)))


def minus_quotient(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The derivative by y of the remainder x - y q, whichever whole number q the quotient is rounded to."""
    return np.asarray(-np.rint((x - z) / y))


def jumps(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """How much the quotient's rounding may change its integer part: without bound next to a multiple of the divisor, else not."""
    distance = np.minimum(np.abs(z), np.abs(np.abs(y) - np.abs(z))) / np.abs(y)
    return np.asarray(1 + np.abs(x / y) / np.where(distance > 0, distance, 1e-300))


QUOTIENTS: Tuple[Reference, ...] = (
    lambda x, y, z: x / y,
    lambda x, y, z: y + 0 * np.where(np.isfinite(z), z, 0),
)
"""What the usual formulas of a remainder's derivatives compute on their way."""


def first_at_tie(at: float, greater: bool, first: bool) -> Reference:
    """The derivative of an extreme by its first or second operand: ``at`` where both are equal."""

    def derivative(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        mine, other = (x, y) if first else (y, x)
        wins = mine > other if greater else mine < other
        return np.asarray(np.where(mine == other, at, wins.astype(float)).astype(z.dtype))

    return derivative


def at_ties(greater: bool) -> Mapping[str, Tuple[Reference, ...]]:
    """Conventions at a tie: halves, all to the first, all to the second, or all to both."""
    shares = {"halves": (0.5, 0.5), "first": (1.0, 0.0), "second": (0.0, 1.0), "both": (1.0, 1.0)}
    return {
        name: (first_at_tie(one_, greater, True), first_at_tie(two, greater, False))
        for name, (one_, two) in shares.items()
    }
