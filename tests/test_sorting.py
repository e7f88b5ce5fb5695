"""Sorting and searching: references against second implementations, properties, refusals, structures, planted bugs."""

import bisect
from collections import Counter

import numpy as np
import pytest

from harness import operator
from harness.case import COTANGENT, GRADIENT, Case, Described, InputSpec, Returned, Target
from harness.compare import judge
from harness.draw import draw_block
from harness.formats import numpy_dtype
from harness.meaning import Accuracy, Rule
from harness.values import arrays_of

OPERATORS = {key: op for key, op in operator.load().items() if op.family == "sorting"}
NAN = float("nan")


def meaning_of(key, quantity="value", parameters=None, **arrays):
    """The meaning of an operator on arrays."""
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    inputs = {name: InputSpec(array.shape, array.dtype.name) for name, array in arrays.items()}
    return OPERATORS[key].meaning(Case(key, inputs, parameters or {}, quantity), arrays)


def judged(key, outputs, parameters, **arrays):
    """The conventions that outputs fit."""
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    inputs = {name: InputSpec(array.shape, array.dtype.name) for name, array in arrays.items()}
    case = Case(key, inputs, parameters)
    outputs = tuple(np.asarray(output) for output in outputs)
    return judge(
        OPERATORS[key], case, Target("torch"), OPERATORS[key].meaning(case, arrays), Returned(outputs), Accuracy()
    )


def first(meaning, output=0):
    return next(iter(meaning.variants.values()))[output].values[0]


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("descending", [False, True])
def test_sort_and_stable_order_agree_with_sorted(axis, descending):
    x = np.random.default_rng(1).integers(-3, 3, (17, 9)).astype(np.float32)
    rows = np.moveaxis(x, axis, -1)
    got = np.moveaxis(first(meaning_of("sort", parameters={"axis": axis, "descending": descending}, x=x)), axis, -1)
    parameters = {"axis": axis, "descending": descending, "stable": True}
    order = np.moveaxis(first(meaning_of("argsort", parameters=parameters, x=x)), axis, -1)
    for row, found, indices in zip(rows, got, order, strict=True):
        assert found.tolist() == sorted(row.tolist(), reverse=descending)
        assert indices.tolist() == sorted(range(len(row)), key=row.tolist().__getitem__, reverse=descending)


def test_nan_is_the_largest_in_both_directions():
    """numpy.sort and torch.sort document NaN last in ascending order."""
    x = np.array([NAN, 1.0, np.inf, -1.0], np.float32)
    ascending = first(meaning_of("sort", parameters={"axis": 0, "descending": False}, x=x))
    np.testing.assert_array_equal(ascending.astype(float), [-1, 1, np.inf, NAN])
    descending = first(meaning_of("sort", parameters={"axis": 0, "descending": True}, x=x))
    np.testing.assert_array_equal(descending.astype(float), [NAN, np.inf, 1, -1])


def test_zeros_of_either_sign_are_equal():
    x = np.array([0.0, -0.0, 0.0], np.float32)
    order = first(meaning_of("argsort", parameters={"axis": 0, "descending": False, "stable": True}, x=x))
    assert order.tolist() == [0, 1, 2]


UNSTABLE = {"axis": 0, "descending": False, "stable": False}


@pytest.mark.parametrize(
    ("order", "right"),
    [([1, 0, 2], True), ([1, 2, 0], True), ([0, 1, 2], False), ([1, 1, 0], False), ([1, 0, 3], False)],
)
def test_an_order_is_right_where_it_sorts_and_is_a_permutation(order, right):
    found = judged("argsort", [np.array(order)], UNSTABLE, x=np.array([2.0, 1.0, 2.0], np.float32))
    assert (found.disagreement is None) is right


def test_a_stable_order_is_unique():
    parameters = {**UNSTABLE, "stable": True}
    x = np.array([2.0, 1.0, 2.0], np.float32)
    assert judged("argsort", [np.array([1, 0, 2])], parameters, x=x).disagreement is None
    assert judged("argsort", [np.array([1, 2, 0])], parameters, x=x).disagreement


