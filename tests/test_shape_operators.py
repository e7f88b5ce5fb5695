"""Operators on shapes against NumPy's own functions and loops, their refusals, and planted bugs."""

from __future__ import annotations

import itertools

import mpmath
import numpy as np
import pytest
from moved import cases_of, drawn, gradients, meaning, refusal, same, values

from harness import operator
from harness.case import GRADIENT, VALUE, Case, InputSpec
from harness.meaning import Accuracy, Rule

X = np.arange(6.0).reshape(2, 3)


def transpose_by_loops(x, axes):
    result = np.empty([x.shape[axis] for axis in axes], x.dtype)
    for place in itertools.product(*map(range, result.shape)):
        source = [0] * x.ndim
        for axis, i in zip(axes, place, strict=True):
            source[axis] = i
        result[place] = x[tuple(source)]
    return result


SECOND = {
    "reshape": lambda x, shape: np.fromiter(x.flat, x.dtype, x.size).reshape(shape),
    "ravel": lambda x: np.array([x[place] for place in np.ndindex(x.shape)], x.dtype),
    "transpose": transpose_by_loops,
    "moveaxis": lambda x, source, destination: np.moveaxis(x, source, destination),
    "swapaxes": lambda x, axis1, axis2: np.swapaxes(x, axis1, axis2),
    "squeeze": lambda x, axis: np.squeeze(x, axis),
    "expand_dims": lambda x, axis: np.expand_dims(x, axis),
    "concatenate": lambda x, y, z, axis: np.concatenate((x, y, z), axis),
    "stack": lambda x, y, z, axis: np.stack((x, y, z), axis),
    "split": lambda x, sections, axis: np.split(x, sections, axis),
    "array_split": lambda x, sections, axis: np.array_split(x, sections, axis),
    "split_at": lambda x, places, axis: np.split(x, places, axis),
    "unstack": lambda x, axis: list(np.moveaxis(x, axis, 0)),
    "tile": lambda x, repeats: np.tile(x, repeats),
    "repeat": lambda x, repeats, axis: np.repeat(x, repeats, axis),
    "broadcast_to": lambda x, shape: (
        x + np.zeros(shape, x.dtype) if x.dtype.kind in "iu" else np.broadcast_to(x, shape)
    ),
    "hstack": lambda x, y, z: np.hstack((x, y, z)),
    "vstack": lambda x, y, z: np.vstack((x, y, z)),
    "dstack": lambda x, y, z: np.dstack((x, y, z)),
    "column_stack": lambda x, y, z: np.column_stack((x, y, z)),
    "atleast_1d": lambda x: x.reshape(x.shape or (1,)),
    "atleast_2d": lambda x: x if x.ndim > 1 else x.reshape(1, -1),
    "atleast_3d": lambda x: x.reshape({0: (1, 1, 1), 1: (1, *x.shape, 1), 2: (*x.shape, 1)}.get(x.ndim, x.shape)),
    "meshgrid": lambda x, y, z, indexing: np.meshgrid(x, y, z, indexing=indexing),
    "full_like": lambda x, value: np.full_like(x, value),
}


@pytest.mark.parametrize("key", SECOND)
def test_values_are_those_of_a_second_implementation(key):
    compared = 0
    for case, arrays, found in cases_of(key):
        if case.quantity != VALUE or found.rule is not Rule.COMPUTE:
            continue
        parameters = {name: value for name, value in case.parameters.items() if name not in ("hostile", "indices_are")}
        wanted = SECOND[key](**arrays, **parameters)
        wanted = list(wanted) if isinstance(wanted, (tuple, list)) else [wanted]
        outputs = found.variants[""]
        assert len(wanted) == len(outputs)
        assert all(
            same(output.values[0].astype(array.dtype), array) for output, array in zip(outputs, wanted, strict=True)
        ), case
        compared += 1
    assert compared > 40


