"""The verdict on what fits another convention than the documented one."""

from __future__ import annotations

import numpy as np
import pytest

from harness import operator
from harness.case import Case, Described, InputSpec, Kind, Returned, Target
from harness.compare import judge
from harness.meaning import Accuracy, Expected, Meaning, Rule
from harness.mismatch import MOST_PLACES, compare, numbers_lost

OP = operator.get("hard_silu")
CASE = Case(OP.key, {"x": InputSpec((3,), "float32")}, {})
ELSEWHERE = ["by a formula", "by another"]


def expected(*values: float, name: str = "y") -> Expected:
    """An output of which every element is one number."""
    array = np.array(values)
    return Expected(array.shape, "float32", (array,), exact=True, name=name)


def verdict(got: list[float], documented: list[float], elsewhere: list[float]):
    """The disagreement of a result that documents one convention and fits others."""
    meaning = Meaning(
        Rule.COMPUTE,
        variants={"by pieces": (expected(*documented),), **{name: (expected(*elsewhere),) for name in ELSEWHERE}},
    )
    outcome = Returned((np.array(got, np.float32),))
    return judge(OP, CASE, Target("torch"), meaning, outcome, Accuracy(), "by pieces").disagreement


@pytest.mark.parametrize("lost", [float("nan"), float("inf"), float("-inf")])
def test_numbers_lost_are_said_of_the_documented_convention(lost):
    found = verdict([1.0, lost, lost], [1.0, 0.0, 2.0], [1.0, lost, lost])
    assert (found.kind, found.cause) == (Kind.NOT_FINITE, "y: NaN or infinity")
    assert found.sentence == (
        f"torch:cpu:eager gives y[1] = {lost}; the float32 result is 0.0 exactly, in any order of summation "
        "(2 of 3 elements are wrong); it documents by pieces, and by a formula or by another would allow it"
    )
    assert found.detail["fits"] == ELSEWHERE
    assert found.detail["index"] == [1]


@pytest.mark.parametrize(
    ("got", "documented"),
    [
        ([1.0, 0.5, 2.0], [1.0, 0.0, 2.0]),  # another number
        ([1.0, 0.5, float("nan")], [1.0, 0.0, 2.0]),  # another number beside one that is lost
        ([1.0, 0.5, 2.0], [1.0, float("inf"), 2.0]),  # a number for an infinity
        ([1.0, float("nan"), 2.0], [1.0, float("inf"), 2.0]),  # no number was documented
    ],
)
def test_other_results_follow_another_convention(got, documented):
    found = verdict(got, documented, got)
    assert (found.kind, found.cause) == (Kind.SHAPE, "follows by a formula, documents by pieces")
    assert found.sentence == "torch:cpu:eager follows by a formula or by another, but documents by pieces"


def test_numbers_are_lost_where_nothing_else_is_wrong():
    nan, right, wrong = np.float32("nan"), np.float32(1), np.float32(2)
    pair = (expected(1.0), expected(1.0, name="z"))

    def lost(*arrays):
        return numbers_lost(Returned(tuple(np.array(array) for array in arrays)), pair, Accuracy())

    assert lost([nan], [right])
    assert lost([right], [nan])
    assert not lost([nan], [wrong])
    assert not lost([nan], [[right]])
    assert not lost([nan], [np.float64(1)])
    assert not lost([nan])
    assert not numbers_lost(Described(((1,), (1,)), ("float32", "float32")), pair, Accuracy())


def test_hard_silu_of_minus_infinity():
    case = Case(OP.key, {"x": InputSpec((2,), "float32")}, {})
    meaning = OP.meaning(case, {"x": np.array([-np.inf, 4.0], np.float32)})
    outcome = Returned((np.array([np.nan, 4.0], np.float32),))
    judgement = judge(OP, case, Target("keras-jax"), meaning, outcome, Accuracy(), "by pieces")
    assert judgement.disagreement.kind is Kind.NOT_FINITE
    assert "y[0] = nan; the float32 result is 0.0" in judgement.disagreement.sentence


def test_the_wrong_elements_are_named_as_they_were_judged():
    values = np.array([[1.0, 2.0, 3.0], [4.0, 0.0, 6.0]])
    free, bound = values == 1, np.array([[0.1, 0.1, 0.1], [0.5, 0.1, 0.1]])
    wanted = Expected((2, 3), "float32", (values, values + 10), lambda dtype, facts: bound, free=free, signed=True)

    def places(got):
        mismatch, _ = compare(Returned((np.array(got, np.float32),)), (wanted,), Accuracy())
        return mismatch.detail["places"]

    # Free, right, wrong; within a wide bound, another reading, infinite.
    assert places([[7.0, 2.0, 3.2], [4.3, 10.0, np.inf]]) == [2, 5]
    assert places([[1.0, 2.0, 3.0], [4.0, -0.0, 6.0]]) == [4]


@pytest.mark.parametrize(("size", "named"), [(MOST_PLACES, True), (MOST_PLACES + 1, False)])
def test_of_many_elements_none_is_named(size, named):
    wanted = Expected((size,), "float32", (np.zeros(size),), exact=True)
    mismatch, _ = compare(Returned((np.ones(size, np.float32),)), (wanted,), Accuracy())
    assert mismatch.detail.get("places") == (list(range(size)) if named else None)
    assert mismatch.detail["wrong"] == size