@pytest.mark.parametrize(
    ("index", "right"), [([2, 0], True), ([2, 3], True), ([0, 2], False), ([2, 2], False), ([2, 4], False)]
)
def test_indices_of_the_largest_point_at_different_elements(index, right):
    x = np.array([2.0, 1.0, 3.0, 2.0], np.float32)
    found = judged("topk", [np.array([3.0, 2.0], np.float32), np.array(index)], {"k": 2, "largest": True}, x=x)
    assert (found.disagreement is None) is right


def test_gradient_of_a_sort_returns_each_cotangent():
    x, cotangent = np.array([3.0, 1.0, 2.0]), np.array([10.0, 20.0, 30.0])
    got = first(meaning_of("sort", GRADIENT, {"axis": 0, "descending": False}, x=x, **{COTANGENT: cotangent}))
    assert got.tolist() == [30.0, 10.0, 20.0]
    top = first(meaning_of("topk_values", GRADIENT, {"k": 2, "largest": True}, x=x, **{COTANGENT: cotangent[:2]}))
    assert top.tolist() == [10.0, 0.0, 20.0]


@pytest.mark.parametrize("side", ["left", "right"])
def test_insertion_points_agree_with_bisect(side):
    x = np.random.default_rng(2).integers(0, 9, 33).astype(np.int32)
    v = np.arange(-1, 11, dtype=np.int32)
    find = {"left": bisect.bisect_left, "right": bisect.bisect_right}[side]
    expected = [find(sorted(x.tolist()), value) for value in v.tolist()]
    for key in ("searchsorted", "digitize"):
        assert first(meaning_of(key, parameters={"side": side}, x=x, v=v)).tolist() == expected


def test_membership_agrees_with_sets():
    x, v = np.array([1, 5, 5, 7]), np.array([[5, 2], [7, 8]])
    assert first(meaning_of("isin", x=x, v=v)).tolist() == [[1, 0], [1, 0]]


def test_distinct_elements_agree_with_counters():
    x = np.array([3, 1, 3, 2, 1, 3], np.int16)
    counts = Counter(x.tolist())
    variants = meaning_of("unique_counts", x=x).variants
    found = {
        name: dict(zip(values.values[0].tolist(), number.values[0].tolist(), strict=True))
        for name, (values, number) in variants.items()
    }
    assert found == {"ascending": counts, "by first appearance": counts}
    assert variants["by first appearance"][0].values[0].tolist() == [3, 1, 2]
    for values, inverse in meaning_of("unique_inverse", x=x).variants.values():
        assert values.values[0][inverse.values[0].astype(int)].tolist() == x.tolist()


def test_counts_agree_with_counters_and_sums():
    x, w = np.array([0, 3, 3, 1], np.int32), np.array([0.5, 1.0, 2.0, 4.0], np.float32)
    assert first(meaning_of("bincount", parameters={"minlength": 0}, x=x)).tolist() == [1, 1, 0, 2]
    assert first(meaning_of("bincount", parameters={"minlength": 6}, x=x, w=w)).tolist() == [0.5, 4, 0, 3, 0, 0]


def test_the_last_bin_is_closed_and_what_lies_outside_is_a_convention():
    x = np.array([-9.0, -8.0, 0.0, 7.0, 8.0, 9.0], np.float32)
    variants = meaning_of("histogram", parameters={"bins": 2, "low": -8.0, "high": 8.0}, x=x).variants
    found = {name: outputs[0].values[0].tolist() for name, outputs in variants.items()}
    assert found == {"others are left out": [1, 3], "others count in the first or last bin": [2, 4]}
    inside = np.random.default_rng(3).integers(-8, 9, 65).astype(np.float32)
    counts = first(meaning_of("histogram", parameters={"bins": 16, "low": -8.0, "high": 8.0}, x=inside))
    assert counts.tolist() == np.histogram(inside, 16, (-8, 8))[0].tolist()


def test_weights_are_added_up_by_bin():
    rng = np.random.default_rng(5)
    x, w = rng.integers(-12, 13, 65).astype(np.float32), rng.normal(size=65).astype(np.float32)
    got = first(meaning_of("histogram_weighted", parameters={"bins": 8, "low": -8.0, "high": 8.0}, x=x, w=w))
    expected = np.histogram(x, 8, (-8, 8), weights=w.astype(np.float64))[0]
    np.testing.assert_allclose(got.astype(float), expected, rtol=1e-12)


