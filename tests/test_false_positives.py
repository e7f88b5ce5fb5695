"""Which findings explain torch's wrong float64 results: each its own case, a second error beside it not, and no right condition missing."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.explained import EXPLANATIONS, agrees, explain
from benchmarks.false_positives import Asked, Tally, judge_one, right_result
from harness import operator
from harness.adapters.torch import Torch
from harness.case import COTANGENT, GRADIENT, Case, InputSpec, Returned

PAGE = (Path(__file__).parent.parent / "docs" / "findings.md").read_text(encoding="utf-8")

FACTORS = {"method": "linear", "align_corners": False, "recompute": None}
SMOOTH = {"coordinates": "half_pixel", "antialias": True}


def asked(key, shape, parameters, x=None, gradient=None):
    """A case with its array, of floats 0, 1, 2, ... where no other is given; ``gradient`` is the shape of its cotangent."""
    x = np.arange(float(np.prod(shape))).reshape(shape) if x is None else np.asarray(x, float)
    inputs = {"x": InputSpec(x.shape, "float32")}
    arrays = {"x": x.astype(np.float32)}
    if gradient is not None:
        inputs[COTANGENT], arrays[COTANGENT] = InputSpec(gradient, "float32"), np.ones(gradient, np.float32)
    return Case(key, inputs, parameters, "value" if gradient is None else GRADIENT), arrays


CASES = [
    (39, *asked("i0", (), {}, [1.0, np.inf, 2.0])),
    (39, *asked("i1", (), {}, [1.0, -np.inf, 2.0])),
    (44, *asked("resize_linear", (1, 1, 4, 1), {"size": (2, 1), **SMOOTH})),
    (44, *asked("resize_lanczos", (1, 1, 4, 3), {"size": (7, 1), "radius": 3, "antialias": True})),
    (44, *asked("resize_scale", (1, 1, 4, 1), {"scale": (1.5, 1.0), **FACTORS, "method": "cubic antialias"})),
    (45, *asked("lp_pool", (1, 1, 5), {"norm": 1.0, "kernel": (4,), "stride": (4,), "ceil_mode": True})),
    (45, *asked("lp_pool", (1, 1, 5), {"norm": 2.0, "kernel": (4,), "stride": (4,), "ceil_mode": True}, gradient=(1, 1, 2))),
    (61, *asked("space_to_depth", (0, 3, 4, 4), {"block": 2, "order": "CRD"})),
    (92, *asked("moments", (), {"axis": 0, "keepdims": False}, [[1.0, np.inf], [2.0, 3.0]])),
    (146, *asked("resize_scale", (1, 1, 3), {"scale": (1.3,), **FACTORS})),
    (146, *asked("resize_scale", (1, 1, 3), {"scale": (1.3,), **FACTORS}, gradient=(1, 1, 3))),
    (146, *asked("resize_scale", (1, 1, 4, 3), {"scale": (2.2, 1.3), **FACTORS, "method": "nearest"})),
    (146, *asked("resize_scale", (1, 1, 4, 3), {"scale": (1.5, 1.3), **FACTORS, "method": "linear antialias"})),
    (147, *asked("resize_scale", (1, 1, 3, 3), {"scale": (1.3, 1.3), **FACTORS, "method": "cubic"}, gradient=(1, 1, 3, 3))),
]  # fmt: skip


def judged(case, arrays):
    """The operator, its meaning and torch's result."""
    op = operator.get(case.operator)
    meaning = op.meaning(case, arrays)
    outcome = right_result(Torch("cpu"), op, case, arrays, meaning)
    assert outcome is not None
    return op, meaning, outcome


@pytest.mark.frameworks
@pytest.mark.parametrize(("finding", "case", "arrays"), CASES)
def test_a_finding_explains_its_own_case_and_no_error_beside_it(finding, case, arrays):
    op, meaning, outcome = judged(case, arrays)
    assert not agrees(op, case, meaning, outcome)
    assert explain(op, case, arrays, meaning, outcome) == finding
    if finding == 61:
        wrong = [np.zeros((0, 1, 1, 1), np.float32)]
    else:  # the first element is none that a defect spoils
        wrong = [array.copy() for array in outcome.arrays]
        wrong[0].reshape(-1)[0] += 3
    assert explain(op, case, arrays, meaning, replace(outcome, arrays=tuple(wrong))) is None