@mpmath.workprec(200)
def test_linspace_is_that_of_mpmath_and_meets_its_ends():
    for case, arrays, found in cases_of("linspace"):
        count = case.parameters["count"]
        if case.quantity != VALUE or found.rule is not Rule.COMPUTE or arrays["x"].size != 1 or count < 2:
            continue
        x, y = (mpmath.mpf(float(arrays[name].reshape(()))) for name in ("x", "y"))
        wanted = [x + (y - x) * i / (count - case.parameters["endpoint"]) for i in range(count)]
        (expected,) = found.variants[""]
        bound = expected.bound(case.dtype, Accuracy()).reshape(-1)
        error = [
            abs(mpmath.mpf(float(value)) - right)
            for value, right in zip(expected.values[0].reshape(-1), wanted, strict=True)
        ]
        assert all(e <= 0.05 * b + abs(right) * 2**-50 for e, b, right in zip(error, bound, wanted, strict=True))
        assert bound[0] == 0
        assert bound[-1] == 0 or not case.parameters["endpoint"]


def test_linspace_of_no_and_one_value():
    ends = {"x": np.float64(2), "y": np.float64(5)}
    assert values("linspace", ends, count=0, endpoint=True).tolist() == []
    assert values("linspace", ends, count=1, endpoint=True).tolist() == [2]
    assert values("linspace", ends, count=3, endpoint=False).tolist() == [2, 3, 4]
    x, y = gradients("linspace", ends, np.array([1.0, 10.0, 100.0]), count=3, endpoint=True)
    assert (float(x), float(y)) == (6.0, 105.0)


def test_what_parameters_alone_make_is_numpys():
    functions = {
        "eye": lambda rows, columns, k: np.eye(rows, columns, k),
        "tri": lambda rows, columns, k: np.tri(rows, columns, k),
        "arange": lambda start, stop, step: np.array(
            [start + i * step for i in range(999) if (stop - start - i * step) * step > 0]
        ),
    }
    for key, function in functions.items():
        checked = 0
        for case, _, found in cases_of(key):
            if found.rule is Rule.COMPUTE:
                parameters = {name: value for name, value in case.parameters.items() if name != "hostile"}
                assert same(found.variants[""][0].values[0], function(**parameters)), case
                checked += 1
        assert checked > 20
    assert "leads nowhere" in refusal("arange", {"x": np.float32(0)}, start=0.0, stop=1.0, step=0.0)
    assert "not negative" in refusal("eye", {"x": np.float32(0)}, rows=2, columns=-1, k=0)
    assert meaning("arange", {"x": np.float32(0)}, start=2.0, stop=1.0, step=1.0).variants["empty"][0].shape == (0,)


def test_squeezing_a_longer_axis_is_refused_or_ignored():
    found = meaning("squeeze", {"x": X}, axis=0)
    assert found.rule is Rule.EITHER
    assert found.variants["kept"][0].shape == (2, 3)
    assert found.variants["refuse"][0].property.of([X]) > 1


def test_a_negative_length_to_broadcast_to_is_refused_or_keeps():
    found = meaning("broadcast_to", {"x": X}, shape=(2, -1))
    assert found.rule is Rule.EITHER
    assert found.variants["kept"][0].shape == (2, 3)


def test_gradients_by_hand():
    (tiled,) = gradients("tile", {"x": np.zeros(2)}, np.arange(6.0), repeats=(3,))
    (repeated,) = gradients("repeat", {"x": np.zeros(2)}, np.arange(6.0), repeats=3, axis=0)
    (broadcast,) = gradients("broadcast_to", {"x": np.zeros((2, 1))}, X, shape=(2, 3))
    x, y, z = gradients("concatenate", {"x": np.zeros(1), "y": np.zeros(0), "z": np.zeros(2)}, np.arange(3.0), axis=0)
    assert (tiled.tolist(), repeated.tolist(), broadcast.tolist()) == ([6, 9], [3, 12], [[3], [12]])
    assert (x.tolist(), y.tolist(), z.tolist()) == ([0], [], [1, 2])


