"""Planted bugs of plain operators: each found and attributed; nothing reported where nothing is planted."""

from collections import Counter

import pytest
from planted import tables
from running import judge_planted, run_planted

from harness import operator
from harness.records import Severity

BUGS = tables()
FAMILIES = sorted({op.family for op in operator.load().values()})
CASES = 2000
"""Cases within which a bug must be found."""


@pytest.mark.parametrize("bug", BUGS)
def test_planted_bug_is_found(bug):
    operators, planted = BUGS[bug]
    found = judge_planted(bug, cases=CASES, operators=operators)
    assert any(one.kind in planted.kinds for one in found), [one.sentence for one in found]
    assert {one.target.framework for one in found} == {"planted"}


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_is_reported_where_nothing_is_planted(family):
    keys = tuple(key for key, op in operator.load().items() if op.family == family)
    assert [one.sentence for one in judge_planted(cases=12 * len(keys), operators=keys)] == []


def test_every_family_has_four_bugs():
    counts = Counter(
        family for operators, _ in BUGS.values() for family in {operator.get(key).family for key in operators}
    )
    plain = set(FAMILIES) - {
        "convolution",
        "promotion",
    }  # one has its own tests, the other is asked through "unsigned wins"
    assert {family: counts[family] for family in plain if counts[family] < 4} == {}


@pytest.mark.parametrize(
    "bug", ["sign of zero lost", "linalg: last entry off", "indexing: steps ignored", "sum's tail is lost"]
)
def test_a_campaign_shrinks_and_confirms_it(bug, tmp_path):
    operators, planted = BUGS[bug]
    result = run_planted(tmp_path, bug, cases=120 * len(operators), operators=operators)
    kinds = {kind.value for kind in planted.kinds}
    caught = [finding for finding in result.findings if finding.fingerprint.kind in kinds]
    assert caught, [finding.sentence for finding in result.findings]
    assert all(finding.severity == Severity.BUG for finding in caught)
    assert all(finding.reproduced == finding.attempts == 3 for finding in caught)
