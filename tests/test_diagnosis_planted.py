"""The diagnosis of planted bugs: each that has an explanation gets it, the others get none; none of it changes a finding's identity."""

import itertools
from dataclasses import replace

import pytest
from planted import every_bug, tables
from planted.adapter import Planted
from planted.bugs import BUGS
from running import ALIGNED, Silent, _outcome, planted_pool, run_planted

from harness import campaign, operator
from harness.case import VALUE, Target
from harness.check import judge_all
from harness.diagnosis import findings
from harness.diagnosis.findings import diagnosed
from harness.diagnosis.probing import Prober
from harness.draw import STRIDE, block_seed, draw_block
from harness.records import FindingRecord, Fingerprint
from harness.store import Store
from harness.verify import severity

EXPLAINED = {
    "window off by one": "parameter window",
    "padding on the other side": "parameter padding",
    "dilation ignored": "parameter dilation",
    "kernel flipped": "kernel flipped",
    "bias forgotten in the last channel": "operand's last entry not read",
    "strided input read as contiguous": "layout ignored",
    "stride's axes swapped": "parameter stride",
    "groups transposed": "groups transposed",
    "float16 accumulation": "result rounded",
    "NaN swallowed": "NaN lost",
    "infinity saturates": "infinity saturated",
    "kernel gradient mirrored": "result reversed",
    "input gradient mirrored": "result reversed",
    "bias gradient halved": "constant factor",
    "input gradient transposed in shape": "axis added",
    "tail of long rows": "last element",
    "shape inference one too large": "length off by one",
    "stale result": "stale result",
    "activation: another framework's slope": "parameter slope",
    "activation: NaN becomes zero": "NaN ignored",
    "activation: overflows above 88": "magnitude",
    "activation: gate and value exchanged": "operand halves exchanged",
    "attention: sees the future": "parameter causal",
    "NaN ignored by an extreme": "NaN ignored",
    "divisor's sign lost": "sign of an operand",
    "sign of zero lost": "sign of zero lost",
    "relative error of 1e-5": "constant factor",
    "gradient without sign": "sign lost",
    "fft: other sign": "conjugate",
    "fft: cropped at the front": "operand rotated",
    "fft: factor ignored": "parameter norm",
    "fft: single precision": "result rounded",
    "fft: middle rounded up": "another operator",
    "indexing: diagonal on the other side": "parameter k",
    "indexing: gradient without duplicates": "result cut",
    "indexing: segments clamped": "indices out of bounds",
    "indexing: coordinates modulo": "indices out of bounds",
    "one stretch of the range worse": "interval of an input",
    "linalg: first matrix for all": "operand repeated",
    "linalg: ascending": "result reversed",
    "linalg: one factor too many": "parameter n",
    "linalg: gradient transposed": "result transposed",
    "loss: mean over too many": "constant factor",
    "loss: softmax along the last axis": "parameter axis",
    "normalisation: another epsilon": "parameter epsilon",
    "padding: symmetric replicates": "another operator",
    "pooling: padding counts": "parameter include_pad",
    "pooling: padding wins": "negative numbers lost",
    "pooling: another power": "parameter norm",
    "empty product is zero": "all zeros",
    "cumulative sum is exclusive": "result rotated",
    "cotangent goes to the neighbour": "result rotated",
    "dtype of the result only": "integer wrapped",
    "extremes skip NaN": "NaN lost",
    "resize: corners forgotten": "parameter coordinates",
    "resize: half pixel forgotten": "parameter coordinates",
    "shape: inverse permutation": "parameter axes",
    "shape: joined in another order": "operands exchanged",
    "signal: other period": "parameter periodic",
    "signal: reversed filter": "operand reversed",
    "insertion on the other side": "parameter side",
    "descending ignored": "parameter descending",
}
"""Bugs that an explanation describes, and its name."""

SILENT = (
    "output padding on the wrong side",
    "bfloat16 truncated",
    "relative error of 1e-4",
    "half away from even",
    "shift count modulo 32",
    "fft: imaginary part counts",
    "indexing: last entry unreachable",
    "indexing: duplicates lost",
    "indexing: coordinates elsewhere",
    "some bits worse",
    "linalg: vectors not normalised",
    "linalg: upper factor",
    "loss: positive weight everywhere",
    "pooling: index into the row",
    "pooling: places mirrored",
    "recurrent: gates exchanged",
    "recurrent: update for reset",
    "sampling: boxes as x before y",
    "sampling: centres of a box",
    "last pair of long rows out of order",
    "index of the largest repeated",
)
"""Bugs that none describes."""