def test_counts_in_sixteen_bits_are_rounded_but_do_not_stop():
    x = np.zeros(522, numpy_dtype("bfloat16"))
    parameters = {"bins": 1, "low": -8.0, "high": 8.0}
    for count, right in ((522, True), (520, True), (256, False)):
        got = np.array([count], numpy_dtype("bfloat16") if count != 522 else np.int64)
        assert (judged("histogram", [got], parameters, x=x).disagreement is None) is right


def test_weighted_counts_of_nothing_may_be_integers():
    arrays = {"x": np.zeros(0, np.int32), "w": np.zeros(0, np.float32)}
    for dtype in (np.int64, np.float32):
        assert judged("bincount", [np.zeros(2, dtype)], {"minlength": 2}, **arrays).disagreement is None
    one = {"x": np.zeros(1, np.int32), "w": np.ones(1, np.float32)}
    assert judged("bincount", [np.ones(1, np.int64)], {"minlength": 0}, **one).disagreement


@pytest.mark.parametrize(
    ("order", "right"), [([3, 0, 1, 2], True), ([3, 0, 2, 1], True), ([1, 0, 3, 2], False), ([3, 0, 0, 2], False)]
)
def test_a_partition_divides(order, right):
    x = np.array([2, 4, 5, 1], np.int32)
    assert (judged("argpartition", [np.array(order)], {"kth": 1}, x=x).disagreement is None) is right


REFUSED = [
    ("sort", {"axis": 2, "descending": False}), ("sort", {"axis": -3, "descending": False}), ("sort", {"axis": 2**62, "descending": False}),
    ("topk", {"k": 4, "largest": True}), ("topk", {"k": -1, "largest": True}), ("topk", {"k": 2**32, "largest": True}),
    ("argpartition", {"kth": 3}), ("argpartition", {"kth": -4}),
]  # fmt: skip


@pytest.mark.parametrize(("key", "parameters"), REFUSED)
def test_arguments_that_are_refused(key, parameters):
    assert meaning_of(key, parameters=parameters, x=np.zeros((2, 3), np.float32)).rule is Rule.REFUSE


def test_weights_of_another_length_are_refused():
    meaning = meaning_of("bincount", parameters={"minlength": 0}, x=np.zeros(3, np.int32), w=np.zeros(4, np.float32))
    assert meaning.rule is Rule.REFUSE


@pytest.mark.parametrize("key", OPERATORS)
def test_structures_reach_every_class(key):
    op = OPERATORS[key]
    structures = [found.case for found in draw_block(op.structures(), key, 5, 0, 300)]
    for name in structures[0].parameters:
        values = {case.parameters[name] for case in structures if "hostile" not in case.parameters}
        assert len(values) > 1 or name in ("low", "high"), (name, values)
    lengths = {case.inputs["x"].shape[-1] for case in structures if case.inputs["x"].shape}
    assert lengths & {15, 16, 17}
    assert lengths & {31, 32, 33, 63, 64, 65}
    if key in ("sort", "argsort", "topk", "topk_values", "argpartition", "bincount"):
        assert any(case.parameters.get("hostile") for case in structures)
    regimes = {case.regime for structure in structures for case in op.cases(structure, 3)}
    assert regimes & {"exact", "uniform"}, "nothing with ties"


@pytest.mark.parametrize("key", OPERATORS)
def test_properties_hold_for_the_reference(key):
    op = OPERATORS[key]
    for found in draw_block(op.structures(), key, 9, 0, 60):
        for case in op.cases(found.case, 1):
            for outputs in op.meaning(case, arrays_of(case)).variants.values():
                results = [output.values[0] for output in outputs]
                for output in outputs:
                    assert output.property is None or (output.property.of(results) <= 1).all(), case


@pytest.mark.parametrize("key", ["sort", "argsort"])
def test_an_axis_out_of_range_of_a_meta_tensor_is_known_on_torch_only(key):
    op, x = OPERATORS[key], np.ones(3, "float32")
    for axis, where, known in ((5, "torch", True), (-2, "torch", True), (5, "tensorflow", False)):
        parameters = {"axis": axis, "descending": False, "stable": False}
        case = Case(key, {"x": InputSpec(x.shape, "float32")}, parameters)
        target, outcome = Target.parse(f"{where}:cpu:abstract"), Described(((3,),), ("float32",))
        found = judge(op, case, target, op.meaning(case, {"x": x}), outcome, Accuracy())
        assert (found.known is not None) == known, found
