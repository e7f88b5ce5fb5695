"""Gradients of what leaves NaN out, of norms of any order and of moments: by differences, by hand, and where they are zero."""

from __future__ import annotations

import numpy as np
import pytest

from harness import operator
from harness.case import COTANGENT, GRADIENT, Case, InputSpec
from harness.meaning import Accuracy, Rule

NAN = np.nan


def outputs(key, x, quantity="value", cotangent=None, **parameters):
    """The readings of a case by hand along axis 1."""
    inputs = {"x": InputSpec(x.shape, x.dtype.name)}
    arrays = {"x": x}
    if cotangent is not None:
        arrays[COTANGENT] = cotangent
    case = Case(key, inputs, {"axis": 1, "keepdims": False, **parameters}, quantity)
    found = operator.get(key).meaning(case, arrays)
    assert found.rule is Rule.COMPUTE
    return found.variants


LEAVING_OUT = [
    ("nanvar", {"ddof": 0}), ("nanvar", {"ddof": 1}), ("nanstd", {"ddof": 0}), ("nanstd", {"ddof": 1}),
    *[("nanquantile", {"q": q, "interpolation": method}) for q in (0.3, 0.75) for method in ("linear", "lower", "midpoint")],
]  # fmt: skip


def differences(function, x, cotangent):
    """Central differences of <cotangent, function> at the elements that are not NaN, 0 at the others."""
    found = np.zeros_like(x)
    for where in np.ndindex(*x.shape):
        if not np.isnan(x[where]):
            step = np.zeros_like(x)
            step[where] = 1e-6
            found[where] = ((function(x + step) - function(x - step)) * cotangent).sum() / 2e-6
    return found


@pytest.mark.parametrize(("key", "parameters"), LEAVING_OUT)
def test_gradients_without_nan_are_differences_of_numpys_values(key, parameters):
    """Rows with different numbers of NaN, in different places."""
    x = np.random.default_rng(4).uniform(0.5, 2, size=(4, 6))
    x[0, 1] = x[1, 0] = x[1, 5] = x[3, 3] = NAN
    cotangent = np.random.default_rng(5).normal(size=4)
    names = {"nanvar": np.nanvar, "nanstd": np.nanstd, "nanquantile": np.nanquantile}
    words = {"method" if name == "interpolation" else name: value for name, value in parameters.items()}
    expected = differences(lambda x: names[key](x, axis=1, **words), x, cotangent)
    (reading,) = outputs(key, x, GRADIENT, cotangent, **parameters).values()
    np.testing.assert_allclose(reading[0].values[0].astype(float), expected, rtol=1e-6, atol=1e-7)


def test_gradient_of_the_median_of_numbers_by_hand():
    """Three numbers and four: of an even count the cotangent is halved, or goes to the lower one; ties are a convention of their own."""
    x = np.array([[3.0, NAN, 1, 2], [4, 1, 3, 2]])
    found = outputs("nanmedian", x, GRADIENT, np.array([8.0, 8]))
    assert {name: output.values[0].tolist() for name, (output,) in found.items()} == {
        "lower": [[0, 0, 0, 8], [0, 0, 0, 8]],
        "midpoint": [[0, 0, 0, 8], [0, 0, 4, 4]],
    }
    tied = outputs("nanmedian", np.array([[2.0, NAN, 1, 2], [4, 1, 3, 2]]), GRADIENT, np.array([8.0, 8]))
    assert tied["lower, ties share evenly"][0].values[0].tolist() == [[4, 0, 0, 4], [0, 0, 0, 8]]
    assert tied["midpoint, ties share somehow"][0].free.tolist() == [[True, False, False, True], [False] * 4]


def test_rows_of_no_numbers_and_with_infinities_say_nothing():
    x = np.array([[NAN, NAN], [np.inf, 1], [1, 3]])
    (output,) = outputs("nanvar", x, GRADIENT, np.ones(3), ddof=0).values()
    assert output[0].free.tolist() == [[True, True], [True, True], [False, False]]
    assert output[0].values[0][2].tolist() == [-1, 1]


