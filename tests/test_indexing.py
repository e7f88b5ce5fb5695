"""Indexing against loops and NumPy's own functions, its conventions and refusals, and planted bugs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from moved import cases_of, drawn, gradients, meaning, refusal, same, values

from harness.case import VALUE
from harness.meaning import Accuracy, Rule

X = np.arange(12.0).reshape(3, 4)
INDICES = np.array([0, 2, 2])


def inside(key, count=50):
    """Cases of a value that must compute."""
    return [
        (case, arrays, found)
        for case, arrays, found in cases_of(key, count)
        if case.quantity == VALUE and found.rule is Rule.COMPUTE and found.variants
    ]


def assert_values(key, function, least=20):
    """The operator's values are those of a function of arrays and parameters."""
    compared = inside(key)
    for case, arrays, found in compared:
        names = ("hostile", "indices_are")
        wanted = function(**arrays, **{name: value for name, value in case.parameters.items() if name not in names})
        outputs = next(iter(found.variants.values()))
        wanted = list(wanted) if isinstance(wanted, (tuple, list)) else [wanted]
        assert len(wanted) == len(outputs)
        assert all(
            same(output.values[0].astype(array.dtype), array) for output, array in zip(outputs, wanted, strict=True)
        ), case
    assert len(compared) >= least


def gather_by_loops(x, indices):
    points = indices.reshape(-1, indices.shape[-1])
    rows = [x[tuple(int(n) for n in point)] for point in points]
    shape = (*indices.shape[:-1], *x.shape[indices.shape[-1] :])
    return np.array(rows, x.dtype).reshape(shape)


def along_by_loops(x, indices, axis):
    result = np.empty(indices.shape, x.dtype)
    for place in itertools.product(*map(range, indices.shape)):
        source = list(place)
        source[axis] = int(indices[place])
        result[place] = x[tuple(source)]
    return result


def band_by_loops(keep):
    def function(x, k):
        result = x.copy()
        for i, j in itertools.product(range(x.shape[-2]), range(x.shape[-1])):
            if not keep(i, j, k):
                result[..., i, j] = 0
        return result

    return function


def roll_by_loops(x, shift, axis):
    if axis is None:
        return np.array([x.reshape(-1)[(i - shift) % x.size] for i in range(x.size)], x.dtype).reshape(x.shape)
    for one, by in zip(axis, shift, strict=True) if isinstance(axis, tuple) else [(axis, shift)]:
        moved = np.moveaxis(x, one, 0)
        x = np.moveaxis(
            np.array([moved[(i - by) % len(moved)] for i in range(len(moved))], x.dtype).reshape(moved.shape), 0, one
        )
    return x


SECOND = {
    "take": lambda x, indices, axis: np.take(x, indices.astype(np.int64), axis=axis),
    "take_flat": lambda x, indices: x.reshape(-1)[indices.astype(np.int64)],
    "embedding": lambda x, indices: x[indices.astype(np.int64)],
    "gather_nd": gather_by_loops,
    "take_along_axis": along_by_loops,
    "where": lambda x, y, condition: np.where(condition, x, y),
    "roll": roll_by_loops,
    "flip": lambda x, axis: np.flip(x, axis),
    "rot90": lambda x, k, axes: np.rot90(x, k, axes),
    "tril": band_by_loops(lambda i, j, k: j - i <= k),
    "triu": band_by_loops(lambda i, j, k: j - i >= k),
    "diagonal": lambda x, k, axis1, axis2: np.diagonal(x, k, axis1, axis2),
    "diag": lambda x, k: np.diagflat(x, k),
    "boolean_mask": lambda x, mask: np.extract(mask, x),
    "one_hot": lambda x, count: np.eye(count, dtype=np.float32)[x.astype(np.int64)],
    "argwhere": lambda x: np.transpose(np.nonzero(x)) if x.ndim else np.zeros((int(x != 0), 0), np.int64),
    "dynamic_slice": lambda x, starts, sizes: x[tuple(slice(a, a + n) for a, n in zip(starts, sizes, strict=True))],
}


@pytest.mark.parametrize("key", SECOND)
def test_values_are_those_of_a_second_implementation(key):
    assert_values(key, SECOND[key])


def test_slices_by_loops():
    def function(x, slices):
        for axis, one in enumerate(slices):
            x = np.take(x, list(range(*slice(*one).indices(x.shape[axis]))), axis=axis)
        return x

    assert_values("slice", function)


def targets_of_points(arrays, parameters):
    """Where every update goes, by loops: coordinates, rows, or a place along an axis."""
    for at, point in enumerate(arrays["indices"]):
        yield tuple(int(n) for n in np.atleast_1d(point)), at


