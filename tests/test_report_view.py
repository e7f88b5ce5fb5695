"""The shared view model: sections, order, headline, matrix; and that no two formats tell different numbers."""

from __future__ import annotations

import gc
import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from samples import sample_finding, sample_run, sample_statistics, sample_store

from harness.case import Case, InputSpec
from harness.records import Severity, Statistic, Status
from reports import html, json_report, junit, markdown, view
from reports.collection import uncollected
from reports.matrix import State, matrix, reasons, totals
from reports.text import clip, describe_case, number, one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain <b>&amp;</b> 日本", "plain <b>&amp;</b> 日本"),
        ("a\x00b\x1b[1m", "a\\x00b\\x1b[1m"),
        ("\u202egnp\u2066", "\\u202egnp\\u2066"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("tab\tline\nend\r", "tab\tline\nend\\x0d"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_clip_counts_what_it_cuts() -> None:
    assert clip("abcdef", 6) == "abcdef"
    assert clip("abcdef", 4) == "abcd … (2 more characters)"
    assert one_line("a\n  b\tc") == "a b c"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1.0, "1"), (0.1, "0.1"), (1 / 3, "0.333333"), ("nan", "nan"), (-0.5, "-0.5"), (2**70, "1.18059e+21")],
)
def test_number(value: object, shown: str) -> None:
    assert number(value) == shown


def test_describe_case() -> None:
    inputs = {"x": InputSpec((1, 2), "float32", "rounding", 7, "strided"), "w": InputSpec((), "int8", "ones")}
    shown = "conv gradient: x float32[1, 2] rounding seed 7 strided, w int8[] ones, stride=(2,)"
    assert describe_case(Case("conv", inputs, {"stride": [2]}, "gradient")) == shown


def test_sections_by_severity_and_first_sight() -> None:
    new, old = sample_finding(1), sample_finding(2, "died")
    ambiguity, known = sample_finding(3, "ambiguity"), sample_finding(4, severity=Severity.KNOWN)
    run = sample_run(new=(new.id, ambiguity.id))
    report = view.build(run, [known, ambiguity, old, new], [])
    assert [(section.name, section.findings) for section in report.sections] == [
        ("new", (new,)),
        ("still", (old,)),
        ("ambiguity", (ambiguity,)),
        ("known", (known,)),
    ]
    assert report.headline == "1 new finding"
    assert report.blamed == {"torch": 1}


def test_findings_are_ordered_by_kind_then_operator() -> None:
    findings = [
        sample_finding(i, kind, operator=op)
        for i, (kind, op) in enumerate([("raised", "a"), ("value", "b"), ("value", "a"), ("died", "c")])
    ]
    report = view.build(sample_run(), findings, [])
    assert [(f.fingerprint.kind, f.fingerprint.operator) for f in report.findings] == [
        ("died", "c"),
        ("value", "a"),
        ("value", "b"),
        ("raised", "a"),
    ]


def test_headline_without_findings() -> None:
    assert view.build(sample_run(), [], []).headline == "Nothing ran"
    report = view.build(sample_run(), [], sample_statistics())
    assert report.headline == "Nothing new"
    assert report.verdict == "No framework is wrong in what was compared."


def test_verdict_names_who_is_wrong_and_how_often_it_was_seen_again() -> None:
    again = [
        replace(sample_finding(i, framework=f), reproduced=3, marks=()) for i, f in enumerate(["jax", "torch", "torch"])
    ]
    flaky = replace(sample_finding(9, framework="torch"), reproduced=1, marks=(view.ORACLE_SUSPECT,))
    findings = [*again, flaky]
    verdict = view.build(sample_run(new=tuple(f.id for f in findings)), findings, []).verdict
    assert verdict.startswith("torch is wrong in 3 and jax in 1.")
    assert "3 of 4 disagreed again every time" in verdict
    assert "In 1 every target agrees" in verdict
    untried = replace(flaky, attempts=0, reproduced=0)
    assert "1 finding not yet run again." in view.build(sample_run(new=(untried.id,)), [untried], []).verdict


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ({Status.AGREED: 9, Status.DISAGREED: 1, Status.KNOWN: 1}, State.FINDING),
        ({Status.DIED: 1}, State.FINDING),
        ({Status.AGREED: 9, Status.KNOWN: 1, Status.OTHER_CONVENTION: 1}, State.KNOWN),
        ({Status.AGREED: 9, Status.OTHER_CONVENTION: 1}, State.OTHER_CONVENTION),
        ({Status.AGREED_REFUSAL: 1, Status.UNSUPPORTED: 8}, State.AGREE),
        ({Status.UNSUPPORTED: 8, Status.NOT_RUN: 1}, State.UNSUPPORTED),
        ({Status.NOT_RUN: 1}, State.NOT_RUN),
        ({}, State.NOT_RUN),
    ],
)
def test_state_of_a_cell(counts: dict[str, int], state: State) -> None:
    table = matrix([], [Statistic("conv", "value", "exact", "torch:cpu:eager", counts)], [])
    assert table.rows[0].cells[0].state is state