@pytest.mark.frameworks
def test_the_gradient_of_a_certain_probability_is_explained_and_that_of_another_not():
    x, target = np.array([1e-30, 0.25], np.float32), np.ones(2, np.float32)
    arrays = {"x": x, "target": target, COTANGENT: np.ones(2, np.float32)}
    spec = InputSpec((2,), "float32")
    case = Case("binary_cross_entropy", dict.fromkeys(arrays, spec), {"reduction": "none"}, GRADIENT)
    op, meaning, outcome = judged(case, arrays)
    assert explain(op, case, arrays, meaning, outcome) == 53
    wrong = replace(outcome, arrays=(outcome.arrays[0] * np.array([1, 1.01], np.float32), *outcome.arrays[1:]))
    assert explain(op, case, arrays, meaning, wrong) is None


@pytest.mark.parametrize(
    ("pads", "spoiled", "expected"),
    [
        (((0, 0), (-3, 2)), (0, 1), 145),  # one element is left, which stays right
        (((0, 0), (-3, 2)), (0, 0), None),
        (((0, 0), (-2, 2)), (0, 1), None),  # two are left, enough for two
        (((0, 0), (0, 2)), (0, 5), None),
    ],
)
def test_what_a_circular_pad_leaves_unwritten_is_explained(pads, spoiled, expected):
    case, arrays = asked("pad_wrap", (2, 4), {"pads": pads})
    op = operator.get("pad_wrap")
    meaning = op.meaning(case, arrays)
    result = meaning.variants["crop first" if "crop first" in meaning.variants else ""][0].values[0].astype(np.float32)
    assert agrees(op, case, meaning, Returned((result,)))
    result[spoiled] += 1
    assert explain(op, case, arrays, meaning, Returned((result,))) == expected


def test_only_later_matrices_of_a_stack_have_the_pivots_of_another():
    rng = np.random.default_rng(0)
    arrays = {"x": rng.normal(size=(2, 3, 3)).astype(np.float32), "y": rng.normal(size=(2, 3, 1)).astype(np.float32)}
    case = Case("lstsq", {name: InputSpec(a.shape, "float32") for name, a in arrays.items()}, {})
    op = operator.get("lstsq")
    meaning = op.meaning(case, arrays)
    right = np.linalg.solve(arrays["x"].astype(float), arrays["y"].astype(float)).astype(np.float32)
    assert agrees(op, case, meaning, Returned((right,)))
    for matrix, expected in ((1, 76), (0, None)):
        wrong = right.copy()
        wrong[matrix] *= 0
        assert explain(op, case, arrays, meaning, Returned((wrong,))) == expected


def test_every_finding_is_in_the_page_and_every_operator_exists():
    for row in EXPLANATIONS:
        assert re.search(rf"^## {row.finding}$", PAGE, re.M), row
        assert set(row.operators) <= operator.load().keys(), row


@pytest.mark.frameworks
def test_a_tally_tells_findings_from_what_nothing_explains():
    tally = Tally(compared=Counter(fft=997))
    spec = InputSpec((512,), "float32", "special")
    for seed in range(3):  # among 512 special numbers is an infinity
        judge_one(Torch("cpu"), operator.get("i0"), Case("i0", {"x": replace(spec, seed=seed)}, {}), tally)
    assert tally.explained == {("i0", 39): 3}
    assert "1,000 comparisons, 3 differ, of them 3 are findings (39: 3), 0 unexplained" in tally.verdict
    assert "below 0.003" in tally.verdict
    tally.add(Tally(unexplained={"exp": ["exp(0) is 2"]}))
    assert "4 differ, of them 3 are findings (39: 3), 1 unexplained" in tally.verdict


def test_a_selection_draws_its_own_operators_and_seed():
    one, other = Asked(("pad_wrap",), 1), Asked(("pad_wrap", "conv:nominal", "cast"), 2)
    assert [op.key for op in other.operators] == ["pad_wrap", "conv:nominal"]  # a cast of float64 is another cast
    drawn = [list(choice.cases(operator.get("pad_wrap"), 0)) for choice in (one, one, other)]
    assert drawn[0] == drawn[1] != drawn[2]
