"""The recorded findings of the frameworks are grouped as a reader of their behaviour groups them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import causes
import pytest
from causes import scores
from causes.__main__ import KEPT, again

from harness.case import Raised, Target, Unsupported
from harness.causes import key_of
from harness.check import check, judge_all
from harness.discovery import adapters
from harness.workers import make_pool

FIXTURES = [fixture for file in causes.files() for fixture in causes.read(file)]
HELD = [fixture for fixture in FIXTURES if fixture.held]


def test_pairs_by_hand():
    # Expected: a-a and b-b are pairs. Given: 1-1-1 makes three pairs, of which a-a is right.
    found = scores.figures(["a", "a", "b", "b"], [1, 1, 1, 2])
    assert (found.right, found.together, found.expected) == (1, 3, 2)
    assert (found.precision, found.recall) == (1 / 3, 1 / 2)


def test_recorded_findings_are_many_real_and_small():
    assert len(FIXTURES) >= 200
    assert len({fixture.finding.id for fixture in FIXTURES}) == len(FIXTURES)
    assert len(HELD) >= len(FIXTURES) / 4
    assert not {fixture.group for fixture in HELD} & {fixture.group for fixture in FIXTURES if not fixture.held}
    assert sum(file.stat().st_size for file in causes.files()) < 1_000_000
    page = (Path(__file__).parents[1] / "docs" / "findings.md").read_text()
    entries = {int(number) for number in re.findall(r"^## (\d+)$", page, re.M)}
    assert {fixture.entry for fixture in FIXTURES} <= entries | {0}


def test_a_fixture_is_written_as_it_was_read(tmp_path):
    for file in causes.files():
        causes.write(tmp_path / file.name, causes.read(file))
        assert (tmp_path / file.name).read_bytes() == file.read_bytes()


@pytest.mark.parametrize("fixtures", [FIXTURES, HELD], ids=["all", "held out"])
def test_grouping_of_recorded_findings(fixtures, record_property):
    found = scores.of(fixtures)
    record_property("figures", str(found))
    assert found.precision >= 0.95, found
    assert found.recall >= 0.90, found


def test_figures_notice_a_grouping_that_is_too_coarse_or_too_fine():
    expected = [fixture.group for fixture in FIXTURES]
    coarse = [(each.finding.fingerprint.framework, each.finding.fingerprint.cause) for each in FIXTURES]
    assert scores.figures(expected, coarse).precision < 0.95
    assert scores.figures(expected, [each.finding.id for each in FIXTURES]).recall < 0.90


def test_updating_rewrites_what_was_recorded_and_never_the_expected_group():
    old = next(each for each in FIXTURES if each.finding.fingerprint.kind == "raised")

    def refuses(case, targets):
        return judge_all(
            case, {target: Raised("RuntimeError", "other words, 7", 0.0, "a.py:f") for target in targets}, adapters()
        )

    new = again(old, refuses)
    assert (new.group, new.entry, new.held) == (old.group, old.entry, old.held)
    assert new.finding.case == old.finding.case
    assert new.finding.fingerprint == replace(old.finding.fingerprint, cause="RuntimeError: other words, N")
    assert new.finding.detail["message"] == "other words, 7"
    assert {each.text for each in new.finding.outcomes} == {"RuntimeError: other words, 7"}
    assert (
        again(old, lambda case, targets: judge_all(case, dict.fromkeys(targets, Unsupported("")), adapters())) is None
    )


@pytest.mark.frameworks
def test_the_recorded_findings_are_those_of_the_framework():
    own = [
        each
        for each in FIXTURES
        if each.finding.target == Target("torch") and each.finding.fingerprint.kind not in KEPT
    ]
    first = {each.finding.fingerprint.kind: each for each in own}
    assert len(first) >= 3
    with make_pool([Target("torch")]) as pool:
        pool.start()
        for fixture in first.values():
            new = again(fixture, lambda case, targets: check(case, targets, pool, adapters()))
            assert new.finding.fingerprint == fixture.finding.fingerprint
            assert key_of(new.finding) == key_of(fixture.finding)
