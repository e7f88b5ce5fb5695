"""Elementwise operators: references against second implementations and standards, meanings, structures, planted bugs."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from elementwise_specials import SPECIALS
from scipy import special as scipy

from harness import operator
from harness.case import Case, InputSpec, Kind, Returned, Target
from harness.draw import draw_block
from harness.meaning import Accuracy, Rule
from harness.mismatch import INACCURATE, compare
from harness.operators import elementwise
from harness.operators.elementwise import pairs, references
from harness.values import arrays_of

assert elementwise.__path__  # importing the package registers its operators
ELEMENTWISE = sorted(key for key, op in operator._REGISTRY.items() if op.family == "elementwise")
NAN, INF = math.nan, math.inf


def meaning_of(key, arrays, dtype="float32", **parameters):
    """The meaning of an operator for given arrays."""
    op = operator.get(key)
    names = op.inputs[: len(arrays)]
    given = {name: np.asarray(array, dtype) for name, array in zip(names, arrays, strict=True)}
    inputs = {name: InputSpec(array.shape, dtype) for name, array in given.items()}
    return op.meaning(Case(key, inputs, parameters), given)


def value_of(key, *arrays, dtype="float32", variant=None, **parameters):
    """The first reading of an operator's value."""
    variants = meaning_of(key, arrays, dtype, **parameters).variants
    return variants[variant if variant is not None else next(iter(variants))][0].values[0]


def test_there_are_fifty_unary_and_thirty_five_binary_operators():
    count = Counter(len(operator.get(key).inputs) for key in ELEMENTWISE)
    assert count[1] >= 50
    assert count[2] >= 35


SCIPY = {
    "erf": (scipy.erf, (-6, 6)),
    "erfc": (scipy.erfc, (-6, 25)),
    "erfinv": (scipy.erfinv, (-1, 1)),
    "ndtri": (scipy.ndtri, (0, 1)),
    "lgamma": (scipy.gammaln, (-9, 60)),
    "digamma": (scipy.digamma, (-9, 60)),
    "i0": (scipy.i0, (-50, 50)),
    "i0e": (scipy.i0e, (-900, 900)),
    "i1": (scipy.i1, (-50, 50)),
    "i1e": (scipy.i1e, (-3000, 3000)),
    "logistic": (scipy.expit, (-100, 100)),
    "logit": (scipy.logit, (0, 1)),
    "sinc": (np.sinc, (-20, 20)),
}


@pytest.mark.parametrize("name", SCIPY)
def test_special_functions_agree_with_scipy(name):
    function, (low, high) = SCIPY[name]
    x = np.random.default_rng(7).uniform(low, high, 300)
    got, expected = getattr(references, name)(x), function(x)
    near_zero = 1e-13 if name in ("lgamma", "digamma", "logit", "sinc", "ndtri") else 0
    np.testing.assert_allclose(got, expected, rtol=2e-12, atol=near_zero)


def test_special_functions_are_accurate_beyond_float64():
    # DLMF / mpmath at 30 digits: lgamma(0.1), digamma(1) = -gamma, erf(0.5), I0(1).
    known = {
        "lgamma": (0.5, math.log(math.pi) / 2),
        "digamma": (1.0, "-0.577215664901532860606512090082"),
        "erf": (0.5, "0.520499877813046537682746653892"),
        "i0": (1.0, "1.26606587775200833559824462521"),
        "erfinv": (0.5, "0.476936276204469873381418353643"),
        "ndtri": (0.975, "1.95996398454005423552459443052"),
    }
    for name, (x, expected) in known.items():
        got = getattr(references, name)(np.array([x], np.longdouble))[0]
        limit = 1e-15 if isinstance(expected, float) or name == "ndtri" else 4e-19
        assert abs(got - np.longdouble(expected)) <= limit * abs(got), name


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_nextafter_agrees_with_numpy(dtype):
    x = np.array([0, -0.0, 1, -1, 65504, INF, -INF, NAN, 6e-8, 1, 1, -6e-8], dtype)
    y = np.array([1, -1, 0, 0, INF, 0, 0, 1, 0, 1, -INF, 0], dtype)
    wide = np.longdouble
    got = references.nextafter(x.astype(wide), y.astype(wide), dtype=dtype)
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(got, np.nextafter(x, y).astype(wide))


def naive_divisions(x, y):
    """Floored and truncated quotient and remainder of two Python integers."""
    floored = x // y
    truncated = abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)
    return floored, truncated, x - floored * y, x - truncated * y


def test_integer_divisions_agree_with_python():
    numbers = [-128, -127, -7, -3, -2, -1, 0, 1, 2, 3, 7, 126, 127]
    x, y = (np.array(a, np.int8) for a in zip(*[(a, b) for a in numbers for b in numbers if b], strict=True))
    free = pairs.division_is_undefined(x, y)
    functions = (pairs.floor_quotient, pairs.truncated_quotient, pairs.integer_remainder, pairs.integer_fmod)
    with np.errstate(over="ignore"):
        got = [function(x, y) for function in functions]
    for i in np.flatnonzero(~free):
        assert tuple(int(g[i]) for g in got) == naive_divisions(int(x[i]), int(y[i]))
    assert [(int(a), int(b)) for a, b in zip(x[free], y[free], strict=True)] == [(-128, -1)]


