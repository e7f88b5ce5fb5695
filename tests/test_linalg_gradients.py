"""Gradients of functions of matrices against differences of NumPy's and SciPy's functions, and what a wrong gradient is."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
from moved import cases_of, gradients, meaning
from planted import tables
from running import judge_planted

from harness.case import COTANGENT, GRADIENT, Kind
from harness.meaning import Accuracy, Rule

BUGS = tables()
RNG = np.random.default_rng(1)
STEP = 1e-6


def symmetrised(x):
    return x + np.swapaxes(x, -1, -2)


def shifted(x, shift):
    return symmetrised(x) + shift * np.eye(x.shape[-1])


def triangular(x, y, lower, transpose, unit_diagonal):
    return scipy.linalg.solve_triangular(x, y, trans=int(transpose), lower=lower, unit_diagonal=unit_diagonal)


def least_squares(x, y):
    return np.linalg.lstsq(x, y, rcond=None)[0]


TALL, SQUARE, WIDE, RIGHT = (5, 3), (4, 4), (3, 5), (4, 2)
TRIANGLES = [
    {"lower": lower, "transpose": transpose, "unit_diagonal": unit}
    for lower in (True, False) for transpose in (True, False) for unit in (True, False)
]  # fmt: skip
SLOPES = [
    ("cholesky", lambda x, symmetric, shift: np.linalg.cholesky(shifted(x, shift)), [SQUARE], {"symmetric": True, "shift": 64.0}),
    ("svdvals", lambda x: np.linalg.svd(x, compute_uv=False), [TALL], {}),
    ("svdvals", lambda x: np.linalg.svd(x, compute_uv=False), [WIDE], {}),
    ("eigvalsh", lambda x, symmetric: np.linalg.eigvalsh(symmetrised(x)), [SQUARE], {"symmetric": True}),
    ("solve", lambda x, y: np.linalg.solve(x, y), [SQUARE, RIGHT], {}),
    ("inverse", lambda x: np.linalg.inv(x), [SQUARE], {}),
    ("det", lambda x: np.linalg.det(x), [SQUARE], {}),
    ("slogdet", lambda x: np.linalg.slogdet(x)[1], [SQUARE], {}),
    ("pinv", lambda x: np.linalg.pinv(x), [TALL], {}),
    ("pinv", lambda x: np.linalg.pinv(x), [WIDE], {}),
    ("lstsq", least_squares, [TALL, (5, 2)], {}),
    ("lstsq", least_squares, [WIDE, (3, 2)], {}),
    ("matrix_exp", lambda x, scale: scipy.linalg.expm(scale * x), [SQUARE], {"scale": 0.5}),
    ("matrix_power", lambda x, n: np.linalg.matrix_power(x, n), [SQUARE], {"n": 3}),
    ("multi_dot", lambda x, y, z: x @ y @ z, [(2, 3), (3, 4), (4, 2)], {}),
    *(("triangular_solve", triangular, [SQUARE, RIGHT], each) for each in TRIANGLES),
]  # fmt: skip


@pytest.mark.parametrize(("key", "function", "shapes", "parameters"), SLOPES)
def test_gradients_are_slopes_of_numpys_functions(key, function, shapes, parameters):
    """The slope of <G, f> along a direction is the direction times the gradient."""
    inputs = {
        name: RNG.normal(size=shape) + 2 * np.eye(*shape[-2:]) for name, shape in zip("xyz", shapes, strict=False)
    }
    cotangent = RNG.normal(size=np.shape(function(**inputs, **parameters)))
    found = gradients(key, inputs, cotangent, **parameters)
    for name, gradient in zip(inputs, found, strict=True):
        direction = RNG.normal(size=inputs[name].shape)
        ends = [function(**{**inputs, name: inputs[name] + s * STEP * direction}, **parameters) for s in (1, -1)]
        slope = ((ends[0] - ends[1]) * cotangent).sum() / (2 * STEP)
        assert np.isclose(float((gradient * direction).sum()), slope, rtol=1e-6, atol=1e-7), name


@pytest.mark.parametrize(
    ("key", "parameters", "factor"),
    [("qr", {"mode": "reduced"}, 1), ("svd", {"full_matrices": False}, 1), ("eigh", {"symmetric": True}, 2)],
)
def test_a_product_of_factors_is_the_matrix_itself(key, parameters, factor):
    x, cotangent = RNG.normal(size=(4, 4)), symmetrised(RNG.normal(size=(4, 4)))
    (gradient,) = gradients(key, {"x": x}, cotangent, **parameters)
    assert np.array_equal(gradient.astype(float), factor * cotangent)


@pytest.mark.parametrize("key", ["inverse", "det", "slogdet", "solve"])
def test_nothing_is_said_of_gradients_of_singular_matrices(key):
    x = np.ones((2, 2), np.float32)
    inputs = {"x": x, "y": x} if key == "solve" else {"x": x}
    cotangent = np.ones({"det": (), "slogdet": ()}.get(key, (2, 2)), np.float32)
    assert meaning(key, {**inputs, COTANGENT: cotangent}, GRADIENT).rule is Rule.EITHER


def test_nothing_is_said_of_gradients_of_equal_eigenvalues():
    x, cotangent = np.eye(3, dtype=np.float32), np.ones(3, np.float32)
    assert meaning("svdvals", {"x": x, COTANGENT: cotangent}, GRADIENT).rule is Rule.EITHER
    assert meaning("eigvalsh", {"x": x, COTANGENT: cotangent}, GRADIENT, symmetric=True).rule is Rule.EITHER


PRODUCTS = [
    ("qr", lambda x, mode: x, [TALL], {"mode": "reduced"}),
    ("qr", lambda x, mode: x, [WIDE], {"mode": "reduced"}),
    ("svd", lambda x, full_matrices: x, [TALL], {"full_matrices": False}),
    ("eigh", lambda x, symmetric: x, [SQUARE], {"symmetric": True}),
    ("lu", lambda x: x, [SQUARE], {}),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("key", "function", "shapes", "parameters"), [*SLOPES, *PRODUCTS])
def test_one_thousandth_of_the_largest_element_is_beyond_the_bound(key, function, shapes, parameters, dtype):
    random = np.random.default_rng(5)
    inputs = {
        name: (random.normal(size=shape) + 2 * np.eye(*shape[-2:])).astype(dtype)
        for name, shape in zip("xyz", shapes, strict=False)
    }
    cotangent = random.normal(size=np.shape(function(**inputs, **parameters))).astype(dtype)
    for expected in meaning(key, {**inputs, COTANGENT: cotangent}, GRADIENT, **parameters).variants[""]:
        size = np.abs(expected.values[0])
        limit = expected.bound(dtype, Accuracy())
        assert limit.flat[size.argmax()] < 1e-3 * size.max()


@pytest.mark.parametrize(
    "key", ["inverse", "solve", "det", "slogdet", "cholesky", "svdvals", "eigvalsh", "pinv", "lstsq", "qr", "eigvals"]
)
def test_one_thousandth_is_found_in_drawn_gradients(key):
    """In float32, in the largest element, of nine tenths of those of well-conditioned matrices."""
    most = 10 if key in ("pinv", "lstsq") else 100  # of these it is the square that counts
    found = missed = 0
    for case, arrays, right in cases_of(key, 100):
        x = arrays["x"].astype(np.float64)
        if case.quantity != GRADIENT or case.dtype != "float32" or not right.variants or not x.size:
            continue
        if np.linalg.cond(x).max() > most:
            continue
        expected = right.variants[""][0]
        size = np.abs(expected.values[0])
        beyond = expected.bound("float32", Accuracy()).flat[size.argmax()] < 1e-3 * size.max()
        found, missed = found + beyond, missed + (not beyond)
    assert found >= 10
    assert missed <= found / 9


def test_an_error_of_the_system_acts_on_either_side_of_a_gradient():
    """The inverse of [[1, 0], [0, 1/1024]] has an error of 1024^2 roundoffs, its gradient for the corner one of 1024^3."""
    a = np.diag([1.0, 2.0**-10]).astype(np.float32)
    (expected,) = meaning("inverse", {"x": a, COTANGENT: np.ones((2, 2), np.float32)}, GRADIENT).variants[""]
    bound = expected.bound("float32", Accuracy()) / 2.0**-24
    assert expected.values[0].tolist() == [[-1, -(2.0**10)], [-(2.0**10), -(2.0**20)]]
    assert 2**20 <= bound[1, 1] <= 2**27
    assert bound[0, 0] <= 2**7


@pytest.mark.parametrize("key", BUGS["linalg: gradient off by a thousandth"][0])
def test_one_thousandth_is_found_of_every_operator(key):
    found = judge_planted("linalg: gradient off by a thousandth", cases=150, operators=(key,))
    assert {one.kind for one in found} == {Kind.VALUE}


def test_an_ill_conditioned_matrix_leaves_the_bounds_of_the_others():
    """What its normal equations lose has no bound; that of the other matrix of the stack is as small as ever."""
    left, right = (np.linalg.qr(np.random.default_rng(seed).normal(size=(8, 8)))[0] for seed in (1, 2))
    easy, hard = np.diag(np.arange(1.0, 9)), left @ np.diag([*np.arange(1.0, 8), 7 / 900]) @ right
    x = np.stack([easy, hard]).astype(np.float32)
    ones = np.ones((2, 8, 1), np.float32)
    for expected in meaning("lstsq", {"x": x, "y": ones, COTANGENT: ones}, GRADIENT).variants[""]:
        bound = expected.bound("float32", Accuracy())
        assert not np.isnan(bound).any()
        assert (bound[0] < 1e-3).all()
