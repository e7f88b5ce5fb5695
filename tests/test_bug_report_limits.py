"""Reports for trackers of what is too long for an issue, or hostile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hostile import payloads
from issue_texts import Shown, fences, headings, recorded

from harness.records import FindingRecord, OutcomeSummary
from reports.bug_report import bug_report
from reports.bug_report.report import MOST
from reports.text import one_line


@pytest.mark.parametrize("text", ["é" * 200_000, "`" * 200_000, "\u202e" * 100_000, "a\n" * 100_000, "@" * 90_000])
@pytest.mark.parametrize("name", ["torch", "torch_compiled", "tensorflow", "keras_torch", "jax"])
def test_a_report_is_never_longer_than_an_issue_may_be(name: str, text: str) -> None:
    finding = _with(recorded(name), text)
    report = bug_report(replace(finding, script=""))
    assert len(report.body.encode()) <= MOST
    assert "more characters" in report.body
    assert len(report.title) <= 256
    assert all(title in report.body for title in headings(bug_report(recorded(name)).body))


def test_a_script_that_does_not_fit_is_left_out_whole() -> None:
    finding = replace(recorded("torch"), script="x = 1\n" * 20_000)
    report = bug_report(finding)
    assert len(report.body.encode()) <= MOST
    assert fences(report.body, "python") == []
    said = Shown(report.body).text
    assert "The script has 120000 characters, too many for the text of an issue" in said
    assert f"opdiff repro {finding.id} -o script.py" in said
    fits = replace(finding, script="x = 1\n" * 8_000)
    assert fences(bug_report(fits).body, "python")[0].rstrip() == fits.script.rstrip()


def _with(finding: FindingRecord, text: str) -> FindingRecord:
    """The finding with ``text`` wherever a framework's or a store's string goes into a report."""
    outcome = OutcomeSummary(text, "returned", "", ((1,),), (text,), ([text],), text, verdict="agreed")
    own = replace(finding.outcomes[0], target=str(finding.target), status="raised", text=text, call=text)
    return replace(
        finding,
        sentence=text,
        case=replace(finding.case, parameters={text: text}),
        detail={"type": text, "message": text, "where": text, "output": text},
        outcomes=(own, outcome, replace(outcome, target="other", text=text)),
        script=text,
        versions=dict.fromkeys(("torch", "jax", "tensorflow", "keras"), text),
        environment=dict.fromkeys(("system", "cpu", "flags", "python", "cores"), text),
        reason=text,
        marks=(text,),
    )


OWN = {
    "h1",
    "h3",
    "h4",
    "p",
    "strong",
    "em",
    "code",
    "pre",
    "ul",
    "li",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "hr",
    "a",
}


@pytest.mark.parametrize("name", ["torch", "torch_compiled", "tensorflow", "keras_torch", "jax"])
def test_hostile_strings_stay_text(name: str) -> None:
    plain = bug_report(recorded(name))
    short = [text for text in payloads() if len(text) < 1000]
    for text in short if name == "torch" else short[::5]:
        report = bug_report(_with(recorded(name), text))
        shown = Shown(report.text())
        assert shown.tags <= OWN | {"span", "blockquote"}
        own = {*report.searches, report.form, f"https://github.com/{report.repository}/blob/master/CONTRIBUTING.md"}
        assert shown.addresses <= own
        assert headings(report.body) == headings(plain.body)
        assert one_line(text, 2000) in " ".join(shown.text.split()) or not text.strip()
