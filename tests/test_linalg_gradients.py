"""Gradients of functions of matrices against differences of NumPy's and SciPy's functions, and what a wrong gradient is."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
from moved import gradients, meaning

from harness.case import COTANGENT, GRADIENT
from harness.meaning import Accuracy, Rule

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


@pytest.mark.parametrize(("key", "function", "shapes", "parameters"), SLOPES)
def test_one_thousandth_is_beyond_the_bound_in_double_precision(key, function, shapes, parameters):
    inputs = {
        name: RNG.normal(size=shape) + 2 * np.eye(*shape[-2:]) for name, shape in zip("xyz", shapes, strict=False)
    }
    cotangent = RNG.normal(size=np.shape(function(**inputs, **parameters)))
    for expected in meaning(key, {**inputs, COTANGENT: cotangent}, GRADIENT, **parameters).variants[""]:
        size = np.abs(expected.values[0])
        limit = expected.bound("float64", Accuracy())
        assert limit.flat[size.argmax()] < 1e-3 * size.max()
