"""Connectionist temporal classification: against the forward recursion, by hand, by differences, impossible labels, refusals."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from moved import drawn, gradients, meaning, refusal, values

from harness.case import COTANGENT, GRADIENT
from harness.meaning import Rule
from harness.operators.losses.ctc import alignments

RNG = np.random.default_rng(6)
PLAIN = {"blank": 0, "reduction": "none", "zero_infinity": False}


def loss(arrays, convention="infinite", **parameters):
    """The values of a case."""
    return values("ctc_loss", arrays, convention, **{**PLAIN, **parameters})


def given(x, *rows, steps=None):
    """The arrays of a case: labels of several lengths, padded with ones."""
    x = np.asarray(x, float)
    longest = max(1, *map(len, rows))
    target = np.array([[*row, *[1] * (longest - len(row))] for row in rows], np.int32)
    counts = np.array([x.shape[1]] * len(rows) if steps is None else steps, np.int32)
    return {"x": x, "target": target, "steps": counts, "labels": np.array([len(row) for row in rows], np.int32)}


def forward(scores, label, blank):
    """The recursion of Graves et al., section 4.1, on one sequence of scores (t, c), in probabilities."""
    p = np.exp(scores - scores.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    longer = [blank]
    for each in label:
        longer += [each, blank]
    alpha = np.zeros(len(longer))
    alpha[:2] = p[0, longer[:2]]
    for step in p[1:]:
        before = alpha
        alpha = before.copy()
        alpha[1:] += before[:-1]
        for s in range(2, len(longer)):
            if longer[s] not in (blank, longer[s - 2]):
                alpha[s] += before[s - 2]
        alpha *= step[longer]
    return -np.log(alpha[-2:].sum())


def merged(way, blank):
    """Repetitions merged, then blanks left out."""
    return tuple(each for each, _ in itertools.groupby(way) if each != blank)


@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.parametrize("label", [(), (1,), (1, 1), "other", (1, 1, 1)])
def test_alignments_are_all_sequences_that_become_the_label(label, blank):
    label = (1, 2 - blank) if label == "other" else label
    right = {way for way in itertools.product(range(3), repeat=5) if merged(way, blank) == label}
    found = alignments(label, 5, blank)
    assert set(found) == right
    assert len(found) == len(right)


@pytest.mark.parametrize("blank", [0, 3])
def test_losses_are_those_of_the_forward_recursion(blank):
    x = RNG.normal(size=(4, 7, 4)) * 3
    rows = [(1, 2, 1), (2, 2), (1,), (2, 1, 1, 2)]
    steps = [7, 5, 3, 7]
    found = loss(given(x, *rows, steps=steps), blank=blank)
    right = [forward(x[i, : steps[i]], rows[i], blank) for i in range(4)]
    np.testing.assert_allclose(found.astype(float), right, rtol=1e-12)


def test_of_even_scores_by_hand():
    """Two steps, three classes: the label (1,) has the alignments 01, 10 and 11 of nine sequences; () has one."""
    found = loss(given(np.zeros((2, 2, 3)), (1,), ()))
    np.testing.assert_allclose(found.astype(float), [np.log(3), np.log(9)], rtol=1e-14)


def test_reductions_and_impossible_labels():
    x = np.zeros((2, 2, 3))
    two = given(x, (1, 2), (1,))
    assert loss(two, reduction="sum") == pytest.approx(np.log(9) + np.log(3))
    assert loss(two, reduction="mean") == pytest.approx((np.log(9) / 2 + np.log(3)) / 2)
    repeated = given(x, (1, 1), (1,))
    assert loss(repeated).tolist() == [np.inf, pytest.approx(np.log(3))]
    assert loss(repeated, zero_infinity=True).tolist() == [0, pytest.approx(np.log(3))]


def test_gradients_are_slopes():
    x = RNG.normal(size=(3, 5, 3))
    arrays = given(x, (1, 2), (2, 2), (1,), steps=[5, 4, 3])
    cotangent = np.array([1.0, -2.0, 0.5])
    (found,) = gradients("ctc_loss", arrays, cotangent, "infinite", **PLAIN)
    direction, step = RNG.normal(size=x.shape), 1e-5
    ends = [loss({**arrays, "x": x + s * direction}).astype(float) for s in (step, -step)]
    slope = ((ends[0] - ends[1]) / (2 * step) * cotangent).sum()
    assert slope == pytest.approx(float((found * direction).sum()), rel=1e-8)
    assert not np.asarray(found, float)[2, 3:].any(), "steps that do not count have no slope"


def test_an_infinite_loss_is_said_of_torch_only_and_has_no_gradient():
    arrays = given(np.zeros((2, 2, 3)), (1, 1), (1,))
    free = {name: found[0].free for name, found in meaning("ctc_loss", arrays, **PLAIN).variants.items()}
    assert free["infinite"] is None
    assert free["open"].tolist() == [True, False]
    found = meaning("ctc_loss", {**arrays, COTANGENT: np.ones(2)}, GRADIENT, **PLAIN).variants["infinite"][0]
    assert found.free.all(axis=(1, 2)).tolist() == [True, False]
    zero = {**PLAIN, "zero_infinity": True}
    found = meaning("ctc_loss", {**arrays, COTANGENT: np.ones(2)}, GRADIENT, **zero).variants["infinite"][0]
    assert found.free is None
    assert not np.asarray(found.values[0])[0].any()


def test_refusals_and_what_is_left_open():
    arrays = given(np.zeros((2, 3, 3)), (1,), (2,))
    assert "numbers of sequences" in refusal("ctc_loss", {**arrays, "labels": np.ones(3, np.int32)}, **PLAIN)
    assert meaning("ctc_loss", {**arrays, "target": np.zeros((2, 1), np.int32)}, **PLAIN).rule is Rule.EITHER
    assert meaning("ctc_loss", {**arrays, "steps": np.full(2, 4, np.int32)}, **PLAIN).rule is Rule.EITHER


def test_structures_reach_repetitions_and_both_blanks():
    cases = [case for case in drawn("ctc_loss") if "hostile" not in case.parameters]
    assert {case.parameters["blank"] == 0 for case in cases} == {True, False}
    assert {case.inputs["labels"].high for case in cases} >= {0, 1, 2, 4}
    assert any(case.inputs["x"].shape[2] == 2 and case.inputs["target"].shape[1] > 1 for case in cases)
