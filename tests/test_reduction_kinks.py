"""Gradients of reductions and scans: differences, and the conventions at ties, zeros and NaN; positions of subnormal numbers."""

import numpy as np
import pytest
from reduced import OPERATORS, case_of, judged, values

from harness.case import COTANGENT, GRADIENT, Case, InputSpec, Kind, Target

DIFFERENTIABLE = [
    ("sum", {}), ("mean", {}), ("prod", {}), ("logsumexp", {}), ("nansum", {}),
    ("var", {"ddof": 1}), ("std", {"ddof": 0}), ("norm", {"order": "2"}), ("norm", {"order": "1"}), ("norm", {"order": "inf"}),
    ("max", {}), ("min", {}), ("cumsum", {}), ("cumprod", {}), ("cummax", {}), ("cummin", {}), ("logcumsumexp", {}),
    ("nancumsum", {}), ("nancumprod", {}), ("nanmean", {}), ("nanprod", {}), ("nanmax", {}), ("nanmin", {}), ("ptp", {}), ("median", {}),
    *[("quantile", {"q": q, "interpolation": method}) for q in (0.3, 1.0) for method in ("linear", "lower", "midpoint", "nearest")],
    *[(key, {"reverse": True}) for key in ("cumsum", "cumprod", "cummax", "cummin", "logcumsumexp")],
    *[(key, {"exclusive": True, "reverse": reverse}) for key in ("cumsum", "cumprod") for reverse in (False, True)],
]  # fmt: skip


@pytest.mark.parametrize(("key", "parameters"), DIFFERENTIABLE)
def test_gradient_agrees_with_a_central_difference(key, parameters):
    """The difference of float64 values at step 1e-6 is off by 1e-9 or so; no element of x is at a kink."""
    x = np.random.default_rng(11).uniform(0.5, 2, size=(3, 4)) * np.array([1, -1, 1, 1])
    scan = "cum" in key
    weights = np.random.default_rng(5).normal(size=(3, 4) if scan else (3,))
    got = next(iter(values(key, x, quantity=GRADIENT, cotangent=weights, axis=1, **parameters).values()))

    def total(array):
        return float((next(iter(values(key, array, axis=1, **parameters).values())) * weights).sum())

    expected = np.empty_like(x)
    for where in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[where] = 1e-6
        expected[where] = (total(x + step) - total(x - step)) / 2e-6
    np.testing.assert_allclose(got.astype(float), expected, rtol=1e-6, atol=1e-7)


def test_gradient_of_products_with_zeros():
    one_zero = values("prod", np.array([2.0, 0.0, 3.0]), quantity=GRADIENT, cotangent=1.0)[""]
    np.testing.assert_array_equal(one_zero, [0, 6, 0])
    scanned = values("cumprod", np.array([2.0, 0.0, 3.0]), quantity=GRADIENT, cotangent=[1.0, 1.0, 1.0], axis=0)[""]
    np.testing.assert_array_equal(scanned, [1, 2 + 6, 0])


def test_cotangents_of_ties_of_a_running_maximum():
    readings = values("cummax", np.array([2.0, 2.0, 1.0, 3.0]), GRADIENT, np.array([1.0, 10.0, 100.0, 5.0]), axis=0)
    assert readings["the first of ties"].tolist() == [111, 0, 0, 5]
    assert readings["the last of ties"].tolist() == [1, 110, 0, 5]
    case = case_of("cummax", (4,), "float64", quantity=GRADIENT, axis=0)
    arrays = {"x": np.array([2.0, 2.0, 1.0, 3.0]), COTANGENT: np.ones(4)}
    (shared,) = OPERATORS["cummax"].meaning(case, arrays).variants["ties share somehow"]
    assert shared.free.tolist() == [True, True, False, False]


def test_cotangents_of_a_quantile_by_hand():
    readings = values("quantile", np.array([3.0, 1.0, 2.0, 7.0]), GRADIENT, 8.0, q=0.25, interpolation="linear")
    assert readings[""].tolist() == [0, 2, 6, 0]
    median = values("median", np.array([3.0, 1.0, 2.0, 7.0]), GRADIENT, 8.0)
    assert {name: value.tolist() for name, value in median.items()} == {"lower": [0, 0, 8, 0], "midpoint": [4, 0, 4, 0]}
    x = np.array([2.0, 1.0, 2.0])
    assert values("median", x, GRADIENT, 8.0)["ties share evenly"].tolist() == [4, 0, 4]
    assert not judged("median", x, np.array([0.0, 0, 8]), quantity=GRADIENT, cotangent=8.0).disagreement
    assert judged("median", x, np.array([0.0, 4, 4]), quantity=GRADIENT, cotangent=8.0).disagreement


def test_gradient_at_nan_of_what_leaves_it_out_is_zero():
    x, cotangent = np.array([2.0, np.nan, 3.0]), np.array([1.0, 10.0, 100.0])
    assert values("nancumsum", x, GRADIENT, cotangent, axis=0)[""].tolist() == [111, 0, 100]
    assert values("nancumprod", x, GRADIENT, cotangent, axis=0)[""].tolist() == [1 + 10 + 300, 0, 200]


def test_gradient_of_the_norm_of_zero_is_a_convention():
    readings = values("norm", np.zeros(2), quantity=GRADIENT, cotangent=1.0, order="2")
    assert {name: np.isnan(value).all() for name, value in readings.items()} == {
        "0 at zero": False,
        "NaN at zero": True,
    }


@pytest.mark.parametrize(
    ("regime", "target", "known"),
    [
        ("special", "jax", True),
        ("special", "keras-jax", True),
        ("special", "keras-torch", False),
        ("rounding", "jax", False),
    ],
)
def test_the_position_of_a_subnormal_number_beside_zero_is_known_of_jax(regime, target, known):
    """The special numbers have the row (1.4e-45, -0.0, 0.25)."""
    case = Case(
        "nanargmin",
        {"x": InputSpec((19, 65, 3), "float32", regime, 1584037317, limit=8)},
        {"axis": 2, "keepdims": False},
    )
    cause = "y: x[y] is the extreme of the numbers"
    assert bool(OPERATORS["nanargmin"].known_difference(case, Target(target), Kind.VALUE, cause)) is known
