"""Sampling against SciPy, values by hand and differences, refusals and what structures reach."""

from __future__ import annotations

import numpy as np
import pytest
from moved import cases_of, drawn, gradients, meaning, refusal, values
from scipy import ndimage

from harness.case import COTANGENT, GRADIENT
from harness.meaning import Accuracy, Rule

IMAGE = np.arange(0.0, 18, 2).reshape(1, 1, 3, 3)
ALL = np.array([0], np.int32)


@pytest.mark.parametrize(
    ("padding", "mode"), [("zeros", "grid-constant"), ("border", "nearest"), ("reflection", "mirror")]
)
def test_grid_samples_are_those_of_scipy(padding, mode):
    rng = np.random.default_rng(1)
    x, grid = rng.normal(size=(1, 1, 5, 7)), rng.uniform(-1.6, 1.6, size=(1, 4, 3, 2))
    places = np.array([(grid[0, ..., 1] + 1) / 2 * 4, (grid[0, ..., 0] + 1) / 2 * 6])
    wanted = ndimage.map_coordinates(x[0, 0], places, order=1, mode=mode)
    found = values("grid_sample", {"x": x, "grid": grid}, mode="bilinear", padding=padding, align_corners=True)
    assert np.allclose(found[0, 0].astype(float), wanted, atol=1e-12)


def test_grid_sample_by_hand():
    x = np.array([[[[1.0, 2.0, 4.0]]]])
    places = {"x": x, "grid": np.array([[[[-1.0, 0.0], [1.0, 0.0], [1.5, 0.0]]]])}
    edges = values("grid_sample", places, mode="bilinear", padding="zeros", align_corners=False)
    assert edges.tolist() == [
        [[[0.5, 2.0, 0.0]]]
    ]  # Coordinates -1/2, 5/2 and 13/4: half of the border element, and nothing.
    mirrored = values("grid_sample", places, mode="bilinear", padding="reflection", align_corners=False)
    assert mirrored.tolist() == [[[[1.0, 4.0, 3.5]]]]  # 13/4 is mirrored at 5/2 to 7/4.
    found = meaning("grid_sample", places, mode="nearest", padding="zeros", align_corners=False).variants[""][0]
    assert {reading[0, 0, 0, 0] for reading in found.values} == {0.0, 1.0}


@pytest.mark.parametrize("mode", ["constant", "nearest", "wrap", "mirror", "reflect"])
@pytest.mark.parametrize("order", [0, 1])
def test_coordinates_are_those_of_scipy(mode, order):
    rng = np.random.default_rng(2)
    for shape in ((5,), (4, 3), (3, 1, 4)):
        x, places = rng.normal(size=shape), rng.uniform(-9, 9, size=(len(shape), 40))
        name = {"constant": "grid-constant", "wrap": "grid-wrap"}.get(mode, mode)
        wanted = ndimage.map_coordinates(x, places, order=order, mode=name, cval=0.5)
        found = values("map_coordinates", {"x": x, "coordinates": places}, order=order, mode=mode, value=0.5)
        assert np.allclose(found.astype(float), wanted, atol=1e-12)


def test_a_place_half_way_may_be_either_element():
    given = {"x": np.array([1.0, 2.0, 4.0]), "coordinates": np.array([[0.5, 1.0]])}
    found = meaning("map_coordinates", given, order=0, mode="nearest", value=0.0).variants[""][0]
    assert {tuple(reading.tolist()) for reading in found.values} == {(1, 2), (2, 2)}


def crop(boxes, **parameters):
    return values("crop_and_resize", {"x": IMAGE, "boxes": np.array(boxes, np.float32), "index": ALL}, **parameters)


def test_crops_by_hand():
    # The two examples in the documentation of tf.image.crop_and_resize.
    linear = crop([[0.5, 0.5, 1, 1]], size=(3, 3), method="bilinear", value=0.0)
    assert linear[0, 0].tolist() == [[8, 9, 10], [11, 12, 13], [14, 15, 16]]
    given = {"x": IMAGE, "boxes": np.array([[0.5, 0.5, 1, 1]], np.float32), "index": ALL}
    found = meaning("crop_and_resize", given, size=(3, 3), method="nearest", value=0.0).variants[""][0]
    assert any(reading[0, 0].tolist() == [[8, 10, 10], [14, 16, 16], [14, 16, 16]] for reading in found.values)
    assert all(reading[0, 0, 0, 0] == 8 for reading in found.values)


def test_crops_are_flipped_and_extrapolated():
    assert crop([[1, 0, 0, 1]], size=(3, 3), method="bilinear", value=0.0)[0, 0, 0].tolist() == [12, 14, 16]
    beyond = crop([[0, -0.5, 0, 1.5]], size=(1, 5), method="bilinear", value=-1.0)
    assert beyond[0, 0, 0].tolist() == [-1, 0, 2, 4, -1]
    assert crop([[0.25, 0.25, 0.75, 0.75]], size=(1, 1), method="bilinear", value=0.0).tolist() == [[[[8]]]]


def test_a_coordinate_on_the_border_may_be_beyond_it():
    given = {"x": IMAGE, "boxes": np.array([[0, 0, 1, 1]], np.float32), "index": ALL}
    found = meaning("crop_and_resize", given, size=(3, 3), method="bilinear", value=-1.0).variants[""][0]
    assert {reading[0, 0, 2, 2] for reading in found.values} == {16, -1}
    assert {reading[0, 0, 1, 1] for reading in found.values} == {8}


