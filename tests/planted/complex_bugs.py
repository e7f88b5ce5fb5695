"""Planted bugs of gradients of complex functions: another branch, parts that are lost, one convention for one input."""

from __future__ import annotations

import numpy as np

from harness.case import GRADIENT, Kind
from harness.values import arrays_of
from planted.bugs import Bug

WRONG = (Kind.VALUE,)


def root_of_a_product(case, results):
    """1 / sqrt((z - 1) (z + 1)) is the derivative of acosh on the right half of the plane alone."""
    if case.quantity != GRADIENT:
        return results
    return [np.where(arrays_of(case)["x"].real < 0, -results[0], results[0])]


def imaginary_part_lost(case, results):
    return [(r.real + 0j).astype(r.dtype) for r in results] if case.quantity == GRADIENT else results


def exponent_conjugated(case, results):
    return [results[0], np.conj(results[1])] if case.quantity == GRADIENT else results


BUGS_COMPLEX = {
    "complex: root of a product": (("complex_acosh",), Bug(WRONG, after=root_of_a_product)),
    "complex: imaginary part of a gradient lost": (
        ("complex_exp", "complex_sin", "complex_atan", "complex_power"),
        Bug(WRONG, after=imaginary_part_lost),
    ),
    "complex: one gradient of two conjugated": (("complex_power",), Bug(WRONG, after=exponent_conjugated)),
}
"""By name the operators that show it, and the bug."""
