"""Fourier transforms against SciPy's, by hand, their refusals, and planted bugs."""

from __future__ import annotations

import re

import numpy as np
import pytest
import scipy.fft
from moved import cases_of, drawn, meaning, refusal, values

from harness import operator
from harness.case import COTANGENT, GRADIENT, VALUE, Kind, Target
from harness.meaning import Accuracy, Rule
from harness.operators.fft.gradients import ADJOINT, TRANSPOSE

TRANSFORMS = "fft ifft rfft irfft hfft ihfft fft2 ifft2 rfft2 irfft2 fftn ifftn rfftn irfftn"
ONE = {"n": None, "axis": -1, "norm": "backward"}
X = np.arange(1.0, 5.0)


@pytest.mark.parametrize("key", TRANSFORMS.split())
def test_transforms_are_those_of_scipy(key):
    compared = 0
    for case, arrays, found in cases_of(key):
        if found.rule is not Rule.COMPUTE or case.quantity != VALUE:
            continue
        parameters = {name: value for name, value in case.parameters.items() if name != "hostile"}
        wanted = getattr(scipy.fft, key)(arrays["x"], **parameters)
        expected = found.variants[""][0]
        assert (wanted.shape, wanted.dtype.name) == (expected.shape, expected.dtype), case
        error = np.abs(wanted - expected.values[0])
        assert (error <= expected.bound(expected.dtype, Accuracy()) / 4).all(), case
        compared += 1
    assert compared > 60


def real_product(one, other):
    """The inner product of arrays of complex numbers as pairs of real ones."""
    return float((np.conj(one) * other).sum().real)


@pytest.mark.parametrize("key", TRANSFORMS.split())
def test_gradients_are_adjoints_of_scipys_transforms(key):
    """A transform is linear over the reals: Re <g, L x> is Re <L^H g, x>, whatever x is."""
    compared = 0
    for case, arrays, found in cases_of(key):
        if found.rule is not Rule.COMPUTE or case.quantity != GRADIENT:
            continue
        parameters = {name: value for name, value in case.parameters.items() if name != "hostile"}
        x, g = arrays["x"].astype(np.clongdouble), arrays[COTANGENT].astype(np.clongdouble)
        x = x if arrays["x"].dtype.kind == "c" else x.real
        transform = getattr(scipy.fft, key)
        for name, cotangent in ((ADJOINT, g), (TRANSPOSE, np.conj(g))):
            gradient = found.variants[name][0].values[0]
            assert (gradient.shape, found.variants[name][0].dtype) == (x.shape, case.dtype)
            gradient = gradient if name == ADJOINT else np.conj(gradient)
            value = real_product(cotangent, transform(x, **parameters))
            size = np.sqrt(real_product(g, g) * real_product(transform(x, **parameters), transform(x, **parameters)))
            assert abs(value - real_product(gradient, x)) <= 1e-12 * size, case
        compared += 1
    assert compared > 20


def test_the_gradient_of_four_points_by_hand():
    """Of X[1] = x0 - i x1 - x2 + i x3 alone, with the cotangent i: i conj(1, -i, -1, i), and i (1, -i, -1, i) without conjugation."""
    g = np.array([0, 1j, 0, 0])
    found = meaning("fft", {"x": X + 0j, COTANGENT: g}, GRADIENT, **ONE).variants
    assert np.allclose(found[ADJOINT][0].values[0], [1j, -1, -1j, 1], atol=1e-15)
    assert np.allclose(found[TRANSPOSE][0].values[0], [1j, 1, -1j, -1], atol=1e-15)


def test_the_gradient_of_a_shift_is_shifted_back():
    g = np.arange(5.0)
    found = meaning("fftshift", {"x": g, COTANGENT: g}, GRADIENT, axes=None).variants[""][0]
    assert found.values[0].tolist() == np.fft.ifftshift(g).tolist()


