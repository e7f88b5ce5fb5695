"""Gradients of indexing: by hand, against central differences, and as adjoints of the values."""

from __future__ import annotations

import numpy as np
import pytest
from moved import cases_of, gradients, meaning, values

from harness.case import COTANGENT, GRADIENT
from harness.meaning import Rule

X = np.arange(12.0).reshape(3, 4)
INDICES = np.array([0, 2, 2])


def test_gradients_by_hand():
    (taken,) = gradients("embedding", {"x": X, "indices": INDICES}, np.arange(12.0).reshape(3, 4))
    assert taken.tolist() == [[0, 1, 2, 3], [0, 0, 0, 0], [12, 14, 16, 18]]
    x, y = gradients(
        "where", {"x": X[0], "y": np.float64(1), "condition": np.array([True, False, False, True])}, np.arange(4.0)
    )
    assert (x.tolist(), float(y)) == ([0, 0, 0, 3], 3.0)
    x, updates = gradients(
        "scatter_set",
        {"x": np.zeros(3), "indices": np.array([[2], [0]]), "updates": np.ones(2)},
        np.array([1.0, 2.0, 3.0]),
    )
    assert (x.tolist(), updates.tolist()) == ([0, 2, 0], [3, 1])
    x, updates = gradients(
        "scatter_add",
        {"x": np.zeros(3), "indices": np.array([[2], [2]]), "updates": np.ones(2)},
        np.array([1.0, 2.0, 3.0]),
    )
    assert (x.tolist(), updates.tolist()) == ([1, 2, 3], [3, 3])


def test_gradients_of_multiplying_and_of_extremes_by_hand():
    arrays = {"x": np.array([5.0, 3.0]), "indices": np.array([[0], [0], [0]]), "updates": np.array([2.0, 0.0, 4.0])}
    x, updates = gradients("scatter_mul", arrays, np.array([10.0, 1.0]))
    assert (x.tolist(), updates.tolist()) == ([0, 1], [0, 400, 0])
    x, updates = gradients("scatter_max", arrays, np.array([10.0, 1.0]))
    assert (x.tolist(), updates.tolist()) == ([10, 1], [0, 0, 0])
    x, updates = gradients("scatter_min", arrays, np.array([10.0, 1.0]))
    assert (x.tolist(), updates.tolist()) == ([0, 1], [0, 10, 0])


def test_who_gets_the_cotangent_of_an_extreme_is_a_convention():
    arrays = {"x": np.array([4.0, 3.0]), "indices": np.array([[0], [0]]), "updates": np.array([2.0, 4.0])}
    x, updates = gradients("scatter_max", arrays, np.array([10.0, 1.0]), "ties share evenly")
    assert (x.tolist(), updates.tolist()) == ([5, 1], [0, 5])
    found = meaning("scatter_max", {**arrays, COTANGENT: np.array([10.0, 1.0])}, GRADIENT)
    free = [output.free.tolist() for output in found.variants["ties share somehow"]]
    assert free == [[True, False], [False, True]]
    rows = {"x": np.array([2.0, 1.0, 2.0]), "indices": np.array([1, 0, 1])}
    assert gradients("segment_max", rows, np.array([3.0, 8.0]), "ties share evenly", count=2)[0].tolist() == [4, 3, 4]
    assert gradients("segment_min", rows, np.array([3.0, 8.0]), "ties share evenly", count=2)[0].tolist() == [4, 3, 4]
    assert gradients("segment_prod", rows, np.array([3.0, 8.0]), count=2)[0].tolist() == [16, 3, 16]
    assert values("segment_prod", rows, count=3).tolist() == [1, 4, 1]


@pytest.mark.parametrize("key", ["scatter_mul", "index_max", "scatter_along_min", "segment_prod", "segment_max"])
def test_gradients_agree_with_a_central_difference(key):
    """Of float64 values at a step of 1e-6, at elements that are all different."""
    rng = np.random.default_rng(4)
    arrays = {"x": rng.permutation(np.linspace(0.5, 2, 6)), "indices": np.array([1, 1, 4, 1, 0])}
    names = ["x", "updates"]
    parameters = {"axis": 0}
    if key.startswith("segment"):
        arrays["x"], names, parameters = arrays["x"][:5], ["x"], {"count": 6}
    else:
        arrays["updates"] = rng.permutation(np.linspace(0.6, 1.9, 5))
    if key == "scatter_mul":
        arrays["indices"] = arrays["indices"][:, None]
    weights = rng.normal(size=6)
    convention = "infinity" if key == "segment_max" else ""
    found = gradients(key, arrays, weights, **parameters)
    for name, got in zip(names, found, strict=True):
        for i in range(arrays[name].size):
            ends = []
            for step in (1e-6, -1e-6):
                moved = arrays[name].copy()
                moved[i] += step
                value = np.asarray(values(key, {**arrays, name: moved}, convention, **parameters), np.float64)
                ends.append((np.where(np.isfinite(value), value, 0) * weights).sum())
            assert float(got[i]) == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6, abs=1e-7)


def test_an_update_out_of_bounds_that_is_dropped_has_no_gradient():
    arrays = {"x": np.zeros(2), "indices": np.array([[5]]), "updates": np.ones(1)}
    x, updates = gradients("scatter_add", arrays, np.array([1.0, 2.0]), "drop")
    assert (x.tolist(), updates.tolist()) == ([1, 2], [0])


@pytest.mark.parametrize(
    "key", ["take", "take_along_axis", "gather_nd", "roll", "diagonal", "where", "slice", "dynamic_update_slice"]
)
def test_gradients_are_adjoints_of_values(key):
    checked = 0
    for case, arrays, found in cases_of(key, 100):
        if case.quantity != GRADIENT or case.dtype not in ("float32", "float64") or found.rule is not Rule.COMPUTE:
            continue
        moved = [output.name for output in found.variants[""]]
        rng = np.random.default_rng(checked)
        others = {
            name: rng.normal(size=array.shape).astype(array.dtype) if name in moved else array
            for name, array in arrays.items()
        }
        cotangent = others.pop(COTANGENT) * 0 + arrays[COTANGENT]
        wanted = (values(key, others, **case.parameters) * cotangent.astype(np.longdouble)).sum()
        found_sum = sum((output.values[0] * others[output.name]).sum() for output in found.variants[""])
        assert np.isclose(float(wanted), float(found_sum), atol=1e-9)
        checked += 1
    assert checked > 8
