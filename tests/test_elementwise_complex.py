"""Inverse functions and powers of complex numbers: against mpmath, and at zeros, infinities and NaN against cmath."""

from __future__ import annotations

import cmath
import itertools
import math

import mpmath
import numpy as np
import pytest

from harness import operator
from harness.case import Case, InputSpec
from harness.meaning import Accuracy
from harness.operators.elementwise.annex import ANNEX_G, BY_PARTS

INVERSES = ("asin", "acos", "atan", "asinh", "acosh", "atanh")


def meaning(key, **arrays):
    """The meaning of an operator for arrays."""
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    case = Case(key, {name: InputSpec(array.shape, array.dtype.name) for name, array in arrays.items()}, {})
    return operator.get(key).meaning(case, arrays)


def everywhere(count=60):
    """Complex numbers in all quadrants, of all usual magnitudes, and close to the branch points."""
    random = np.random.default_rng(7)
    parts = np.exp2(random.uniform(-25, 25, (2, count))) * random.choice([-1, 1], (2, count))
    near = np.exp2(random.uniform(-40, 0, count)) * np.exp(2j * np.pi * random.random(count))
    return np.concatenate([parts[0] + 1j * parts[1], 1 + near, -1 + near, 1j + near, -1j + near])


@pytest.mark.parametrize("name", INVERSES)
def test_inverse_functions_are_mpmaths(name):
    z = everywhere()
    found = next(iter(meaning(f"complex_{name}", x=z).variants.values()))[0].values[0]
    with mpmath.workprec(160):
        right = [getattr(mpmath, name)(mpmath.mpc(each.real, each.imag)) for each in z]
    for one, other in zip(found, right, strict=True):
        assert abs(complex(one) - complex(other)) <= 2**-52 * abs(complex(other))


@pytest.mark.parametrize("name", INVERSES)
def test_inverse_functions_of_special_numbers_are_those_of_annex_g(name):
    """cmath has the tables of Annex G, but raises at a pole, where the table has an infinity."""
    parts = (0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan)
    z = np.array([complex(*pair) for pair in itertools.product(parts, parts)])
    found = meaning(f"complex_{name}", x=z).variants
    assert set(found) == {ANNEX_G, BY_PARTS}
    for number, value in zip(z.tolist(), found[ANNEX_G][0].values[0].tolist(), strict=True):
        if name == "atanh" and abs(number) == 1 and not number.imag:
            assert math.isinf(value.real)
            continue
        if name == "atan" and abs(number) == 1 and not number.real:
            assert math.isinf(value.imag)
            continue
        right = getattr(cmath, name)(number)
        if name == "acosh" and number.real == 0 and math.isnan(number.imag):
            right = complex(math.nan, math.pi / 2)  # C17; cmath follows C99, where it is NaN + i NaN
        assert math.isnan(right.real) == math.isnan(value.real)
        assert math.isnan(right.imag) == math.isnan(value.imag)
        if not cmath.isnan(right):
            assert complex(value) == pytest.approx(right)


def test_powers_are_mpmaths_and_open_where_annex_g_says_nothing():
    random = np.random.default_rng(3)
    x, y = (random.normal(size=200) + 1j * random.normal(size=200) for _ in range(2))
    x[:3], y[3] = (0, np.inf, np.nan), np.inf
    output = meaning("complex_power", x=x, y=y).variants[""][0]
    assert np.nonzero(output.free)[0].tolist() == [0, 1, 2, 3]
    with mpmath.workprec(160):
        right = [mpmath.mpc(a.real, a.imag) ** mpmath.mpc(b.real, b.imag) for a, b in zip(x[4:], y[4:], strict=True)]
    for one, other in zip(output.values[0][4:], right, strict=True):
        assert abs(complex(one) - complex(other)) <= 2**-52 * abs(complex(other))


def test_the_bound_of_a_power_follows_its_exponent():
    x, y = np.full(2, 2.0 + 0j), np.array([1.0 + 0j, 20.0 + 0j])
    output = meaning("complex_power", x=x, y=y).variants[""][0]
    bound = output.bound("complex128", Accuracy()) / np.abs(output.values[0]).astype(float) / 2**-53 / 32
    assert bound.tolist() == pytest.approx([1 + 1 + math.log(2), 1 + 20 * (1 + math.log(2))])