def test_matrix_adds_regimes_up_and_counts_fingerprints() -> None:
    rows = [
        Statistic("conv", "value", "exact", "torch:cpu:eager", {Status.AGREED: 2}, composed=1, native=3),
        Statistic("conv", "value", "rounding", "torch:cpu:eager", {Status.AGREED: 5}, ratio=0.25),
        Statistic("conv", "gradient", "exact", "jax:cpu:eager", {Status.UNSUPPORTED: 1}, reasons={"why": 1}),
    ]
    finding = sample_finding(1, operator="conv")
    table = matrix([finding, sample_finding(2, "ambiguity", operator="conv")], rows, ["tensorflow:cpu:eager"])
    assert table.targets == ("jax:cpu:eager", "tensorflow:cpu:eager", "torch:cpu:eager")
    assert table.columns == ("eager", "eager", "eager")
    assert [(row.operator, row.quantity) for row in table.rows] == [("conv", "value"), ("conv", "gradient")]
    cell = table.rows[0].cells[2]
    assert (cell.state, cell.findings, cell.agreed, cell.ratio, cell.composed, cell.native) == (
        State.FINDING,
        1,
        7,
        0.25,
        1,
        3,
    )
    assert [cell.state for cell in table.rows[1].cells] == [State.UNSUPPORTED, State.NOT_RUN, State.NOT_RUN]
    assert table.rows[1].cells[0].ratio is None


def test_columns_name_the_device_where_there_are_two() -> None:
    assert matrix([], [], ["torch:cpu:eager", "torch:cuda:compiled"]).columns == ("cpu eager", "cuda compiled")


def test_reasons_and_totals() -> None:
    rows = [
        Statistic("a", "value", "exact", "t1", {Status.AGREED: 1}, reasons={"x": 1}),
        Statistic("b", "value", "exact", "t2", {Status.AGREED: 2, Status.DIED: 1}, reasons={"x": 4, "y": 2}),
    ]
    first, second = reasons(rows)
    assert (first.reason, first.operators, first.targets, first.count) == ("x", ("a", "b"), ("t1", "t2"), 5)
    assert second.count == 2
    assert {status: count for status, count in totals(rows).items() if count} == {"agreed": 3, "died": 1}


def test_every_format_has_the_same_findings_in_the_same_order() -> None:
    store = sample_store(30)
    report = view.load(store, store.run)
    ids = [finding.id for finding in report.findings]
    document = json.loads(json_report.dumps(report))
    assert [entry["id"] for entry in document["findings"]] == ids
    assert document["sections"] == {section.name: len(section.findings) for section in report.sections}
    page = html.render(report)
    strongest = [cause.strongest.id for section in report.sections for cause in section.causes]
    assert re.findall(r'<details class="finding" id="f-(\w+)"', page) == strongest[:24]
    text = markdown.dumps(report)
    assert re.findall(r"<code>(\w{12})</code>|^- `(\w{12})`", text, re.M) == [
        (i, "") if s in ("new", "still") else ("", i)
        for s, i in ((s.name, c.strongest.id) for s in report.sections for c in s.causes)
    ]
    suites = ElementTree.fromstring(junit.dumps(report))
    bugs = report.count("new") + report.count("still")
    assert int(suites.attrib["failures"]) == bugs == sum(1 for _ in suites.iter("failure"))
    for shown in (page, text):
        assert f"{report.headline}" in shown


@uncollected()
def _fail_uncollected() -> None:
    raise ValueError("not a date")


def test_the_collector_is_left_as_it_was() -> None:
    store = sample_store(1)
    assert gc.isenabled()
    view.load(store, store.run)
    assert gc.isenabled()
    with uncollected():
        assert not gc.isenabled()
    with pytest.raises(ValueError, match="not a date"):
        _fail_uncollected()
    assert gc.isenabled()
    gc.disable()
    try:
        html.render(view.load(store, store.run))
        assert not gc.isenabled()
    finally:
        gc.enable()
