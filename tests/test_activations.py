"""Activations: against SciPy, mpmath and by hand; derivatives against finite differences; planted bugs."""

import mpmath
import numpy as np
import pytest
from formulas import assert_gradients, cases, of_family, values
from scipy import special

from harness import operator
from harness.case import Case, InputSpec
from harness.meaning import Accuracy, Rule
from harness.operators.functions import error_function

KEYS = of_family("activation")


def value_at(key, x, convention=None, **parameters):
    x = np.asarray(x, np.float32)
    case = Case(key, {"x": InputSpec(x.shape, "float32")}, parameters)
    return values(operator.get(key).meaning(case, {"x": x}), convention)[0]


SECOND = {
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu:aligned": lambda x, slope: np.where(x > 0, x, slope * x),
    "elu": lambda x, alpha: np.where(x > 0, x, alpha * special.expm1(np.minimum(x, 0))),
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * special.expm1(np.minimum(x, 0))),
    "celu": lambda x, alpha: np.maximum(x, 0) + np.minimum(0, alpha * special.expm1(x / alpha)),
    "gelu:aligned": lambda x, approximate: (
        0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))) if approximate else x * special.ndtr(x)
    ),
    "silu": lambda x: x * special.expit(x),
    "mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "softplus": lambda x: np.logaddexp(0, x),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "hard_sigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "hard_silu": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "log_sigmoid": special.log_expit,
    "tanh_shrink": lambda x: x - np.tanh(x),
    "soft_shrink": lambda x, threshold: np.sign(x) * np.maximum(np.abs(x) - threshold, 0),
    "hard_shrink": lambda x, threshold: x * (np.abs(x) > threshold),
    "threshold": lambda x, threshold, value: np.where(x > threshold, x, value),
    "squareplus": lambda x, bend: (x + np.hypot(x, np.sqrt(bend))) / 2,
    "sparse_plus": lambda x: np.where(x >= 1, x, np.where(x <= -1, 0, (x + 1) ** 2 / 4)),
    "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
}


@pytest.mark.parametrize("key", sorted(SECOND))
def test_values_agree_with_a_second_implementation(key):
    checked = 0
    for case, arrays, meaning in cases(key, count=40):
        expected = SECOND[key](arrays["x"].astype(np.float64), **case.parameters)
        np.testing.assert_allclose(values(meaning)[0].astype(np.float64), expected, rtol=1e-12, atol=1e-15)
        checked += 1
    assert checked


def test_error_function_against_mpmath_in_extended_precision():
    mpmath.mp.dps = 40
    points = [0.0, 1e-300, 1e-9, 0.3, 1.0, 2.5, 4.0, 6.4, 6.6, 9.0, np.inf]
    found = error_function(np.array(points + [-p for p in points], np.longdouble))
    for x, y in zip(points + [-p for p in points], found, strict=True):
        exact = mpmath.erf(mpmath.mpf(x))
        assert abs(mpmath.mpf(str(y)) - exact) <= 2e-18 * max(abs(exact), mpmath.mpf("1e-300"))
    assert np.isnan(error_function(np.array([np.nan]))).all()


# C17 and IEEE 754 give the limits of the functions that the formulas are made of.
SPECIAL = {
    "relu": [(np.nan, np.nan), (np.inf, np.inf), (-np.inf, 0.0)],
    "relu6": [(np.nan, np.nan), (np.inf, 6.0), (-np.inf, 0.0)],
    "selu": [(np.nan, np.nan), (np.inf, np.inf), (-np.inf, -1.7580993408473766)],
    "softplus": [(np.nan, np.nan), (np.inf, np.inf), (-np.inf, 0.0), (1000.0, 1000.0), (-1000.0, 0.0)],
    "log_sigmoid": [(np.nan, np.nan), (np.inf, 0.0), (-np.inf, -np.inf), (-1000.0, -1000.0)],
    "hard_tanh": [(np.nan, np.nan), (np.inf, 1.0), (-np.inf, -1.0)],
    "silu": [(np.nan, np.nan), (np.inf, np.inf), (-1000.0, 0.0)],
    "gelu:nominal": [(np.nan, np.nan), (np.inf, np.inf), (1e30, 1e30), (-1e3, 0.0)],
    "hard_sigmoid": [(np.nan, np.nan), (np.inf, 1.0), (-np.inf, 0.0)],
}