def test_rows_that_overflow_say_nothing_at_nan_either():
    (output,) = outputs(
        "nanvar", np.array([[NAN, 3e38, -3e38]], np.float32), GRADIENT, np.ones(1, np.float32), ddof=0
    ).values()
    assert output[0].free.tolist() == [[True, True, True]]


def test_a_wrong_gradient_at_nan_is_outside_of_the_bound():
    (output,) = outputs("nanvar", np.array([[NAN, 1, 3]]), GRADIENT, np.ones(1), ddof=0).values()
    assert output[0].values[0].tolist() == [[0, -1, 1]]
    assert output[0].bound("float64", Accuracy())[0, 0] == 0


@pytest.mark.parametrize("order", ["3", "0.5"])
def test_gradients_of_norms_are_differences_of_numpys_values(order):
    x = np.random.default_rng(6).uniform(0.5, 2, size=(3, 5)) * np.array([1, -1, 1, -1, 1])
    cotangent = np.array([1.0, -2, 3])
    expected = differences(lambda x: (np.abs(x) ** float(order)).sum(axis=1) ** (1 / float(order)), x, cotangent)
    (reading,) = outputs("norm_of_order", x, GRADIENT, cotangent, order=order).values()
    np.testing.assert_allclose(reading[0].values[0].astype(float), expected, rtol=1e-6, atol=1e-7)


def test_gradient_of_the_smallest_magnitude():
    readings = outputs("norm_of_order", np.array([[3.0, -1, 2]]), GRADIENT, np.array([5.0]), order="-inf").values()
    assert all(output.values[0].tolist() == [[0, -5, 0]] for (output,) in readings)


def test_norms_beyond_the_range_say_nothing():
    """(sqrt(a) + sqrt(b))^2 of two float32 numbers may be infinite although its sum of roots is not."""
    (reading,) = outputs("norm_of_order", np.full((1, 4), 1e38, np.float32), order="0.5").values()
    assert reading[0].free.tolist() == [True]
    (reading,) = outputs("norm_of_order", np.full((1, 4), 1e36, np.float32), order="0.5").values()
    assert reading[0].free.tolist() == [False]
    assert float(reading[0].values[0][0]) == pytest.approx(1.6e37)


@pytest.mark.parametrize(
    ("dtype", "order"), [("float32", "3"), ("float32", "0.5"), ("float16", "3"), ("float16", "0.5")]
)
def test_steps_in_the_dtype_lie_within_the_bound(dtype, order):
    """x |x|^(p - 2) g / y^(p - 1) as torch writes it, every step rounded."""
    t, p = np.dtype(dtype).type, float(order)
    x = np.random.default_rng(7).uniform(0.5, 2, size=(20, 9)).astype(dtype)
    y = ((x ** t(p)).sum(axis=1, keepdims=True, dtype=dtype)) ** t(1 / p)
    got = x * x ** t(p - 2) / y ** t(p - 1)
    (output,) = outputs("norm_of_order", x, GRADIENT, np.ones(20, dtype), order=order).values()
    off = np.abs(got - output[0].values[0])
    limit = output[0].bound(dtype, Accuracy())
    assert (off <= limit).all()
    assert (limit < 0.3 * np.abs(got)).all()


def test_gradient_of_the_moments_is_that_of_their_sum():
    x = np.random.default_rng(8).normal(size=(2, 5))
    cotangent = np.array([1.0, -3])
    expected = differences(lambda x: x.mean(axis=1) + x.var(axis=1), x, cotangent)
    (reading,) = outputs("moments", x, GRADIENT, cotangent).values()
    np.testing.assert_allclose(reading[0].values[0].astype(float), expected, rtol=1e-6, atol=1e-7)
