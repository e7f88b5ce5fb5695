"""Findings are completed as what they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from running import run_planted

from harness import operator
from harness.case import Case, Kind, KnownDifference
from harness.records import Severity

KEY = "conv:aligned"


def documented(when: Callable[[Case], bool]) -> KnownDifference:
    """A row that explains the planted dtype where ``when`` holds."""
    return KnownDifference("planted:*", Kind.DTYPE, "", "documented", "its page", "documented", when)


def test_a_bug_is_not_shrunk_into_a_known_difference(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They may have the same fingerprint, as a dtype that a row explains and one that none does: dtypes are in none.

    Here the simplest values, to which every finding is shrunk, are explained.
    """
    explains = documented(lambda case: case.inputs["x"].regime == "ones")
    monkeypatch.setattr(operator.get(KEY), "known", [explains])
    findings = run_planted(tmp_path, "wrong dtype", cases=40, seed=1, operators=(KEY,)).findings
    bugs = [one for one in findings if one.severity == Severity.BUG]
    assert bugs
    for one in bugs:
        own = next(each for each in one.outcomes if each.target == str(one.target))
        assert own.verdict == "disagreed"
        assert one.case.inputs["x"].regime != "ones"
        assert (one.minimal, one.reproduced) == (True, one.attempts)


@pytest.mark.parametrize("seed", range(1, 4))
def test_a_bug_behind_a_known_difference_is_a_finding_of_its_own(
    seed: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whichever of the two a run meets first: what a row explains of one dtype says nothing of another."""
    explains = documented(lambda case: case.inputs["x"].dtype == "float32")
    monkeypatch.setattr(operator.get(KEY), "known", [explains])
    findings = run_planted(tmp_path, "wrong dtype", cases=40, seed=seed, operators=(KEY,)).findings
    dtypes = {
        severity: {one.case.inputs["x"].dtype for one in findings if one.severity == severity}
        for severity in (Severity.BUG, Severity.KNOWN)
    }
    assert dtypes[Severity.KNOWN] == {"float32"}
    assert dtypes[Severity.BUG]
    assert "float32" not in dtypes[Severity.BUG]
