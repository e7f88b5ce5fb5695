"""Findings of one root cause are one line in every format, with their number; what is fixed and what the baseline says stands there too."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import jsonschema
import pytest
from samples import sample_finding, sample_run, sample_statistics

from harness import causes
from harness.baseline import Entry
from harness.records import FindingRecord, Severity
from reports import github, json_report, markdown, terminal, view
from reports.lines import MOST_NAMED
from reports.standing import BaselineRow

OPERATORS = [f"made_{index}" for index in range(20)]


@pytest.fixture(autouse=True)
def grouped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Group by the fingerprint's cause alone, so that the tests say what belongs together."""

    def group(findings: Any) -> tuple[causes.Cause, ...]:
        together: dict[str, list[FindingRecord]] = {}
        for finding in findings:
            together.setdefault(finding.fingerprint.cause, []).append(finding)
        return tuple(causes.Cause(f"key {key}", f"title {key}", tuple(found)) for key, found in together.items())

    monkeypatch.setattr(view, "group", group)


def related(count: int, **changes: Any) -> list[FindingRecord]:
    """Findings of one cause in ``count`` operators."""
    one = replace(sample_finding(1), **changes)
    return [replace(one, fingerprint=replace(one.fingerprint, operator=name)) for name in OPERATORS[:count]]


def report_of(findings: list[FindingRecord], **changes: Any) -> view.Report:
    fresh = [finding.id for finding in findings if finding.severity == Severity.BUG]
    return view.build(replace(sample_run(findings), new=tuple(fresh), **changes), findings, sample_statistics())


def test_a_terminal_shows_the_strongest_and_names_the_others() -> None:
    findings = related(4)
    text = terminal.summary(report_of([*findings, sample_finding(2)]))
    assert "New (5 of 2 causes)" in text
    assert text.count(findings[0].sentence) == 1
    (line,) = (line for line in text.splitlines() if "of this cause" in line)
    assert line.strip() == "3 more findings of this cause: " + ", ".join(
        f"{finding.id} {finding.fingerprint.operator} value on torch" for finding in findings[1:]
    )


def test_a_line_names_a_few_and_counts_the_rest() -> None:
    findings = related(20)
    text = terminal.summary(report_of(findings))
    assert f"19 more findings of this cause: {findings[1].id} " in text
    assert f", and {19 - MOST_NAMED} more" in text
    assert sum(finding.id in text for finding in findings) == 1 + MOST_NAMED


def test_twenty_causes_are_listed_and_findings_are_counted() -> None:
    singles = [sample_finding(index) for index in range(2, 24)]
    text = terminal.summary(report_of([*singles, *related(3)]))
    order = report_of([*singles, *related(3)]).section("new").causes
    rest = sum(len(cause.findings) for cause in order[terminal.MOST_CAUSES :])
    assert rest > 0
    assert f"... and {rest} more: opdiff list findings" in text


def test_markdown_folds_a_cause_into_one_line() -> None:
    findings = related(3)
    ambiguities = [
        replace(one, fingerprint=replace(one.fingerprint, operator=name))
        for one in [sample_finding(5, "ambiguity")]
        for name in OPERATORS[:2]
    ]
    text = markdown.dumps(report_of([*findings, *ambiguities]))
    assert "## New (3 of 1 cause)" in text
    (line,) = (line for line in text.splitlines() if line.startswith("<details><summary>title cause 1 · "))
    assert line.endswith(f"<code>{findings[0].id}</code> · 3 findings</summary>")
    assert text.count("```python") == 1
    for finding in findings[1:]:
        assert f"{finding.id} {finding.fingerprint.operator.replace('_', chr(92) + '_')} value on torch" in text
    (line,) = (line for line in text.splitlines() if line.startswith("- `"))
    assert "1 more finding of this cause" in line
    assert "1 more finding" not in markdown.dumps(report_of([sample_finding(2)]))


def test_what_markdown_leaves_out_is_counted_in_findings() -> None:
    findings = [
        replace(one, fingerprint=replace(one.fingerprint, operator=name))
        for one in map(sample_finding, range(2, 30))
        for name in OPERATORS[:2]
    ]
    text = markdown.dumps(report_of(findings), 20_000)
    shown = text.count("<details><summary>")
    assert 0 < shown < 28
    assert f"\n{56 - 2 * shown} findings more: " in text


def test_json_lists_causes_by_section() -> None:
    findings = [*related(3), sample_finding(2)]
    document = json_report.document(report_of(findings))
    assert [(one["key"], one["title"], one["section"]) for one in document["causes"]] == [
        ("key cause 2", "title cause 2", "new"),
        ("key cause 1", "title cause 1", "new"),
    ]
    assert sorted(document["causes"][1]["findings"]) == sorted(finding.id for finding in related(3))
    jsonschema.Draft202012Validator(json_report.schema()).validate(document)


def test_github_gets_an_annotation_per_cause() -> None:
    findings = [*related(15), sample_finding(2)]
    lines = github.annotations(report_of(findings))
    assert len(lines) == 2
    assert "14 more findings of this cause%3A" not in lines[1]  # only values of properties escape colons
    assert "14 more findings of this cause: " in lines[1]
    assert lines[1].startswith(f"::error title=opdiff {related(1)[0].id}%3A title cause 1::")


def test_fixed_findings_and_the_baseline_are_said() -> None:
    finding, gone = sample_finding(1), sample_finding(2)
    entry = Entry(
        id=gone.id,
        operator="x",
        targets=("torch",),
        reason="lived with",
        first_seen=date(2026, 1, 1),
        last_seen=date(2026, 1, 1),
        expires=date(2026, 2, 1),
    )
    rows = (BaselineRow(entry, "gone", 3), BaselineRow(entry, "known", 100), BaselineRow(entry, "expired", -1))
    report = replace(report_of([finding], baseline={finding.id: "worse"}), fixed=(gone,), baseline=rows)
    said = "Entries of the baseline: 1 expired, 1 known, 1 gone (opdiff baseline prune), 1 to look at within 30 days"
    text = terminal.summary(report)
    assert f"fixed: {gone.id} value torch:cpu:eager: " in text
    assert said in text
    assert "baseline: worse" in text
    text = markdown.dumps(report)
    assert f"**1** fixed: `{gone.id}`" in text
    assert said.replace(":", "\\:") in text
    assert "baseline\\: worse" in text
    document = json.loads(json_report.dumps(report))
    jsonschema.Draft202012Validator(json_report.schema()).validate(document)
    assert document["fixed"] == [gone.id]
    assert [row["state"] for row in document["baseline"]] == ["gone", "known", "expired"]
    assert document["baseline"][0]["entry"]["expires"] == "2026-02-01"
    assert "Entries of the baseline" not in terminal.summary(report_of([finding]))


def test_the_verdict_carries_the_diagnosis_in_every_format() -> None:
    sentence = "torch:cpu:eager is 3 ulp off; the last lane alone is wrong: a tail of 3 elements"
    report = report_of([replace(sample_finding(1), sentence=sentence)])
    assert sentence in terminal.summary(report)
    assert "a tail of 3 elements" in markdown.dumps(report)
    assert json_report.document(report)["findings"][0]["sentence"] == sentence
    assert sentence in github.annotations(report)[0]
