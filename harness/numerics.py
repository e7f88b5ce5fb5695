"""How large an error may be: limits of the exact regime, bounds of sums, units in the last place.

Read by the workers: Python 3.9 syntax; standard library and NumPy only.
"""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np

from harness.formats import FLOATS
from harness.values import TF32_OPERAND_BITS


def exact_limits(dtype: str, terms: int) -> Tuple[int, Optional[int]]:
    """(limit, nonzeros) for the two factors of a sum of ``terms`` products that must stay exact in ``dtype``.

    Both factors are integers up to ``limit``; the sum of magnitudes, one term of the same size for a bias included, stays within
    2**sum_bits. When not even terms of magnitude 1 fit, one factor must be sparse: ``nonzeros`` of its elements at most.
    """
    form = FLOATS[dtype]
    budget = 2**form.sum_bits
    room = budget // (max(terms, 1) + 1)
    if room < 1:
        return 1, budget - 1
    limit = int(np.sqrt(float(room)))
    return max(1, min(limit, 2**form.operand_bits, 2**TF32_OPERAND_BITS)), None


def summation_bound(
    terms: int, magnitude: np.ndarray, value: np.ndarray, dtype: str, accumulator: str, roundings: int = 0
) -> Optional[np.ndarray]:
    """Largest absolute error of a sum of ``terms`` products in any order, per element; None when n u exceeds 1/4.

    gamma_n * sum(|x||w|) with gamma_n = n u / (1 - n u) at the accumulator's unit roundoff u (Higham, Accuracy and Stability of Numerical
    Algorithms, 2nd ed., section 3.1), then one rounding to ``dtype`` of the result and of each of ``roundings`` intermediate results,
    none of which exceeds (1 + gamma) * magnitude, plus half a subnormal step per operation for underflow.
    """
    u_acc, form = FLOATS[accumulator].roundoff, FLOATS[dtype]
    if terms * u_acc > 0.25:
        return None
    gamma = terms * u_acc / (1 - terms * u_acc)
    # The reference's own error: the same sum at the reference's roundoff, which must be the smaller one for the bound to mean anything.
    u_ref = float(np.finfo(magnitude.dtype).eps) / 2
    if u_ref >= u_acc:
        raise ValueError(f"reference dtype {magnitude.dtype}: must be wider than the accumulator {accumulator}")
    error = (gamma + 2 * terms * u_ref) * magnitude
    if accumulator != dtype:
        error = error + form.roundoff * (np.abs(value) + error)
    for _ in range(roundings):
        error = error + form.roundoff * (magnitude + error)
    return error + terms * FLOATS[accumulator].smallest_subnormal + (1 + roundings) * form.smallest_subnormal


def ulp(value: np.ndarray, dtype: str) -> np.ndarray:
    """Unit in the last place of ``dtype`` at ``value``: the gap between neighbours in its binade, at least the smallest subnormal.

    Above the largest finite number that of the last binade; NaN where the value is NaN.
    """
    form = FLOATS[dtype]
    size = np.clip(np.abs(value), form.smallest_normal, form.largest)
    with np.errstate(invalid="ignore"):
        exponent = np.frexp(np.where(np.isnan(size), 1, size))[1]
    gap = np.ldexp(np.ones((), size.dtype), exponent - form.digits)
    return np.where(np.isnan(value), np.nan, gap)