def test_gradients_of_several_results_by_hand():
    """The cotangents of all parts, end to end, go back to where the parts came from; copies in a grid are added."""
    x = np.zeros((2, 3))
    (split,) = gradients("split_at", {"x": x}, np.arange(6.0), places=(1,), axis=1)
    assert split.tolist() == [[0, 2, 3], [1, 4, 5]]
    (lines,) = gradients("unstack", {"x": x}, np.arange(6.0), axis=1)
    assert lines.tolist() == [[0, 2, 4], [1, 3, 5]]
    (halves,) = gradients("array_split", {"x": np.zeros(3)}, np.arange(3.0), sections=2, axis=0)
    assert halves.tolist() == [0, 1, 2]
    ends = {"x": np.zeros(2), "y": np.zeros(1), "z": np.zeros(2)}
    grids = gradients("meshgrid", ends, np.arange(12.0), indexing="ij")
    assert [grid.tolist() for grid in grids] == [[0 + 1, 2 + 3], [4 + 5 + 6 + 7], [8 + 10, 9 + 11]]


def test_no_parts_have_no_gradient():
    structure = Case("unstack", {"x": InputSpec((2, 0), "float32")}, {"axis": 1})
    assert all(case.quantity == "value" for case in operator.get("unstack").cases(structure, 1))


def test_the_gradient_of_a_sum_of_copies_has_a_bound_and_that_of_one_is_exact():
    cotangent = np.ones((2, 3), np.float32)
    found = meaning("broadcast_to", {"x": np.zeros((2, 1), np.float32), "cotangent": cotangent}, GRADIENT, shape=(2, 3))
    single = meaning("reshape", {"x": np.zeros(6, np.float32), "cotangent": cotangent}, GRADIENT, shape=(2, 3))
    assert 0 < found.variants[""][0].bound("float32", Accuracy()).max() < 1e-6
    assert single.variants[""][0].bound("float32", Accuracy()).max() == 0


@pytest.mark.parametrize(
    ("key", "parameters", "words"),
    [
        ("reshape", {"shape": (-1, -1)}, "one length at most"),
        ("reshape", {"shape": (-2, 3)}, "one length at most"),
        ("reshape", {"shape": (4, -1)}, "no length fits"),
        ("reshape", {"shape": (0, -1)}, "no length fits"),
        ("reshape", {"shape": (2**32, 2**32)}, "x has 6 elements"),
        ("transpose", {"axes": (0, 0)}, "no permutation"),
        ("transpose", {"axes": (0, 2)}, "axes 2"),
        ("moveaxis", {"source": 0, "destination": 2}, "destination 2"),
        ("swapaxes", {"axis1": -3, "axis2": 0}, "axis1 -3"),
        ("squeeze", {"axis": 5}, "axis 5"),
        ("expand_dims", {"axis": 3}, "axis 3"),
        ("split", {"sections": 2, "axis": 1}, "no such equal parts"),
        ("split", {"sections": 0, "axis": 1}, "no such equal parts"),
        ("tile", {"repeats": (-1, 1)}, "negative"),
        ("repeat", {"repeats": -1, "axis": 0}, "negative"),
        ("broadcast_to", {"shape": (3, 3)}, "does not broadcast"),
        ("broadcast_to", {"shape": (3,)}, "does not broadcast"),
        ("unstack", {"axis": 2}, "axis 2"),
    ],
)
def test_what_must_be_refused(key, parameters, words):
    assert words in refusal(key, {"x": X}, **parameters)


def test_shapes_that_do_not_join_are_refused():
    arrays = {"x": X, "y": X, "z": np.zeros((3, 3))}
    assert "differ in another axis" in refusal("concatenate", arrays, axis=1)
    assert values("concatenate", arrays, axis=0).shape == (7, 3)
    assert "not the same" in refusal("stack", arrays, axis=0)


def test_structures_reach_open_lengths_empty_inputs_and_scalars():
    cases = drawn("reshape")
    assert {case.parameters["indices_are"] for case in cases} == {"all lengths", "one left open"}
    assert {case.parameters.get("hostile") for case in cases} == {None, "size", "open", "huge"}
    assert any(0 in case.inputs["x"].shape for case in cases)
    assert any(case.inputs["x"].shape == () for case in cases)
    assert any(-1 in case.parameters["shape"] and "hostile" not in case.parameters for case in cases)
    assert {0, 1, 2, 129} <= {case.parameters["count"] for case in drawn("linspace")}
    assert {case.parameters["indexing"] for case in drawn("meshgrid")} == {"ij", "xy"}
    assert {case.parameters["indices_are"] for case in drawn("squeeze")} == {"one", "all", "longer"}