@pytest.mark.parametrize("key", sorted(SPECIAL))
def test_special_values(key):
    points = SPECIAL[key]
    found = value_at(key, [x for x, _ in points])
    np.testing.assert_allclose(found, np.float64([float(np.float32(y)) for _, y in points]), rtol=1e-7, atol=0)


def test_conventions_differ_where_they_should():
    assert value_at("leaky_relu:nominal", [-1.0], "slope 0.3")[0] == pytest.approx(-0.3)
    assert value_at("hard_sigmoid", [1.0], "clip(0.2 x + 0.5)")[0] == pytest.approx(0.7)
    assert value_at("hard_sigmoid", [1.0], "relu6(x + 3) / 6")[0] == pytest.approx(4 / 6)
    assert abs(value_at("gelu:nominal", [2.0], "erf") - value_at("gelu:nominal", [2.0], "tanh"))[0] > 5e-5


def test_gradients_agree_with_finite_differences():
    assert_gradients(KEYS)


@pytest.mark.parametrize(("key", "zero"), [("hard_shrink", 0), ("soft_shrink", 0), ("threshold", 7)])
def test_nan_is_kept_or_what_is_documented_otherwise(key, zero):
    parameters = {"threshold": 0.5, **({"value": 7.0} if key == "threshold" else {})}
    x = [np.nan, 2.0, 0.25]
    kept, otherwise = (value_at(key, x, convention, **parameters) for convention in ("NaN", "otherwise"))
    assert np.isnan(kept[0])
    assert otherwise[0] == zero
    assert kept[1:].tolist() == otherwise[1:].tolist() == [1.5 if key == "soft_shrink" else 2.0, zero]


def test_a_slope_is_that_of_either_piece_where_a_rounded_sum_may_reach_the_break():
    op = operator.get("hard_sigmoid")
    x = np.array([3.0 - 2.0**-22, 2.9], np.float32)
    inputs = {name: InputSpec(x.shape, "float32") for name in ("x", "cotangent")}
    case = Case("hard_sigmoid", inputs, {}, "gradient")
    outputs = op.meaning(case, {"x": x, "cotangent": np.ones(2, np.float32)}).variants["flat"]
    error = outputs[0].bound("float32", Accuracy())
    assert outputs[0].values[0].tolist() == pytest.approx([1 / 6, 1 / 6])
    assert error[0] >= 1 / 6
    assert error[1] < 1e-6


def prelu_of(quantity="value", **arrays):
    given = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
    case = Case("prelu", {name: InputSpec(array.shape, "float32") for name, array in given.items()}, {}, quantity)
    return operator.get("prelu").meaning(case, given)


def test_prelu_has_a_slope_for_every_channel():
    x, w = [[[-2.0, 3.0], [-2.0, 0.0]]], [0.5, 10.0]
    for outputs in prelu_of(x=x, w=w).variants.values():
        assert outputs[0].values[0].tolist() == [[[-1, 3], [-20, 0]]]
    meaning = prelu_of("gradient", x=x, w=w, cotangent=np.ones((1, 2, 2)))
    at_zero = {name: outputs[0].values[0][0, 1, 1] for name, outputs in meaning.variants.items()}
    assert at_zero == {"left": 10, "right": 1, "middle": 5.5, "neither": 0}
    assert all(outputs[1].values[0].tolist() == [-2, -2] for outputs in meaning.variants.values())


def test_prelu_refuses_another_number_of_slopes():
    assert prelu_of(x=np.ones((2, 3)), w=np.ones(2)).rule is Rule.REFUSE
    assert prelu_of(x=np.ones((2, 3)), w=np.ones(1)).rule is Rule.COMPUTE


def test_the_slope_of_softplus_may_be_taken_from_its_result():
    x = np.array([-80, -20, -16.2, -5, -0.3, 0, 1, 5.3, 8.2625, 11.26, 16.1, 17, 88, 1e10, 3e38], np.float32)
    one = np.ones_like(x)
    inputs = {"x": InputSpec(x.shape, "float32"), "cotangent": InputSpec(x.shape, "float32")}
    meaning = operator.get("softplus").meaning(Case("softplus", inputs, {}, "gradient"), {"x": x, "cotangent": one})
    expected = meaning.variants["exact"][0]
    bound = expected.bound("float32", Accuracy())
    y = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    assert y.dtype == np.float32
    assert (np.abs(np.exp(x - y) - expected.values[0]) <= bound).all()
    assert (bound <= 25 * 2.0**-24 * expected.values[0] * np.where(x < -30, 150, 1)).all()