def test_affine_grid_by_hand():
    theta = np.array([[[1.0, 0.0, 0.5], [0.0, 2.0, 0.0]]])
    corners = values("affine_grid", {"x": theta}, size=(2, 3), align_corners=True)
    assert corners[0].tolist() == [[[-0.5, -2], [0.5, -2], [1.5, -2]], [[-0.5, 2], [0.5, 2], [1.5, 2]]]
    centres = values("affine_grid", {"x": theta}, size=(2, 1), align_corners=False)
    assert centres[0].tolist() == [[[0.5, -1]], [[0.5, 1]]]
    volume = np.array([[[0.0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0.0]]])  # x and z exchanged
    found = values("affine_grid", {"x": volume}, size=(2, 1, 3), align_corners=True)
    assert found[0, :, 0].tolist() == [[[-1, 0, -1], [-1, 0, 0], [-1, 0, 1]], [[1, 0, -1], [1, 0, 0], [1, 0, 1]]]


def test_the_gradient_of_coordinates_by_hand():
    given = {"x": np.array([1.0, 3.0, 7.0]), "coordinates": np.array([[0.25, 1.5, 2.5]])}
    x, places = gradients("map_coordinates", given, np.array([1.0, 2, 4]), order=1, mode="constant", value=0.0)
    assert x.tolist() == [0.75, 0.25 + 1, 1 + 2]
    assert places.tolist() == [[2, 8, -28]]


def moved_by(case, arrays, name, step):
    """The value where an input is moved by a step."""
    from harness import operator

    there = {key: array for key, array in arrays.items() if key != COTANGENT}
    there[name] = there[name].astype(np.longdouble) + step
    inputs = {key: spec for key, spec in case.inputs.items() if key != COTANGENT}
    from harness.case import Case

    value = Case(case.operator, inputs, case.parameters)
    return operator.get(case.operator).meaning(value, there).variants[""][0].values[0]


@pytest.mark.parametrize("key", ["grid_sample", "affine_grid", "crop_and_resize", "map_coordinates"])
def test_gradients_are_those_of_differences(key):
    compared = 0
    for case, arrays, found in cases_of(key, 120):
        if case.quantity != GRADIENT or found.rule is not Rule.COMPUTE or case.dtype not in ("float32", "float64"):
            continue
        if case.parameters.get("mode") == "nearest" and key == "grid_sample":
            continue
        if case.parameters.get("order") == 0 or case.parameters.get("method") == "nearest":
            continue
        for expected in found.variants[""]:
            free = np.zeros(expected.shape, bool) if expected.free is None else expected.free
            direction = np.where(free, 0, np.random.default_rng(3).normal(size=expected.shape))
            step = np.longdouble(2.0**-30)
            ends = [moved_by(case, arrays, expected.name, side * step * direction) for side in (1, -1)]
            wanted = ((ends[0] - ends[1]) / (2 * step) * arrays[COTANGENT]).sum()
            own = (expected.values[0] * direction).sum()
            size = np.abs(expected.values[0] * direction).sum() + np.abs(arrays[COTANGENT]).sum()
            assert abs(float(own - wanted)) <= 1e-6 * float(size), (case, expected.name)
            compared += 1
    assert compared > 20


@pytest.mark.parametrize("key", ["grid_sample", "crop_and_resize", "map_coordinates"])
def test_most_of_a_gradient_is_compared(key):
    free = total = 0
    for case, _, found in cases_of(key, 120):
        if case.quantity == GRADIENT and found.rule is Rule.COMPUTE and case.parameters.get("method") != "nearest":
            for expected in found.variants[""]:
                total += int(np.prod(expected.shape))
                free += 0 if expected.free is None else int(expected.free.sum())
    assert total > 1000
    assert free < 0.1 * total


def test_the_bound_is_tight():
    rng = np.random.default_rng(0)
    given = {"x": rng.uniform(0.5, 1, size=(6, 6)), "coordinates": rng.uniform(0, 5, size=(2, 50))}
    found = meaning("map_coordinates", given, order=1, mode="nearest", value=0.0).variants[""][0]
    bound = found.bound("float64", Accuracy())
    assert (bound > 0).all()
    assert (bound < 64 * 2.0**-53).all()


@pytest.mark.parametrize(
    ("key", "given", "parameters", "words"),
    [
        ("map_coordinates", {"coordinates": (1, 4)}, {"order": 1, "mode": "wrap", "value": 0.0}, "the rank of x, 2"),
        ("map_coordinates", {"coordinates": (2, 4)}, {"order": 2, "mode": "wrap", "value": 0.0}, "order 2: 0 or 1"),
        ("map_coordinates", {"coordinates": (2, 4)}, {"order": 1, "mode": "loop", "value": 0.0}, "mode 'loop'"),
        ("affine_grid", {}, {"size": (2, 2), "align_corners": True}, "theta of shape (3, 4)"),
    ],
)
def test_what_must_be_refused(key, given, parameters, words):
    arrays = {"x": np.ones((3, 4)), **{name: np.ones(shape) for name, shape in given.items()}}
    assert words in refusal(key, arrays, **parameters)


def test_structures_reach_every_mode():
    assert {case.parameters["mode"] for case in drawn("map_coordinates")} >= {
        "constant", "nearest", "wrap", "mirror", "reflect",
    }  # fmt: skip
    assert {len(case.inputs["x"].shape) for case in drawn("map_coordinates")} >= {1, 2, 3}
    assert {case.parameters["mode"] for case in drawn("grid_sample")} == {"bilinear", "nearest", "bicubic"}
    assert {len(case.parameters["size"]) for case in drawn("affine_grid")} == {2, 3}
    assert {case.parameters["method"] for case in drawn("crop_and_resize")} == {"bilinear", "nearest"}