def test_float_divisions_agree_with_python():
    rng = np.random.default_rng(3)
    x, y = rng.uniform(-9, 9, 200), rng.uniform(-2, 2, 200)
    np.testing.assert_array_equal(pairs.exact_floor(x, y, "float32"), [a // b for a, b in zip(x, y, strict=True)])
    np.testing.assert_array_equal(pairs.remainder(x, y), [a % b for a, b in zip(x, y, strict=True)])
    # The exact quotient 1 / 0.1 (as float64) is below 10, the rounded one is 10.
    one, tenth = np.array([1.0], np.longdouble), np.array([0.1], np.longdouble)
    tenth = np.array([0.1]).astype(np.longdouble)
    assert pairs.exact_floor(one, tenth, "float64") == 9
    assert pairs.floor_of_rounded(one, tenth, "float64") == 10


@pytest.mark.parametrize("name", sorted({name for name, *_ in SPECIALS}))
def test_special_values_are_those_of_the_standard(name):
    for row in (row for row in SPECIALS if row[0] == name):
        _, arguments, expected, source = row
        got = value_of(name, *[[a] for a in arguments])[0]
        assert (got == expected) or (np.isnan(got) and np.isnan(expected)), (row, got)
        if expected == 0:
            assert np.signbit(got) == np.signbit(expected), (row, got)
        assert source


def test_a_finite_difference_agrees_with_every_analytic_derivative():
    rng = np.random.default_rng(11)
    for key in ELEMENTWISE:
        op = operator.get(key)
        if not op.differentiable or key.startswith("complex_"):  # those are in test_elementwise_complex
            continue
        names = op.differentiable
        where = {"acosh": (1.5, 3), "ndtri": (0.1, 0.9), "logit": (0.1, 0.9), "erfinv": (-0.8, 0.8)}.get(
            key, (0.2, 0.8)
        )
        points = {name: rng.uniform(*where, 6) for name in op.inputs}
        # The derivative of clip is 1 between the limits.
        parameters = {"clip": {"low": 0.0, "high": 1.0}, "polygamma": {"n": 2}}.get(key, {})
        cotangent = np.ones(6)
        inputs = {name: InputSpec((6,), "float64") for name in (*op.inputs, "cotangent")}
        case = Case(key, inputs, parameters, "gradient")
        gradients = next(iter(op.meaning(case, {**points, "cotangent": cotangent}).variants.values()))
        for name, expected in zip(names, gradients, strict=True):
            step = 1e-6
            high = value_of(key, *[points[n] + step * (n == name) for n in op.inputs], dtype="float64", **parameters)
            low = value_of(key, *[points[n] - step * (n == name) for n in op.inputs], dtype="float64", **parameters)
            difference = ((high - low) / (2 * step)).astype(float)
            np.testing.assert_allclose(expected.values[0].astype(float), difference, rtol=1e-7, atol=1e-7, err_msg=key)


def test_kinks_are_named_conventions():
    zero = np.zeros(1, np.float32)
    inputs = {name: InputSpec((1,), "float32") for name in ("x", "cotangent")}
    op = operator.get("abs")
    variants = op.meaning(Case("abs", inputs, {}, "gradient"), {"x": zero, "cotangent": zero + 1}).variants
    assert {name: float(outputs[0].values[0][0]) for name, outputs in variants.items()} == {"zero": 0, "one": 1}
    op = operator.get("maximum")
    inputs["y"] = InputSpec((1,), "float32")
    variants = op.meaning(
        Case("maximum", inputs, {}, "gradient"), {"x": zero, "y": zero, "cotangent": zero + 1}
    ).variants
    got = {name: tuple(float(o.values[0][0]) for o in outputs) for name, outputs in variants.items()}
    assert got == {"halves": (0.5, 0.5), "first": (1, 0), "second": (0, 1), "both": (1, 1)}


def test_divisors_of_the_smallest_integer_are_numbers_of_the_type_but_for_its_own():
    x, y = ([-128, -128, -128, 0], [6, 0, -128, -128])
    meaning = meaning_of("gcd", (x, y), "int8")
    assert meaning.variants[""][0].free.tolist() == [False, True, True, True]
    assert meaning.variants[""][0].values[0][0] == 2
    assert meaning_of("gcd", ([-128], [6]), "int8").rule is Rule.COMPUTE
    assert meaning_of("lcm", ([-128, 5], [0, 7]), "int8").variants[""][0].values[0].tolist() == [0, 35]


def test_integers_for_which_nothing_is_promised_may_be_refused_but_the_others_are_compared():
    meaning = meaning_of("integer_floor_divide", ([7, 7], [0, 2]), "int32")
    assert meaning.rule is Rule.EITHER
    expected = meaning.variants[""][0]
    assert expected.free.tolist() == [True, False]
    assert expected.values[0][1] == 3
    assert meaning_of("integer_floor_divide", ([7, 7], [3, 2]), "int32").rule is Rule.COMPUTE


def test_shapes_that_do_not_broadcast_are_refused():
    op = operator.get("add")
    case = Case("add", {"x": InputSpec((2, 3), "float32"), "y": InputSpec((4,), "float32")}, {})
    meaning = op.meaning(case, arrays_of(case))
    assert meaning.rule is Rule.REFUSE
    assert "do not broadcast" in meaning.reason


def test_half_of_the_argument_may_be_flushed_on_the_way_to_the_arcsine():
    asin, atan = (meaning_of(name, ([2e-38],)).variants[""][0] for name in ("asin", "atan"))
    flush = Accuracy(flush=True)
    assert asin.bound("float32", flush)[0] >= 2e-38
    assert asin.bound("float32", Accuracy())[0] < 1e-44
    assert atan.bound("float32", flush)[0] < 1e-44


def test_heaviside_at_nan_is_nan_or_zero_or_the_second_operand():
    variants = meaning_of("heaviside", ([NAN], [3.0])).variants
    assert {name: float(outputs[0].values[0][0]) for name, outputs in variants.items() if name != "nan"} == {
        "zero": 0,
        "second": 3,
    }
    assert np.isnan(variants["nan"][0].values[0][0])


def test_a_target_that_flushes_may_and_another_may_not_take_subnormals_for_zero():
    x = np.array([1e-40], np.float32)
    expected = meaning_of("less", ([0.0], x)).variants[""][0]
    assert expected.values[0][0] == 1
    assert expected.flushed[0][0] == 0
    assert Accuracy(flush=("bool",)).flushes("bool")
    value = meaning_of("multiply", (x, [1.0])).variants[""][0]
    assert value.bound("float32", Accuracy())[0] < 1e-44
    assert value.bound("float32", Accuracy(flush=True))[0] > 1e-38


@pytest.mark.parametrize("key", ["exp", "clip", "add", "shift_left_any", "promote:arrays", "promote:scalar"])
def test_structures_reach_every_class(key):
    op = operator.get(key)
    cases = [drawn.case for block in range(6) for drawn in draw_block(op.structures(), key, 3, block)]
    dtypes = {spec.dtype for case in cases for spec in case.inputs.values()}
    assert {"exp": 4, "clip": 4, "add": 14, "shift_left_any": 8}.get(key, 15) <= len(dtypes)
    for name in cases[0].parameters:
        assert len({case.parameters.get(name) for case in cases}) >= 2
    if key == "add":
        assert {case.parameters.get("hostile") for case in cases} == {None, "shapes", "dtypes"}
        assert {len(case.inputs["x"].shape) for case in cases} >= {0, 1, 2, 3, 4}
        assert any(case.inputs["x"].shape != case.inputs["y"].shape for case in cases)


@pytest.mark.parametrize(("x", "known"), [(1e-40, True), (0.0, False), (1e-30, False)])
def test_the_row_of_cube_roots_wants_a_subnormal_number(x, known):
    case = Case("cbrt", {"x": InputSpec((2,), "float32", "full", points=(x,))}, {})
    row = operator.get("cbrt").known_difference(case, Target.parse("jax:cpu:eager"), Kind.VALUE, "y: wrong values")
    assert (row is not None) is known


@pytest.mark.parametrize(
    ("key", "dtype", "x", "result"),
    [("rsqrt", "float16", 0.07153, 3.736328125), ("erfc", "float64", 26.175510778450487, 5.9313137958686124e-300)],
)
def test_what_is_measured_on_tensorflow_is_right_there_and_wrong_by_the_specification(key, dtype, x, result):
    case = Case(key, {"x": InputSpec((1,), dtype)}, {})
    expected = meaning_of(key, [[x]], dtype).variants[""]
    op, target = operator.get(key), Target.parse("tensorflow:cpu:eager")
    stated = op.accuracy(target, op.select("tensorflow", case, "eager"), case)
    outcome = Returned((np.array([result], dtype),))
    assert compare(outcome, expected, stated)[0] is None
    assert compare(outcome, expected, Accuracy())[0].cause == f"y: {INACCURATE}"


@pytest.mark.parametrize(("units", "right"), [(3, True), (5, False)])
def test_the_float64_cube_root_of_jax_is_that_of_the_c_library(units, right):
    """That of glibc 2.36 departs by 3 units at -48.34511998449263."""
    x = np.array([-48.34511998449263])
    case, target = Case("cbrt", {"x": InputSpec((1,), "float64")}, {}), Target.parse("jax-x64:cpu:eager")
    op = operator.get("cbrt")
    stated = op.accuracy(target, op.select("jax", case, "eager"), case)
    outcome = Returned((np.cbrt(x) + units * np.spacing(np.cbrt(x)),))
    expected = meaning_of("cbrt", [x], "float64").variants[""]
    assert (compare(outcome, expected, stated)[0] is None) is right
    assert compare(outcome, expected, Accuracy())[0] is not None
