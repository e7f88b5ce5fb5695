"""Gradients of float64 that Keras computes in float32: only of the functions that do, and no digit lost that rounding does not lose."""

from __future__ import annotations

import numpy as np
import pytest

from harness import operator
from harness.case import COTANGENT, GRADIENT, Case, InputSpec, Kind, Returned, Target
from harness.compare import judge
from harness.meaning import Accuracy
from harness.operators.elementwise.narrowing import ON_JAX, ON_TORCH
from harness.records import Status
from harness.values import arrays_of


def gradient_case(key, points=()):
    """A float64 gradient; ``points``: its operands repeat them, the second one backwards."""
    op = operator.get(key)
    regime = "full" if points else "rounding"
    inputs = {
        name: InputSpec((6,), "float64", regime, seed, points=points[:: 1 - 2 * seed])
        for seed, name in enumerate(op.inputs)
    }
    return Case(key, {**inputs, COTANGENT: InputSpec((6,), "float64", seed=9)}, {}, GRADIENT)


def judged(case, target, factor, of=lambda array: array):
    """What is known of the right products of operands that ``of`` rounds, times a factor."""
    op, arrays = operator.get(case.operator), arrays_of(case)
    meaning = op.meaning(case, arrays)
    outputs = next(iter(op.meaning(case, {name: of(array) for name, array in arrays.items()}).variants.values()))
    found = tuple(output.values[0].astype(np.float64) * factor for output in outputs)
    judgement = judge(op, case, Target.parse(target), meaning, Returned(found), Accuracy())
    return judgement, (judgement.known.name if judgement.known else "")


def in_float32(array):
    return array.astype(np.float32).astype(np.float64)


@pytest.mark.parametrize(
    ("target", "key"), [("keras-torch", "atan2"), ("keras-jax-x64", "tanh"), ("keras-torch", "hypot")]
)
def test_an_error_of_float32_is_known_of_the_functions_that_narrow(target, key):
    judgement, name = judged(gradient_case(key), target, 1 + 2.0**-23)
    assert judgement.status is Status.KNOWN
    assert name == "Keras: float64 gradient in float32"
    assert judged(gradient_case(key), target.split("-")[1], 1 + 2.0**-23)[1] == ""


@pytest.mark.parametrize(
    ("target", "key"), [("keras-torch", "tanh"), ("keras-torch", "divide"), ("keras-jax-x64", "hypot"), ("keras-jax-x64", "sqrt")]
)  # fmt: skip
def test_it_is_a_finding_of_the_others(target, key):
    judgement, name = judged(gradient_case(key), target, 1 + 2.0**-23)
    assert judgement.status is Status.DISAGREED
    assert name == ""


def test_a_gradient_without_a_right_digit_is_a_finding():
    judgement, name = judged(gradient_case("atan2"), "keras-torch", 1.1)
    assert (judgement.status, name) == (Status.DISAGREED, "")
    assert judgement.disagreement.kind is Kind.VALUE


@pytest.mark.parametrize(
    ("target", "key", "points"),
    [
        ("keras-torch", "maximum", (1.0, 1.0 + 2.0**-30)),  # equal in float32
        ("keras-jax-x64", "sin", (1e9 + 0.25, 1e9 + 11.5)),  # another place in the period
    ],
)
def test_it_is_known_where_the_rounding_of_operands_loses_it(target, key, points):
    case = gradient_case(key, points)
    judgement, name = judged(case, target, 1, in_float32)
    assert judgement.status is Status.KNOWN
    assert name == "Keras: float64 gradient of operands in float32"


def test_each_function_differentiates_and_is_asked_of_keras():
    for key in {*ON_TORCH, *ON_JAX}:
        op = operator.get(key)
        assert op.differentiable
        assert any(call.framework == "keras" for call in op.calls), key
        assert {"Keras: float64 gradient in float32"} <= {row.name for row in op.known}, key


def test_the_gradient_of_a_power_has_the_error_of_a_rounded_exponent():
    """y x**(y - 1) with y - 1 rounded by d is off by d log x of itself: 230 units of 2**-52 for x = 1e-100."""
    y = next(y for y in (-1.4, np.nextafter(-1.4, 0)) if np.longdouble(y) - 1 != y - 1)
    arrays = {"x": np.array([1e-100]), "y": np.array([y]), COTANGENT: np.array([1e-90])}
    case = Case("power", {name: InputSpec((1,), "float64") for name in arrays}, {}, GRADIENT)
    expected = operator.get("power").meaning(case, arrays).variants[""][0]
    of_exponent = [np.longdouble(1e-90) * y * np.longdouble(1e-100) ** d for d in (np.longdouble(y) - 1, y - 1)]
    exact, rounded = (abs(value[()]) for value in of_exponent)
    bound = expected.bound("float64", Accuracy())[0]
    assert 48 * 2.0**-53 * exact < abs(rounded - exact) < bound < 1000 * 2.0**-53 * exact


def test_poles_and_cancellation_of_float32_are_known_and_no_others():
    """1 - 2**-30 is 1 in float32, where asin's slope has its pole; sinc's slope near 0 is less than a rounding of float32 over x."""
    pole, plain = gradient_case("asin", (1 - 2.0**-30, 0.5)), gradient_case("asin", (0.25, 0.5))
    known, name = judged(pole, "keras-jax-x64", 1, in_float32)
    assert (known.status, name) == (Status.KNOWN, "Keras: float64 gradient at a pole of float32")
    assert judged(plain, "keras-jax-x64", np.inf)[0].status is Status.DISAGREED
    small, large = (gradient_case("sinc", (x, 0.5)) for x in (1e-12, 0.25))
    assert judged(small, "keras-jax-x64", 1e12)[1] == "Keras: float64 gradient of operands in float32"
    assert judged(large, "keras-jax-x64", 1e12)[0].status is Status.DISAGREED
