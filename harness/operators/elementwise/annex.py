"""What functions of complex numbers give at zeros, infinities and NaN.

C17 Annex G.6 has tables, which NumPy's references follow through the C library; a complex number with an infinite part is an
infinity, even if its other part is NaN (G.3). Frameworks promise nothing of the kind, so that NaN for what is not finite, and
either side of a branch cut for a zero, form a convention of their own.
"""

from __future__ import annotations

from typing import Dict, Sequence, Tuple

import numpy as np

from harness.meaning import Expected, Property

ANNEX_G, BY_PARTS = "C17 Annex G", "by parts"

MODERATE = 2.0**30
"""Magnitudes that no usual formula overflows or underflows on, and their reciprocals."""


def special_error(
    outputs: Sequence[np.ndarray], expected: np.ndarray, bound: np.ndarray, free: np.ndarray, parts: np.ndarray
) -> np.ndarray:
    """0 where the output is an infinity, a NaN or the number that is expected, else 2.

    ``parts`` marks where NaN or a number mirrored at an axis will do.
    """
    got = outputs[0].astype(np.complex128)
    infinite, got_infinite = (np.isinf(z.real) | np.isinf(z.imag) for z in (expected, got))
    nan, got_nan = (np.isnan(z.real) | np.isnan(z.imag) for z in (expected, got))
    with np.errstate(all="ignore"):
        near = np.abs(got - expected) <= bound
        mirrored = np.abs(np.abs(got.real) - np.abs(expected.real)) + np.abs(np.abs(got.imag) - np.abs(expected.imag))
    right = np.where(infinite, got_infinite, np.where(nan, got_nan & ~got_infinite, near))
    lenient = parts & (got_nan | (mirrored <= 2 * bound))
    return np.where(right | lenient | free, 0.0, 2.0)


def is_usual(operand: np.ndarray) -> np.ndarray:
    """Which elements have parts that are neither very large nor very small; zeros, infinities and NaN are usual."""
    sizes = np.abs([operand.real, operand.imag])
    usual = (sizes == 0) | ~np.isfinite(sizes) | ((sizes <= MODERATE) & (sizes >= 1 / MODERATE))
    return np.asarray(usual.all(axis=0))


def has_zeros(operand: np.ndarray) -> np.ndarray:
    """Which elements have a part that is zero or not finite."""
    return np.asarray(~np.isfinite(operand) | (operand.real == 0) | (operand.imag == 0))


def is_special(operand: np.ndarray) -> bool:
    """Whether some element needs more than a bound on its error."""
    return bool((has_zeros(operand) | ~is_usual(operand)).any())


def at_specials(plain: Expected, operand: np.ndarray, bound: np.ndarray) -> Dict[str, Tuple[Expected, ...]]:
    """The output ``plain`` per convention, by kind where the operand is special; free where a part is very large or small."""
    value = plain.values[0].astype(np.complex128)
    special = has_zeros(operand)
    facts = {"expected": value, "bound": np.where(np.isfinite(bound), bound, 0), "free": ~is_usual(operand)}
    return {
        name: (
            Expected(
                plain.shape,
                plain.dtype,
                plain.values,
                property=Property(f"special values as {name} has them", special_error, {**facts, "parts": parts}),
            ),
        )
        for name, parts in ((ANNEX_G, np.zeros(special.shape, bool)), (BY_PARTS, special))
    }
