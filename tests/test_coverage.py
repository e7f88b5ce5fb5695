"""What a number of cases reaches of an operator's parameter classes.

A run of the tests asks one operator in forty, with OPDIFF_TRIALS=full all.
"""

import os

import pytest
from hypothesis import strategies as st

from harness import operator
from harness.case import Case, InputSpec
from harness.coverage import classes_of, coverage, structures
from harness.draw import STRIDE, draw_block
from harness.operator import Operator

SHARE = 0.95
"""Of all pairs of classes, after 1,000 cases."""

STEP = 1 if os.environ.get("OPDIFF_TRIALS") == "full" else 40


def operator_with(labels):
    """An operator whose structures carry one of the labels ``kind`` and one of ``size``."""
    structures = st.sampled_from(labels).map(
        lambda pair: Case("t", {"x": InputSpec((1,), "float32")}, {"kind": pair[0], "size": pair[1]})
    )
    return Operator(
        "t",
        inputs=("x",),
        meaning=lambda case, arrays: None,
        structures=lambda: structures,
        cases=lambda case, seed: [case] * 5,
        classes=lambda case: dict(case.parameters),
    )


def test_classes_and_pairs_of_a_structure():
    assert set(classes_of({"a": "1", "c": "2", "d": "3"})) == {
        ("a: 1",),
        ("c: 2",),
        ("d: 3",),
        ("a: 1", "c: 2"),
        ("a: 1", "d: 3"),
        ("c: 2", "d: 3"),
    }


def test_all_is_reached_where_there_are_few_classes():
    found = coverage(operator_with([("u", "1"), ("v", "1"), ("v", "2")]), cases=100, sample=200)
    assert (found.classes, found.of_classes, found.pairs, found.of_pairs, found.missing) == (4, 4, 3, 3, ())
    assert found.cases == 100


def test_what_is_not_reached_is_named():
    many = [(str(i), str(j)) for i in range(12) for j in range(12)]
    found = coverage(operator_with(many), cases=50, sample=1500)
    assert found.of_pairs > 100
    assert found.pairs <= 10
    assert len(found.missing) == found.of_pairs + found.of_classes - found.pairs - found.classes
    assert all("kind: " in name or "size: " in name for name in found.missing)


def test_structures_are_those_of_a_runs_blocks():
    op = operator_with([(str(i), str(j)) for i in range(3) for j in range(3)])
    blocks = [found.case for block in range(8) for found in draw_block(op.structures(), op.key, 0, block, STRIDE)]
    assert list(structures(op, 0, 12)) == blocks[:12]


@pytest.mark.parametrize("key", sorted(operator.load())[::STEP])
def test_a_thousand_cases_reach_every_class_and_nearly_all_pairs(key):
    found = coverage(operator.get(key))
    assert found.share >= SHARE, (found.share, found.missing)
    assert found.classes == found.of_classes, [name for name in found.missing if " with " not in name]