def targets_along(arrays, parameters):
    for place in np.ndindex(arrays["indices"].shape):
        target = list(place)
        target[parameters["axis"]] = int(arrays["indices"][place])
        yield tuple(target), place


FUNCTIONS = {"add": np.add, "mul": np.multiply, "min": np.minimum, "max": np.maximum, "set": lambda old, new: new}
TARGETS = {"scatter": targets_of_points, "index": targets_of_points, "scatter_along": targets_along}


@pytest.mark.parametrize(("name", "kind"), list(itertools.product(TARGETS, FUNCTIONS)))
def test_scatters_by_loops(name, kind):
    compared = 0
    for case, arrays, found in inside(f"{name}_{kind}"):
        x, updates = arrays["x"].copy(), arrays["updates"]
        if x.dtype.kind not in "iubc":
            x = x.astype(np.longdouble)
        with np.errstate(all="ignore"):
            for place, source in TARGETS[name](arrays, case.parameters):
                x[place] = FUNCTIONS[kind](x[place], updates[source].astype(x.dtype))
        expected = found.variants[""][0]
        bound = expected.bound(expected.dtype, Accuracy())
        free = np.zeros(x.shape, bool) if expected.free is None else expected.free
        missing = np.isnan(x.astype(np.clongdouble))
        with np.errstate(all="ignore"):
            right = [(np.abs(v - x) <= bound) | (v == x) | (np.isnan(v) & missing) for v in expected.values]
        assert (np.any(right, axis=0) | free).all(), case
        compared += 1
    assert compared > 20


def test_any_of_the_updates_that_share_a_place_may_stay():
    x, updates = np.zeros(3), np.array([1.0, 2.0, 3.0])
    found = meaning("scatter_set", {"x": x, "indices": np.array([[1], [0], [1]]), "updates": updates})
    readings = {tuple(value.tolist()) for value in found.variants[""][0].values}
    assert readings == {(2.0, 3.0, 0.0), (2.0, 1.0, 0.0)}


def test_the_sum_of_shared_places_has_a_bound_and_a_single_one_rounds_once():
    x, updates = np.array([1.0, 1.0, 1.0], np.float32), np.array([0.1, 0.2, 0.3], np.float32)
    (expected,) = meaning("scatter_add", {"x": x, "indices": np.array([[0], [0], [1]]), "updates": updates}).variants[
        ""
    ]
    bound = expected.bound("float32", Accuracy())
    assert np.allclose(expected.values[0], [1.3, 1.3, 1.0], atol=1e-6)
    assert bound[2] == 0
    assert 0 < bound[1] < bound[0] < 4e-7


def test_segments_by_hand():
    arrays = {"x": np.array([1.0, 2.0, 4.0]), "indices": np.array([2, 0, 2])}
    assert values("segment_sum", arrays, count=4).tolist() == [2, 0, 5, 0]
    found = meaning("segment_max", arrays, count=4)
    assert found.variants["infinity"][0].values[0].tolist() == [2, -np.inf, 4, -np.inf]
    assert found.variants["finite"][0].values[0].tolist() == [
        2,
        -np.finfo(np.float64).max,
        4,
        -np.finfo(np.float64).max,
    ]
    assert gradients("segment_sum", arrays, np.array([10.0, 20.0, 30.0, 40.0]), count=4)[0].tolist() == [30, 10, 30]


def test_trace_is_numpys():
    for case, arrays, found in inside("trace"):
        p = case.parameters
        with np.errstate(all="ignore"):
            wanted = np.trace(arrays["x"].astype(np.longdouble), p["k"], p["axis1"], p["axis2"])
        expected = found.variants[""][0]
        free = np.zeros(wanted.shape, bool) if expected.free is None else expected.free
        assert (
            np.isclose(expected.values[0].astype(np.float64), wanted.astype(np.float64), rtol=1e-6, equal_nan=True)
            | free
        ).all()


@pytest.mark.parametrize(
    ("key", "indices", "convention", "wanted"),
    [
        ("embedding", [-1], "wrap", [8, 9, 10, 11]),
        ("embedding", [7], "clamp", [8, 9, 10, 11]),
        ("embedding", [7], "zero", [0, 0, 0, 0]),
        ("embedding", [4], "modulo", [4, 5, 6, 7]),
        ("embedding", [-9], "clip", [0, 1, 2, 3]),
        ("embedding", [-(2**63)], "zero", [0, 0, 0, 0]),
    ],
)
def test_conventions_of_negative_indices_and_those_out_of_bounds(key, indices, convention, wanted):
    arrays = {"x": X, "indices": np.array(indices)}
    found = meaning(key, arrays)
    assert found.rule is Rule.EITHER
    assert found.variants["refuse"][0].property.of([X]) > 1
    assert values(key, arrays, convention).tolist() == [wanted]


