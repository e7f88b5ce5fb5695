"""Resizing against SciPy and values by hand, weights that sum to one, adjoint gradients, refusals, and planted bugs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from moved import cases_of, drawn, meaning, refusal, values
from scipy import ndimage

from harness.case import GRADIENT
from harness.meaning import Accuracy, Rule
from harness.operators.resize.weights import KERNELS, adaptive_weights, area_weights, coordinates, kernel_weights

ROW = np.array([[[1.0, 2.0, 4.0, 8.0]]])
HALF = {"coordinates": "half_pixel", "antialias": False}


@pytest.mark.parametrize("rule", ["half_pixel", "align_corners", "asymmetric"])
def test_linear_is_that_of_scipy(rule):
    rng = np.random.default_rng(0)
    for (h, w), size in (((5, 7), (8, 3)), ((1, 4), (3, 9)), ((6, 6), (6, 1))):
        x = rng.normal(size=(1, 1, h, w))
        places = np.meshgrid(coordinates(h, size[0], rule), coordinates(w, size[1], rule), indexing="ij")
        wanted = ndimage.map_coordinates(x[0, 0], np.array(places, np.float64), order=1, mode="nearest")
        found = values("resize_linear", {"x": x}, size=size, coordinates=rule, antialias=False)
        assert np.allclose(found[0, 0].astype(float), wanted, atol=1e-13)


def test_linear_by_hand():
    assert np.allclose(values("resize_linear", {"x": ROW}, size=(2,), **HALF).astype(float), [[[1.5, 6]]])
    smooth = values("resize_linear", {"x": ROW}, size=(2,), coordinates="half_pixel", antialias=True)
    # The output's centre is 0.5: taps at 1/4, 1/4 and 3/4 of the stretched triangle weigh 3 : 3 : 1.
    assert np.allclose(smooth.astype(float)[0, 0, 0], (3 * 1 + 3 * 2 + 1 * 4) / 7)
    corners = values("resize_linear", {"x": ROW}, size=(3,), coordinates="align_corners", antialias=False)
    assert np.allclose(corners.astype(float), [[[1, 3, 8]]])


@pytest.mark.parametrize(
    ("a", "wanted"), [(-0.75, [-0.09375, 0.59375, 0.59375, -0.09375]), (-0.5, [-0.0625, 0.5625, 0.5625, -0.0625])]
)
def test_cubic_weights_half_way(a, wanted):
    found = kernel_weights(4, 1, f"cubic {a}", "half_pixel", "replicate").values
    assert np.allclose(found.astype(float), [wanted])


def test_cubic_borders_replicate_or_renormalise():
    replicated = kernel_weights(2, 4, "cubic -0.5", border="replicate").values[0].astype(float)
    renormalised = kernel_weights(2, 4, "cubic -0.5").values[0].astype(float)
    # Coordinate -1/4: taps -2, -1, 0, 1 at distances 7/4, 3/4, 1/4, 5/4.
    w = [
        -0.5 * t**3 + 2.5 * t * t - 4 * t + 2 if t > 1 else 1.5 * t**3 - 2.5 * t * t + 1
        for t in (1.75, 0.75, 0.25, 1.25)
    ]
    assert np.allclose(replicated, [w[0] + w[1] + w[2], w[3]])
    assert np.allclose(renormalised, np.array(w[2:]) / (w[2] + w[3]))


@pytest.mark.parametrize("name", ["linear", "cubic -0.5", "cubic -0.75", "lanczos3", "lanczos5"])
@pytest.mark.parametrize("antialias", [False, True])
def test_weights_sum_to_one_and_change_no_faster_than_stated(name, antialias):
    for n, m in ((5, 3), (3, 5), (8, 2), (7, 7), (1, 4), (9, 1)):
        weights = kernel_weights(n, m, name, antialias=antialias)
        assert np.allclose(weights.values.sum(axis=1).astype(float), 1)
    n, m, step = 9, 4, np.longdouble(1e-7)
    import harness.operators.resize.weights as module

    first = kernel_weights(n, m, name, antialias=antialias)
    original = module.coordinates
    try:
        module.coordinates = lambda n, m, rule, apart: original(n, m, rule, apart) + step
        moved = kernel_weights(n, m, name, antialias=antialias)
    finally:
        module.coordinates = original
    assert (np.abs(moved.values - first.values) <= first.slopes * step * (1 + 1e-4)).all()


@pytest.mark.parametrize("name", KERNELS)
def test_no_kernel_is_steeper_than_stated(name):
    kernel, radius, steepest = KERNELS[name]
    x = np.linspace(0, radius + 1, 200_001).astype(np.longdouble)
    slope = np.abs(np.diff(kernel(x)) / np.diff(x)).max()
    assert 0.95 * steepest < slope <= steepest * (1 + 1e-9)


def test_areas_by_hand():
    assert np.allclose(area_weights(3, 2).values.astype(float), [[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]])
    assert np.allclose(adaptive_weights(3, 2).values.astype(float), [[1 / 2, 1 / 2, 0], [0, 1 / 2, 1 / 2]])


@pytest.mark.parametrize(
    ("rule", "size", "wanted"),
    [
        ("asymmetric", 3, [1, 2, 4]),
        ("half_pixel", 3, [1, 4, 8]),
        ("align_corners", 3, [1, 4, 8]),
        ("asymmetric", 8, [1, 1, 2, 2, 4, 4, 8, 8]),
        ("half_pixel", 2, [2, 8]),
        ("asymmetric", 2, [1, 4]),
        ("half_pixel", 1, [4]),
        ("asymmetric", 1, [1]),
    ],
)
def test_nearest_by_hand(rule, size, wanted):
    assert values("resize_nearest", {"x": ROW}, size=(size,), coordinates=rule)[0, 0].tolist() == wanted


def test_a_coordinate_between_two_elements_may_round_to_either():
    found = meaning("resize_nearest", {"x": ROW}, size=(2,), coordinates="half_pixel").variants[""][0]
    assert {tuple(reading[0, 0].tolist()) for reading in found.values} == {(2, 8), (1, 4)}
    assert (
        len(meaning("resize_nearest", {"x": ROW[..., :3]}, size=(2,), coordinates="half_pixel").variants[""][0].values)
        == 1
    )


def test_a_factor_that_is_no_number_of_two_may_round_to_the_element_after():
    # 1.3 is stored as a number above 1.3, so that (19 + 1/2) / 1.3 lies just below 15, the first coordinate of element 15.
    x = np.arange(17.0).reshape(1, 1, 17)
    found = meaning("resize_scale", {"x": x}, scale=(1.3,), method="nearest-exact", align_corners=False, recompute=None)
    readings = found.variants[""][0].values
    assert Fraction(39, 2) / Fraction(1.3) < 15
    assert [reading[0, 0, 19] for reading in readings] == [14, 15]
    assert all(np.array_equal(readings[0][0, 0, o], reading[0, 0, o]) for reading in readings for o in (0, 5, 18, 20))


def test_an_average_whose_sum_overflows_is_open():
    x = np.full((1, 1, 4), 3e4, np.float16)
    found = meaning("resize_area", {"x": x}, size=(1,), windows="adaptive").variants[""][0]
    assert found.values[0].reshape(-1).astype(float) == 3e4
    assert found.free.all()
    assert meaning("resize_area", {"x": x / 8}, size=(4,), windows="adaptive").variants[""][0].free is None


def test_nominal_conventions_differ():
    x = np.arange(16.0).reshape(1, 1, 4, 4) ** 2
    for method, count in (("nearest", 2), ("linear", 2), ("cubic", 3)):
        found = meaning("resize:nominal", {"x": x}, size=(3, 3), method=method).variants
        rows = {tuple(np.round(outputs[0].values[0].astype(float).reshape(-1), 9)) for outputs in found.values()}
        assert len(rows) == len(found) == count


def test_a_table_of_weights_widens_the_bound_by_its_step():
    x = np.array([[[0.0, 0.0, 1.0, 0.0, 0.0]]])
    found = meaning("resize_cubic", {"x": x}, size=(7,), **HALF, a=-0.5, border="renormalise").variants[""][0]
    plain, table = (found.bound("float32", Accuracy(ulps=ulps)) for ulps in ({}, {"coordinate": 2.0**-11}))
    assert 2.0**-13 < (table - plain).max() < 2.0**-6
    assert plain.max() < 1e-4


@pytest.mark.parametrize("key", ["resize_linear", "resize_cubic", "resize_area", "resize_lanczos"])
def test_gradient_is_the_adjoint_of_the_value(key):
    compared = 0
    for case, arrays, found in cases_of(key, 50):
        if case.quantity != GRADIENT or found.rule is not Rule.COMPUTE or case.dtype not in ("float32", "float64"):
            continue
        gradient = found.variants[""][0].values[0]
        value = meaning(key, {"x": arrays["x"]}, **case.parameters).variants[""][0].values[0]
        assert np.isclose(
            float((value * arrays["cotangent"]).sum()), float((gradient * arrays["x"]).sum()), rtol=1e-6, atol=1e-6
        ), case
        compared += 1
    assert compared > 10


def test_blocks_by_hand():
    x = np.arange(8.0).reshape(1, 8, 1, 1)
    crd = values("depth_to_space", {"x": x}, block=2, order="CRD")
    dcr = values("depth_to_space", {"x": x}, block=2, order="DCR")
    assert crd[0].tolist() == [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]
    assert dcr[0].tolist() == [[[0, 2], [4, 6]], [[1, 3], [5, 7]]]
    for order, y in (("CRD", crd), ("DCR", dcr)):
        assert np.array_equal(values("space_to_depth", {"x": np.asarray(y, np.float64)}, block=2, order=order), x)


@pytest.mark.parametrize(
    ("key", "parameters", "words"),
    [
        ("resize_linear", {"size": (-1,), **HALF}, "must not be negative"),
        ("depth_to_space", {"block": 0, "order": "CRD"}, "block 0"),
        ("space_to_depth", {"block": 2, "order": "DCR"}, "no multiples"),
    ],
)
def test_what_must_be_refused(key, parameters, words):
    x = ROW if key == "resize_linear" else np.zeros((1, 3, 3, 3))
    assert words in refusal(key, {"x": x}, **parameters)


def test_structures_reach_every_set_of_parameters_and_relation_of_sizes():
    cases = [case for case in drawn("resize_linear") if "hostile" not in case.parameters]
    assert {(case.parameters["coordinates"], case.parameters["antialias"]) for case in cases} == {
        ("half_pixel", False),
        ("half_pixel", True),
        ("align_corners", False),
        ("asymmetric", False),
    }
    pairs = [(n, m) for case in cases for n, m in zip(case.inputs["x"].shape[2:], case.parameters["size"], strict=True)]
    assert any(n == m > 1 for n, m in pairs)
    assert any(m == 1 < n for n, m in pairs)
    assert any(n == 1 < m for n, m in pairs)
    assert any(m == 2 * n for n, m in pairs)
    assert any(n > m > 1 and n % m for n, m in pairs)


def scaled(x, **parameters):
    return values("resize_scale", {"x": x}, align_corners=False, **parameters).astype(float)


def test_factors_give_the_size_and_the_coordinates():
    # 4 * 0.6 = 2.4: two outputs, 5/3 apart by the factor, 2 apart by the sizes; the first at 1/3, the second at 2, or at 1/2 and 5/2.
    by_factor = scaled(ROW, scale=(0.6,), method="linear", recompute=None)
    assert np.allclose(by_factor, [[[4 / 3, 4]]])
    assert np.allclose(scaled(ROW, scale=(0.6,), method="linear", recompute=True), [[[1.5, 6]]])
    assert scaled(ROW, scale=(1.5,), method="nearest", recompute=False)[0, 0].tolist() == [1, 1, 2, 4, 4, 8]
    assert np.allclose(scaled(ROW, scale=(0.6,), method="area", recompute=None), [[[1.5, 6]]])


def test_factors_of_whole_sizes_are_sizes():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(1, 2, 6, 4))
    for method, key, facts in (
        ("linear", "resize_linear", HALF),
        ("linear antialias", "resize_linear", {"coordinates": "half_pixel", "antialias": True}),
        ("cubic", "resize_cubic", {**HALF, "a": -0.75, "border": "replicate"}),
        ("nearest-exact", "resize_nearest", {"coordinates": "half_pixel"}),
    ):
        wanted = values(key, {"x": x}, size=(3, 6), **facts)
        assert np.allclose(scaled(x, scale=(0.5, 1.5), method=method, recompute=None), wanted.astype(float))


def test_negative_factors_are_refused():
    assert "negative" in refusal(
        "resize_scale", {"x": ROW}, scale=(-1.0,), method="linear", align_corners=False, recompute=None
    )


def test_factors_reach_every_method_and_both_readings():
    cases = drawn("resize_scale")
    assert len({case.parameters["method"] for case in cases}) == 7
    assert {case.parameters["recompute"] for case in cases} == {None, True, False}
    rests = [
        n * f % 1 for case in cases for n, f in zip(case.inputs["x"].shape[2:], case.parameters["scale"], strict=False)
    ]
    assert sum(rest > 0 for rest in rests) > 60
