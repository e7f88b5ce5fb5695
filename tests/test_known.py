"""Known differences are counted in the run that they explain; those that explain nothing are listed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from commands import Run, check_schema
from markupsafe import escape
from running import run_planted
from samples import sample_run

from harness import operator
from harness.accounts import Accounts
from harness.case import Kind, KnownDifference
from harness.known import known_rows
from harness.operator import Operator
from harness.records import FindingRecord, known_id
from harness.store import Store
from reports import json_report, markdown, terminal
from reports.html.page import render
from reports.view import build

KEY = "conv:aligned"
EXPLAINS = KnownDifference(
    "planted:cpu:*", Kind.VALUE, r"wrong values|bound", "its last channel has no bias", "planted"
)
NOTHING = KnownDifference("planted:*:eager", Kind.DIED, r"never", "it never dies", "planted")
ELSEWHERE = KnownDifference("torch:*", Kind.SHAPE, r".", "of a framework that did not run", "planted")


@pytest.fixture
def conv(monkeypatch: pytest.MonkeyPatch) -> Operator:
    """The operator with three rows of its own."""
    op = operator.get(KEY)
    monkeypatch.setattr(op, "known", [EXPLAINS, NOTHING, ELSEWHERE])
    return op


def test_rows_are_counted_and_those_without_a_match_listed(conv: Operator, tmp_path: Path) -> None:
    result = run_planted(tmp_path, "bias forgotten in the last channel", cases=400, operators=(KEY,))
    explained = sum(row.counts.get("known", 0) for row in result.statistics)
    assert explained > 0
    assert result.run.known == {known_id(KEY, EXPLAINS): explained}
    with Store.open(tmp_path, write=False) as store:
        rows = known_rows(store.run())
    assert [(row.reason, row.matched) for row in rows] == [(NOTHING.reason, 0), (EXPLAINS.reason, explained)]
    report = build(result.run, result.findings, result.statistics)
    assert report.unmatched == (rows[0],)
    assert f"1 of 2 known differences matched nothing in this run: opdiff list known --run {result.run.id}" in (
        terminal.summary(report)
    )
    assert [row["matched"] for row in json_report.document(report)["known"]] == [0, explained]
    assert "1 of 2 known differences matched nothing" in markdown.dumps(report)
    assert NOTHING.reason in markdown.dumps(report)
    assert EXPLAINS.reason not in markdown.dumps(report).split("matched nothing")[1]


def test_an_operator_or_a_target_that_did_not_run_has_no_rows(conv: Operator) -> None:
    run = replace(sample_run(), coverage={KEY: {"rank: 1": 1}, "gone:aligned": {}}, targets=("planted:cpu:eager",))
    assert [row.reason for row in known_rows(run)] == [EXPLAINS.reason, NOTHING.reason]
    assert known_rows(replace(run, unavailable={"planted:cpu:eager": "no"})) == []
    assert known_rows(replace(run, coverage={})) == []


def test_a_report_without_rows_says_nothing_of_them() -> None:
    report = build(replace(sample_run(), coverage={}), (), ())
    assert "known differences matched" not in terminal.summary(report) + markdown.dumps(report)
    assert 'id="unmatched"' not in render(report)


def test_the_page_lists_the_rows_that_explained_nothing() -> None:
    report = build(replace(sample_run(), coverage={"exp": {"x": 1}}), (), ())
    page = render(report)
    assert len(report.unmatched) > 0
    assert page.index('id="unmatched"') < page.index(str(escape(report.unmatched[0].source[:60])))


def test_identifiers_tell_all_rows_of_an_operator_apart() -> None:
    for key, op in operator.load().items():
        identifiers = [known_id(key, row) for row in op.known]
        assert len(set(identifiers)) == len(identifiers), key
    assert known_id(KEY, EXPLAINS) == known_id(KEY, replace(EXPLAINS, reason="another text", source="another"))
    assert known_id(KEY, EXPLAINS) != known_id("conv:nominal", EXPLAINS)
    assert Accounts().known == {}


def test_list_known(opdiff: Run, stored: list[FindingRecord]) -> None:
    answer = opdiff("list", "known", "--format", "json")
    assert answer.code == 0
    check_schema("known", answer.json)
    assert answer.json
    assert all(row["matched"] == 0 for row in answer.json)
    assert answer.json[0]["reason"][:40] in opdiff("list", "known", "--run", "2026").out
    assert opdiff("list", "known", "--run", "nope").code == 2
