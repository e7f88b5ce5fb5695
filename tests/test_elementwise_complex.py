"""Inverse functions and powers of complex numbers: against mpmath, and at zeros, infinities and NaN against cmath."""

from __future__ import annotations

import cmath
import itertools
import math

import mpmath
import numpy as np
import pytest
from moved import cases_of
from planted.complex_bugs import BUGS_COMPLEX
from running import judge_planted

from harness import operator
from harness.case import COTANGENT, GRADIENT, Case, InputSpec, Kind, Returned, Target
from harness.compare import judge
from harness.meaning import Accuracy
from harness.normalise import normalise
from harness.operators.elementwise.annex import ANNEX_G, BY_PARTS
from harness.operators.elementwise.holomorphic import CONJUGATE, DERIVATIVES, HOLOMORPHIC
from harness.records import Status

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


def vectors_times_jacobians(key, cotangent, **arrays):
    """The meaning of the gradient of an operator."""
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    inputs = {
        name: InputSpec(array.shape, array.dtype.name) for name, array in [*arrays.items(), (COTANGENT, cotangent)]
    }
    case = Case(key, inputs, {}, GRADIENT)
    return operator.get(key).meaning(case, {**arrays, COTANGENT: cotangent})


@pytest.mark.parametrize("key", DERIVATIVES)
def test_derivatives_are_slopes_in_every_quadrant(key):
    """mpmath's, in 60 digits, by a difference along an oblique direction."""
    function = getattr(mpmath, {"square": "mpf"}.get(key[8:], key[8:]), None)
    function = {"complex_square": lambda z: z * z, "complex_reciprocal": lambda z: 1 / z}.get(key, function)
    random = np.random.default_rng(2)
    names = operator.get(key).inputs
    arrays = {name: random.normal(size=40) * 2 + 2j * random.normal(size=40) for name in names}
    cotangent = random.normal(size=40) + 1j * random.normal(size=40)
    found = vectors_times_jacobians(key, cotangent, **arrays).variants
    for place, name in enumerate(names):
        slopes = []
        with mpmath.workdps(60):
            for index in range(40):
                numbers = [mpmath.mpc(arrays[n][index]) for n in names]
                step = mpmath.mpc("1e-25", "2e-25")
                ends = [
                    [z + sign * step if n == name else z for n, z in zip(names, numbers, strict=True)]
                    for sign in (1, -1)
                ]
                slopes.append(complex((function(*ends[0]) - function(*ends[1])) / (2 * step)))
        for convention, slope in ((HOLOMORPHIC, np.array(slopes)), (CONJUGATE, np.conj(slopes))):
            output = found[convention][place]
            assert np.allclose(output.values[0].astype(complex), cotangent * slope, rtol=1e-12, atol=0)
            assert (output.bound("complex128", Accuracy()) < 1e-9 * np.abs(cotangent * slope)).all()


def test_a_gradient_of_broadcast_operands_is_a_sum():
    x, y = np.array([[1 + 1j], [2 - 1j]]), np.array([0.5 + 1j, -1 + 2j, 2 + 0.5j])
    cotangent = np.array([[1, 2j, -1], [1j, 1, 1 - 1j]])
    outputs = vectors_times_jacobians("complex_power", cotangent, x=x, y=y).variants[HOLOMORPHIC]
    right = (cotangent * y * x ** (y - 1)).sum(axis=1, keepdims=True), (cotangent * x**y * np.log(x)).sum(axis=0)
    for output, value in zip(outputs, right, strict=True):
        assert np.allclose(output.values[0].astype(complex), value, rtol=1e-13)


def test_nothing_is_said_where_a_derivative_is_large_or_small():
    z = np.array([0, 1, -1, 1e12, 0.5])
    output = vectors_times_jacobians("complex_asin", np.ones(5, complex), x=z.astype(complex)).variants[CONJUGATE][0]
    assert output.free.tolist() == [True, True, True, True, False]


@pytest.mark.parametrize(
    ("framework", "convention"), [("torch", CONJUGATE), ("tensorflow", CONJUGATE), ("jax", HOLOMORPHIC), ("keras", "")]
)
def test_every_framework_has_the_convention_that_it_documents(framework, convention):
    z = InputSpec((2,), "complex64")
    gradient = Case("complex_exp", {"x": z, COTANGENT: z}, {}, GRADIENT)
    (call,) = (call for call in operator.get("complex_exp").calls if call.framework == framework)
    assert call.convention(gradient) == convention
    assert call.convention(Case("complex_exp", {"x": z}, {})) == ""
    assert bool(call.source) == bool(convention)


def test_cotangents_of_complex128_do_not_fit_what_keras_makes_complex64():
    op = operator.get("complex_sin")
    target = Target("keras-tensorflow", "cpu", "eager")
    message = "cannot compute Mul as input #1(zero-based) was expected to be a complex128 tensor but is a complex64 tensor [Op:Mul]"
    for dtype, explained in (("complex128", True), ("complex64", False)):
        z = InputSpec((2,), dtype)
        case = Case("complex_sin", {"x": z, COTANGENT: z}, {}, GRADIENT)
        assert (op.known_difference(case, target, Kind.RAISED, normalise(message)) is not None) == explained


def test_every_operator_is_asked_for_its_gradient():
    for key in DERIVATIVES:
        assert any(case.quantity == GRADIENT for case, _, _ in cases_of(key, 50))


@pytest.mark.parametrize("bug", BUGS_COMPLEX)
def test_wrong_gradients_are_found(bug):
    for key in BUGS_COMPLEX[bug][0]:
        found = judge_planted(bug, cases=100, operators=(key,))
        assert {one.kind for one in found} == {Kind.VALUE}


def test_the_other_convention_is_wrong_where_one_is_documented():
    z = np.array([0.5 + 0.25j, -1 + 2j])
    inputs = {name: InputSpec((2,), "complex128") for name in ("x", COTANGENT)}
    case, op = Case("complex_sin", inputs, {}, GRADIENT), operator.get("complex_sin")
    found = op.meaning(case, {"x": z, COTANGENT: z})
    outcome = Returned((z * np.cos(z),))
    verdict = {
        documented: judge(op, case, Target("torch", "cpu", "eager"), found, outcome, Accuracy(), documented).status
        for documented in ("", HOLOMORPHIC, CONJUGATE)
    }
    assert verdict[CONJUGATE] is Status.DISAGREED
    assert Status.DISAGREED not in (verdict[""], verdict[HOLOMORPHIC])
