"""The element at a place of ascending order, and rows divided by it: against NumPy, and what a wrong one is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from moved import drawn, gradients, meaning, refusal, values

from harness import operator
from harness.case import COTANGENT, GRADIENT, Case, InputSpec
from harness.meaning import Rule

NAN = np.nan
RNG = np.random.default_rng(9)


@pytest.mark.parametrize("kth", [0, 3, 6])
def test_the_element_at_a_place_is_numpys(kth):
    x = RNG.normal(size=(4, 7))
    assert values("kthvalue", {"x": x}, kth=kth).tolist() == np.partition(x, kth, axis=-1)[:, kth].tolist()


def test_nan_stands_last_or_says_nothing():
    found = meaning("kthvalue", {"x": np.array([[NAN, 2, 1], [3, 2, 1]])}, kth=1).variants
    assert {name: output.values[0].tolist() for name, (output,) in found.items()} == {key: [2, 2] for key in found}
    assert {name: None if output.free is None else output.free.tolist() for name, (output,) in found.items()} == {
        "NaN is the largest": None,
        "NaN stands anywhere": [True, False],
    }


def test_the_cotangent_goes_to_the_element():
    (gradient,) = gradients("kthvalue", {"x": np.array([[3.0, 1, 2]])}, np.array([5.0]), kth=1)
    assert gradient.tolist() == [[0, 0, 5]]


def test_which_of_equal_elements_it_goes_to_is_open():
    arrays = {"x": np.array([[3.0, 2, 2]]), COTANGENT: np.array([5.0])}
    (output,) = meaning("kthvalue", arrays, GRADIENT, kth=1).variants[""]
    assert output.free.tolist() == [[False, True, True]]


def error(x, kth, *y):
    (expected,) = meaning("partition", {"x": x}, kth=kth).variants[""]
    return expected.property.of([np.asarray(y, x.dtype)]).tolist()


def test_divided_rows_are_right_in_any_order_of_their_halves():
    x = np.array([4, 1, 3, 2], np.int32)
    assert error(x, 1, 1, 2, 3, 4) == error(x, 1, 1, 2, 4, 3) == 0
    assert error(x, 1, 2, 1, 3, 4) == 2  # 2 is before the place where it belongs
    assert error(x, 1, 1, 3, 2, 4) == 2
    assert error(x, 1, 1, 2, 3, 3) == 2  # other elements
    for kth in range(7):
        rows = RNG.integers(0, 4, size=(5, 7)).astype(float)
        (expected,) = meaning("partition", {"x": rows}, kth=kth).variants[""]
        assert (expected.property.of([np.partition(rows, kth, axis=-1)]) == 0).all()
        assert (expected.property.of([expected.values[0]]) == 0).all()


def test_divided_rows_keep_their_nan():
    x = np.array([NAN, 1, 3, NAN])
    assert error(x, 1, 1, 3, NAN, NAN) == 0
    assert error(x, 2, 3, 1, NAN, NAN) == 0
    assert error(x, 1, 1, 3, NAN, 3) == 2


@pytest.mark.parametrize("key", ["kthvalue", "partition"])
def test_places_that_no_row_has(key):
    x = np.ones((2, 3))
    assert "kth 3" in refusal(key, {"x": x}, kth=3)
    assert "kth -4" in refusal(key, {"x": x}, kth=-4)
    assert meaning(key, {"x": x}, kth=-1).rule is Rule.EITHER
    assert {case.parameters.get("hostile") for case in drawn(key)} == {None, "count"}
    places = {np.sign(case.parameters["kth"]) for case in drawn(key)}
    assert {0, 1} <= places


def test_the_known_partition_of_jax_is_that_of_the_smallest_integer():
    (row,) = [row for row in operator.get("partition").known if row.name == "JAX: partition of the smallest integer"]
    least, plain = (InputSpec((64,), "int8", regime) for regime in ("special", "exact"))
    assert row.when(Case("partition", {"x": least}, {"kth": 1}))
    assert not row.when(Case("partition", {"x": plain}, {"kth": 1}))
    assert not row.when(Case("partition", {"x": replace(least, dtype="uint8")}, {"kth": 1}))