def judged(adapter, target, case):
    return judge_all(case, {target: _outcome(adapter, case, target.mode)}, {"planted": Planted})


def first_sight(adapter, operators):
    """The first case that shows a bug: structure, judged case, target, disagreement."""
    for block, key in ((block, key) for block in itertools.count() for key in operators):
        op = operator.get(key)
        for drawn in draw_block(op.structures(), key, 0, block, STRIDE):
            cases = op.cases(drawn.case, (block_seed(key, 0, block) + 16 * drawn.index) % 2**32)
            for index, case in enumerate(cases):
                for mode in ("eager", "abstract") if index == 0 and case.quantity == VALUE else ("eager",):
                    target = Target("planted", "cpu", mode)
                    checked = judged(adapter, target, case)
                    for one in checked.disagreements:
                        if one.kind in adapter.bug.kinds:
                            return drawn.case, checked, target, one
    raise AssertionError("blocks have no end")


def finding_of(bug):
    """A planted bug's first finding, diagnosed in this process."""
    operators = tables()[bug][0] if bug in tables() else ALIGNED
    adapter = Planted()
    adapter.bug = every_bug()[bug]
    structure, checked, target, found = first_sight(adapter, operators)
    mark = Fingerprint.of(checked.case, found)
    finding = FindingRecord(
        mark, severity(found, False), found.sentence, checked.case, target, (str(target),), detail=dict(found.detail)
    )
    prober = Prober(
        lambda cases: [judged(adapter, target, case) for case in cases],
        target,
        {"planted": Planted},
        mark,
        str(found.detail.get("output", "")),
        float("inf"),
    )
    return diagnosed(replace(finding, minimal=False), prober, checked, checked, [structure])


@pytest.mark.parametrize("bug", EXPLAINED)
def test_a_planted_bug_is_explained(bug):
    finding = finding_of(bug)
    diagnosis = finding.detail["diagnosis"]
    assert diagnosis["name"] == EXPLAINED[bug], diagnosis
    assert finding.sentence.endswith("; " + diagnosis["sentence"])


@pytest.mark.parametrize("bug", SILENT)
def test_nothing_is_said_of_a_bug_without_an_explanation(bug):
    finding = finding_of(bug)
    assert "diagnosis" not in finding.detail, finding.sentence
    assert finding.marks == ()


def test_a_campaign_stores_the_diagnosis_of_the_smallest_case(tmp_path):
    operators, _ = tables()["sum's tail is lost"]
    result = run_planted(tmp_path, "sum's tail is lost", cases=120 * len(operators), operators=operators)
    wrong = [finding for finding in result.findings if finding.fingerprint.kind == "value"]
    names = {finding.detail["diagnosis"]["name"] for finding in wrong}
    assert names == {"operand's tail not read"}
    assert all(finding.sentence.endswith("; " + finding.detail["diagnosis"]["sentence"]) for finding in wrong)
    assert any("with 8 and 4 in place of 9 elements along an axis it is right" in one.sentence for one in wrong)


def test_a_failing_diagnosis_costs_no_finding(tmp_path, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("planted")

    monkeypatch.setattr(findings, "_explanation", broken)
    plan = campaign.Plan(ALIGNED, (Target("planted"),), 0, seconds=60.0, cases=30)
    with Store.open(tmp_path) as store:
        frameworks = {"planted": Planted}
        make_pool = lambda plan: planted_pool("kernel flipped")  # noqa: E731
        run = campaign.run(plan, store, Silent(), make_pool=make_pool, frameworks=frameworks)
        found = store.findings(run.id)
    assert found
    assert all("no diagnosis: RuntimeError" in finding.marks for finding in found)
    assert all(finding.detail["no_diagnosis"] == "RuntimeError: planted" for finding in found)
    assert all("diagnosis" not in finding.detail and finding.reproduced == 3 for finding in found)


def test_every_bug_is_known():
    assert not (EXPLAINED.keys() | set(SILENT)) - BUGS.keys() - tables().keys()
