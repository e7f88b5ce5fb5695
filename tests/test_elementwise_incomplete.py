"""Incomplete gamma functions, zeta and polygamma functions: against closed forms, SciPy, and the terms of their bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.special

from harness import operator
from harness.case import COTANGENT, GRADIENT, Case, InputSpec
from harness.meaning import Accuracy
from harness.operators.elementwise.incomplete import LARGEST, ORDER, SMALLEST


def output(key, dtype="float64", quantity="value", parameters=None, **arrays):
    """The one output of an operator for arrays."""
    arrays = {name: np.asarray(array, dtype) for name, array in arrays.items()}
    inputs = {name: InputSpec(array.shape, dtype) for name, array in arrays.items()}
    case = Case(key, inputs, parameters or {}, quantity)
    return operator.get(key).meaning(case, arrays).variants[""][0]


def test_of_shape_one_and_a_half_they_are_an_exponential_and_an_error_function():
    x = np.array([0.0, 1e-6, 0.5, 2.0, 30.0, 400.0])
    upper = output("gammaincc", x=np.ones(6), y=x).values[0]
    np.testing.assert_allclose(upper.astype(float), np.exp(-x), rtol=1e-15)
    lower = output("gammainc", x=np.full(6, 0.5), y=x).values[0]
    np.testing.assert_allclose(lower.astype(float), [math.erf(math.sqrt(each)) for each in x], rtol=1e-15)


def test_lower_and_upper_function_are_scipys():
    random = np.random.default_rng(1)
    a = np.exp2(random.uniform(-8, 8, 100))
    x = a * np.exp2(random.uniform(-3, 3, 100))
    lower, upper = (output(key, x=a, y=x).values[0].astype(float) for key in ("gammainc", "gammaincc"))
    np.testing.assert_allclose(lower, scipy.special.gammainc(a, x), rtol=1e-11)
    np.testing.assert_allclose(upper, scipy.special.gammaincc(a, x), rtol=1e-11)
    np.testing.assert_allclose(lower + upper, 1, rtol=1e-14)


def test_zeta_is_the_sum_of_powers():
    s, q = np.array([2.0, 2.0, 4.0, 3.0]), np.array([1.0, 0.5, 1.0, 5.0])
    apery = 1.2020569031595942
    right = [math.pi**2 / 6, math.pi**2 / 2, math.pi**4 / 90, apery - sum(k**-3 for k in range(1, 5))]
    np.testing.assert_allclose(output("zeta", x=s, y=q).values[0].astype(float), right, rtol=1e-14)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_polygamma_is_scipys_and_its_slope_the_next(n):
    x = np.array([0.03, 0.5, 1.0, 3.25, 40.0])
    found = output("polygamma", parameters={"n": n}, x=x)
    np.testing.assert_allclose(found.values[0].astype(float), scipy.special.polygamma(n, x), rtol=1e-12)
    slope = output("polygamma", quantity=GRADIENT, parameters={"n": n}, x=x, **{COTANGENT: np.ones(5)})
    np.testing.assert_allclose(slope.values[0].astype(float), scipy.special.polygamma(n + 1, x), rtol=1e-12)


@pytest.mark.parametrize(("key", "x", "y"), [
    ("gammainc", -1.0, 1.0), ("gammainc", 1.0, math.nan), ("gammaincc", 2 * LARGEST, 1.0), ("gammaincc", SMALLEST / 2, 1.0),
    ("zeta", 2.0, -1.5), ("zeta", 2 * ORDER, 1.0),
])  # fmt: skip
def test_nothing_is_said_of_arguments_at_which_conventions_or_digits_end(key, x, y):
    assert output(key, x=[x], y=[y]).free.tolist() == [True]
    assert output(key, x=[2.0], y=[3.0]).free.tolist() == [False]


def test_a_bound_grows_with_the_terms_of_the_exponent_and_stays_below_a_wrong_expansion():
    """gammaincc(37, 45) as an expansion in single precision has it: 0.0994443988036, of which nine digits are right."""
    found = output("gammaincc", x=[37.0, 1.0], y=[45.0, 1.0])
    near, small = found.bound("float64", Accuracy())
    assert abs(float(found.values[0][0]) - 0.09944439880364066) > 30 * near
    assert small < near