@pytest.mark.parametrize(("dtype", "fill"), [("float32", np.nan), ("int8", -128), ("uint8", 255), ("bool", True)])
def test_what_jax_fills_with(dtype, fill):
    """docs.jax.dev, jax.numpy.take: NaN for inexact types, the least value of signed, the largest of unsigned types, True."""
    filled = values("take", {"x": np.ones(2, dtype), "indices": np.array([5])}, "fill", axis=0)
    assert same(filled, [fill])


def test_modes_of_take():
    arrays = {"x": np.arange(4.0), "indices": np.array([-1, 5, 2])}
    assert values("take_mode", arrays, axis=0, mode="clip").tolist() == [0, 3, 2]
    assert values("take_mode", arrays, axis=0, mode="wrap").tolist() == [3, 1, 2]
    assert same(values("take_mode", arrays, axis=0, mode="fill"), [3, np.nan, 2])


def test_windows_out_of_bounds_move_inside():
    x = np.arange(5.0)
    assert values("dynamic_slice", {"x": x}, "wrap, clamp", starts=(4,), sizes=(3,)).tolist() == [2, 3, 4]
    assert values("dynamic_slice", {"x": x}, "wrap, clamp", starts=(-5,), sizes=(3,)).tolist() == [0, 1, 2]
    assert values("dynamic_slice", {"x": x}, "clamp", starts=(-1,), sizes=(2,)).tolist() == [0, 1]
    updated = values("dynamic_update_slice", {"x": x, "updates": np.array([7.0, 8.0])}, "wrap, clamp", starts=(9,))
    assert updated.tolist() == [0, 1, 2, 7, 8]


def test_subnormals_among_the_nonzero_are_a_convention():
    found = meaning("argwhere", {"x": np.array([1.0, 1e-310, 0.0, -0.0, np.nan])})
    assert found.variants["subnormals are not zero"][0].values[0].tolist() == [[0], [1], [4]]
    assert found.variants["subnormals are zero"][0].values[0].tolist() == [[0], [4]]


@pytest.mark.parametrize(
    ("key", "arrays", "parameters", "words"),
    [
        ("take", {"x": X, "indices": INDICES}, {"axis": 2}, "axis 2"),
        ("flip", {"x": X}, {"axis": (0, -2)}, "an axis stands twice"),
        ("rot90", {"x": X}, {"k": 1, "axes": (0, 0)}, "not a plane"),
        ("diagonal", {"x": X}, {"k": 0, "axis1": 0, "axis2": -2}, "the same"),
        ("slice", {"x": X}, {"slices": ((0, 1, 0), (None, None, None))}, "a step of 0"),
        ("where", {"x": X, "y": np.zeros(3), "condition": np.array(True)}, {}, "do not broadcast"),
        ("dynamic_slice", {"x": X}, {"starts": (0, 0), "sizes": (4, 1)}, "larger than x"),
        ("scatter_add", {"x": X, "indices": np.array([[0]]), "updates": np.zeros((1, 3))}, {}, "not the shape"),
        ("index_add", {"x": X, "indices": np.array([0]), "updates": np.zeros((2, 4))}, {}, "not the shape"),
        (
            "scatter_along_add",
            {"x": X, "indices": np.zeros((3, 1), int), "updates": np.zeros((3, 1))},
            {"axis": -3},
            "axis -3",
        ),
        ("one_hot", {"x": np.array([0])}, {"count": -2}, "negative"),
        ("gather_nd", {"x": np.zeros(3), "indices": np.zeros((1, 2), int)}, {}, "2 coordinates"),
    ],
)
def test_what_must_be_refused(key, arrays, parameters, words):
    assert words in refusal(key, arrays, **parameters)


@pytest.mark.parametrize("key", ["take", "scatter_add", "take_along_axis", "segment_sum"])
def test_structures_reach_every_kind_of_index(key):
    assert {case.parameters["indices_are"] for case in drawn(key)} == {"inside", "negative", "outside", "far"}
    assert len({case.inputs["indices"].dtype for case in drawn(key)}) >= 2
    assert any(0 in case.inputs["indices"].shape for case in drawn(key))


def test_structures_reach_shifts_steps_and_masks():
    assert {case.parameters["indices_are"] for case in drawn("roll")} == {"axis", "flat", "axes"}
    steps = {step for case in drawn("slice") for _, _, step in case.parameters["slices"]}
    assert {None, 1, 2, -1, -2, -5, 0} <= steps
    assert {case.parameters.get("hostile") for case in drawn("scatter_set")} == {None, "updates"}
