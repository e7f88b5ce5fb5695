"""Quantiles and medians of integers: against NumPy, at the ends of the dtypes, bounds, dtypes of the result."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from reduced import OPERATORS, case_of, judged, only, values

from harness.meaning import Accuracy

METHODS = ("linear", "lower", "higher", "midpoint", "nearest")
RNG = np.random.default_rng(5)


def expected(key, x, **parameters):
    """The one output for an array."""
    case = case_of(key, x.shape, x.dtype.name, **parameters)
    return OPERATORS[key].meaning(case, {"x": x}).variants[""][0]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("q", [0.0, 0.3, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32"])
def test_quantiles_of_integers_agree_with_numpy(dtype, q, method):
    x = RNG.integers(0, 100, (5, 8)).astype(dtype)
    right = np.quantile(x.astype(float), q, axis=1, method=method)
    for key in ("quantile", "nanquantile"):
        np.testing.assert_allclose(only(key, x, axis=1, q=q, interpolation=method).astype(float), right, rtol=1e-14)


@pytest.mark.parametrize("dtype", ["int64", "uint64", "int8"])
def test_no_sum_of_two_integers_wraps(dtype):
    """A quarter of the way from the smallest to the largest integer, in exact fractions."""
    least, most = (int(end) for end in (np.iinfo(dtype).min, np.iinfo(dtype).max))
    right = Fraction(least) + Fraction(most - least, 4)
    found = expected("quantile", np.array([most, least], dtype), q=0.25, interpolation="linear")
    assert abs(Fraction(int(found.values[0])) - right) <= 1
    assert float(found.bound("float32", Accuracy())) < 2.0**-20 * (most - least)


def test_the_bound_covers_the_conversion_to_float32_and_no_more():
    x = np.array([2**24 + 1, 2**24 + 1, 2**24 + 1], np.int32)
    plain = {"q": 0.5, "interpolation": "lower"}
    assert judged("quantile", x, np.float32(2**24), **plain).disagreement is None
    assert judged("quantile", x, np.int32(2**24 + 1), **plain).disagreement is None
    assert judged("quantile", x, np.float32(2**24 + 8), **plain).disagreement
    small = np.array([1, 2, 4, 9], np.uint8)
    linear = {"q": 0.5, "interpolation": "linear"}
    assert judged("quantile", small, np.float32(3), **linear).disagreement is None
    assert judged("quantile", small, np.float32(2.99), **linear).disagreement
    assert judged("quantile", small, np.uint8(3), **linear).disagreement, "a value between integers is a float"


def test_medians_of_integers_that_are_not_nan_are_medians():
    x = np.array([[3, -1, 2, 10], [7, 7, 0, 1]], np.int16)
    found = {name: value.tolist() for name, value in values("nanmedian", x, axis=1).items()}
    assert found == {"lower": [2, 1], "midpoint": [2.5, 4]}
    assert found == {name: value.tolist() for name, value in values("median", x, axis=1).items()}