@pytest.mark.parametrize("key", ["fftshift", "ifftshift"])
def test_shifts_are_those_of_scipy(key):
    for case, arrays, found in cases_of(key):
        if found.rule is Rule.COMPUTE and case.quantity == VALUE:
            wanted = getattr(scipy.fft, key)(arrays["x"], axes=case.parameters["axes"])
            assert np.array_equal(found.variants[""][0].values[0].astype(wanted.dtype), wanted, equal_nan=True)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_frequencies_are_those_of_scipy(n):
    x = np.zeros(n, np.float32)
    assert np.allclose(values("fftfreq", {"x": x}, d=0.1).astype(float), scipy.fft.fftfreq(n, 0.1), rtol=1e-15)
    assert np.allclose(values("rfftfreq", {"x": x}, d=3.0).astype(float), scipy.fft.rfftfreq(n, 3.0), rtol=1e-15)


def test_four_points_by_hand():
    assert np.allclose(values("rfft", {"x": X}, **ONE), [10, -2 + 2j, -2], atol=1e-15)
    half = np.array([10, -2 + 2j, -2])
    assert np.allclose(values("irfft", {"x": half}, **ONE), X, atol=1e-15)
    assert np.allclose(values("fft", {"x": X + 0j}, **{**ONE, "norm": "ortho"}), [5, -1 + 1j, -1, -1 - 1j], atol=1e-15)
    assert np.allclose(values("rfft", {"x": X}, **{**ONE, "n": 2}), [3, -1], atol=1e-15)
    assert np.allclose(values("rfft", {"x": X}, **{**ONE, "n": 5})[0], 10, atol=1e-15)


def test_imaginary_parts_that_no_real_array_has_are_ignored():
    half = np.array([10 + 7j, -2 + 2j, -2 + 3j])
    assert np.allclose(values("irfft", {"x": half}, **ONE), X, atol=1e-15)
    odd = values("irfft", {"x": half}, **{**ONE, "n": 5})  # here the last entry is an ordinary one
    assert np.allclose(odd, scipy.fft.irfft(half, 5), atol=1e-15)


@pytest.mark.parametrize("changes", [{"n": 0}, {"n": -1}, {"axis": 1}, {"axis": -2}])
def test_what_must_be_refused(changes):
    assert refusal("rfft", {"x": X}, **{**ONE, **changes})


def test_a_half_spectrum_of_one_entry_has_no_length_of_its_own():
    one = np.ones(1, np.complex128)
    assert "one element at least" in meaning("irfft", {"x": one}, **ONE).reason
    assert "one element at least" in refusal("irfft", {"x": one}, **{**ONE, "n": 0})
    assert values("irfft", {"x": one}, **{**ONE, "n": 1}).tolist() == [1]


def test_an_axis_named_twice_may_be_refused():
    x = np.ones((2, 2), np.complex128)
    assert meaning("fftn", {"x": x}, s=None, axes=(-1, 1), norm="backward").rule is Rule.EITHER


def test_structures_reach_every_class():
    cases = drawn("irfft")
    lengths = [2 * (case.inputs["x"].shape[-1] - 1) for case in cases]
    given = [case.parameters["n"] for case in cases if case.parameters["axis"] == -1]
    assert {case.parameters["norm"] for case in cases} == {"backward", "ortho", "forward"}
    assert {n % 2 for n in given if n is not None} == {0, 1}
    assert any(n is not None and n > max(lengths) // 2 for n in given) or any(n for n in given)
    assert {case.parameters.get("hostile") for case in cases} == {None, "n", "axis", "empty"}
    assert {spec.dtype for case in drawn("fft") for spec in case.inputs.values()} == {"complex64", "complex128"}


@pytest.mark.parametrize("name", ["fftfreq", "rfftfreq"])
def test_frequencies_of_jax_with_64_bit_types_may_have_its_default_dtype(name):
    """A documented difference of that target alone, and in that direction alone."""
    rows = [row for row in operator.get(name).known if row.kind is Kind.DTYPE]
    cause, other = "dtype of y: float64 for float32", "dtype of y: float16 for float32"
    own = [row for row in rows if Target("jax-x64").matches(row.targets)]
    assert any(re.search(row.cause, cause) for row in own)
    assert not any(re.search(row.cause, other) for row in own)
    assert not any(Target(each).matches(row.targets) for row in rows for each in ("jax", "torch"))
