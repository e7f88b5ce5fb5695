"""The SARIF 2.1.0 report, for code scanning: a result per finding, a rule per kind, the standalone script as the place.

A finding is a fact about a framework, not about a line of the reader's repository, while consumers want a file for each
result. The one file that shows the finding is its script, so that is what a result points to: ``opdiff/ID.py``, embedded in
the report as an artifact with the text that ``opdiff repro ID`` prints. The path holds nothing but the finding's id, so
consumers that match results by path match them across runs.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; what GitHub reads of it:
https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from harness.baseline import Standing
from harness.case import Kind
from harness.encoding import plain
from harness.records import FindingRecord, Severity
from reports.view import Report, plural

MOST_RESULTS = 4_000
"""Results of a report. GitHub shows the first 5,000 of a run and refuses more than 25,000."""

SCRIPT = 20_000
"""Characters up to which a script is embedded; only a whole script can be run."""

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_HELP = (
    "The message says what is wrong and how that is known. 'opdiff replay ID' runs the case again, 'opdiff repro ID' prints the script, "
    "which needs nothing of opdiff; ID is the name of the script."
)

_RULES: Mapping[str, tuple[str, str]] = {
    Kind.DIED: ("The process died", "A framework's process ended during a call: by a signal, an abort or an exit."),
    Kind.TIMED_OUT: ("No answer", "A call did not return within its time limit."),
    Kind.OUT_OF_MEMORY: ("Out of memory", "A call asked for more memory than its result can need."),
    Kind.VALUE: ("Wrong number", "A number is farther from the float64 oracle than the error bound of the call allows."),
    Kind.NOT_FINITE: ("Wrong NaN or infinity", "A result is NaN or infinite where the oracle is finite, or the reverse."),
    Kind.SHAPE: ("Wrong shape", "A result has another shape than its definition gives."),
    Kind.DTYPE: ("Wrong dtype", "A result has another dtype than its definition gives."),
    Kind.UNSTABLE: ("Result of unwritten memory", "The same call on the same inputs returned other bits: it read unwritten memory."),
    Kind.ACCEPTED: ("Accepted what must be refused", "A call without meaning was computed instead of refused."),
    Kind.RAISED: ("Refused what must compute", "A call that has a result was refused."),
    Kind.BAD_REFUSAL: ("Refused by an internal error", "A call was refused by an internal assertion instead of a message to its user."),
    Kind.DESCRIBED_INVALID: ("Described what is refused", "Shape inference describes a call that the framework itself refuses to run."),
    Kind.AMBIGUITY: ("Legitimate conventions differ", "Targets follow different conventions that each of them documents."),
}  # fmt: skip
_SILENT = "No verdict is stored."
"""Message of a finding without one: GitHub refuses an empty message."""

_UNKNOWN = ("Unknown kind", "A finding of a kind that this release of opdiff does not know.")


def dumps(report: Report) -> bytes:
    """The report as indented UTF-8 JSON."""
    return msgspec.json.format(msgspec.json.encode(document(report)), indent=1) + b"\n"


def document(report: Report) -> dict[str, Any]:
    """The report as plain JSON-able values that satisfy the SARIF schema; the first ``MOST_RESULTS`` findings, in its order."""
    findings = report.findings[:MOST_RESULTS]
    kinds = list(dict.fromkeys([*(kind.value for kind in Kind), *(finding.fingerprint.kind for finding in findings)]))
    sections = {finding.id: section.name for section in report.sections for finding in section.findings}
    accepted, causes = _accepted(report), _causes(report)
    run = {
        "tool": {"driver": {"name": "opdiff", **_version(report), "language": "en", "rules": list(map(_rule, kinds))}},
        "automationDetails": {"id": f"opdiff/{report.run.id}"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "artifacts": [_artifact(finding) for finding in findings],
        "results": [
            _result(finding, report.run.id, sections[finding.id], causes[finding.id], accepted.get(finding.id, ""))
            for finding in findings
        ],
        "properties": {"seed": str(report.run.seed), "versions": report.run.versions, "targets": report.run.targets},
    }
    whole: dict[str, Any] = plain({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})
    return whole


def left_out(report: Report) -> str:
    """What the report does not hold, in a sentence; empty where it holds all."""
    rest = len(report.findings) - MOST_RESULTS
    if rest <= 0:
        return ""
    return f"{plural(rest, 'finding')} left out, the least severe: a SARIF report holds {MOST_RESULTS:,}; opdiff report --html FILE has all"


def message(text: str) -> str:
    """A message string that shows exactly this text: no placeholder (section 3.11.5) and no embedded link (3.11.6) begins in it."""
    return text.replace("{", "{{").replace("}", "}}").replace("](", "\\](")


def _version(report: Report) -> dict[str, str]:
    return {"version": report.run.opdiff} if report.run.opdiff else {}


def _rule(kind: str) -> dict[str, Any]:
    """A rule; its id is the kind, which no release renames."""
    title, about = _RULES.get(kind, _UNKNOWN)
    return {
        "id": kind,
        "name": "".join(word.capitalize() for word in title.split()),
        "shortDescription": {"text": title},
        "fullDescription": {"text": about},
        "help": {"text": _HELP, "markdown": _HELP.replace("'", "`")},
        "defaultConfiguration": {"level": "note" if kind == Kind.AMBIGUITY else "error"},
    }


def _result(finding: FindingRecord, run_id: str, section: str, cause: str, reason: str) -> dict[str, Any]:
    """A result; ``cause`` is the identity of its root cause, ``reason`` says why it is suppressed, if it is."""
    mark = finding.fingerprint
    place = {"artifactLocation": {"uri": _uri(finding)}, "region": {"startLine": 1}}
    call = {"fullyQualifiedName": f"{finding.target} {mark.operator}", "kind": "function"}
    return {
        "ruleId": mark.kind,
        "level": "error" if finding.severity == Severity.BUG else "note",
        "message": {"text": message(finding.sentence) if finding.sentence.strip() else _SILENT},
        "locations": [{"physicalLocation": place, "logicalLocations": [call]}],
        "partialFingerprints": {
            "opdiffFinding/v1": finding.id,
            "opdiffCause/v1": cause,
            "primaryLocationLineHash": f"{finding.id}:1",  # the one that GitHub reads
        },
        "baselineState": _baseline_state(finding, section, run_id),
        "suppressions": [{"kind": "external", "status": "accepted", "justification": reason}] if reason else [],
        "occurrenceCount": max(finding.count, 1),
        "properties": {
            "section": section,
            "quantity": mark.quantity,
            "framework": mark.framework,
            "cause": mark.cause,
            "targets": finding.targets,
            "reproduced": finding.reproduced,
            "attempts": finding.attempts,
            "minimal": finding.minimal,
            "marks": finding.marks,
            "replay": f"opdiff replay {finding.id}",
        },
    }


def _artifact(finding: FindingRecord) -> dict[str, Any]:
    whole = bool(finding.script) and len(finding.script) <= SCRIPT
    return {
        "location": {"uri": _uri(finding)},
        "mimeType": "text/x-python",
        "roles": ["resultFile"],
        "description": {"text": f"What 'opdiff repro {finding.id}' prints."},
        **({"contents": {"text": finding.script}} if whole else {}),
    }


def _uri(finding: FindingRecord) -> str:
    return f"opdiff/{finding.id}.py"


def _baseline_state(finding: FindingRecord, section: str, run_id: str) -> str:
    """Every result has one. What counts as new because the baseline no longer covers it is new here too."""
    if section in ("new", "still"):
        return "new" if section == "new" else "unchanged"
    return "new" if finding.first_run == run_id else "unchanged"


def _causes(report: Report) -> dict[str, str]:
    """The identity of the root cause by the id of the finding."""
    return {
        finding.id: cause.key for section in report.sections for cause in section.causes for finding in cause.findings
    }


def _accepted(report: Report) -> dict[str, str]:
    """Why nobody needs to look at a finding, by id: the entry of the baseline that covers it, or the known difference that explains it."""
    entries = {row.entry.id: f"{row.entry.reason} {row.entry.upstream}".strip() for row in report.baseline}
    covered = [identity for identity, standing in report.run.baseline.items() if standing == Standing.KNOWN]
    known = report.section("known").findings
    return {identity: entries.get(identity, "It stands in the baseline.") for identity in covered} | {
        finding.id: f"{finding.reason} {finding.source}".strip() for finding in known
    }


def _invocation(report: Report) -> dict[str, Any]:
    """How the run went. What the report leaves out, and what could not run, are notifications."""
    run = report.run
    missing = left_out(report)
    notes = [_note("warning", missing)] if missing else []
    notes += [_note("warning", f"unavailable: {target}: {reason}") for target, reason in run.unavailable.items()]
    notes += [_note("error", f"lost during the run: {name}") for name in run.lost]
    times = {"startTimeUtc": _utc(run.started), "endTimeUtc": _utc(run.ended)}
    return {
        "executionSuccessful": run.state == "finished" and not run.lost,
        **{name: time for name, time in times.items() if time},
        "toolExecutionNotifications": notes,
    }


def _note(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": message(text)}}


def _utc(text: str) -> str:
    """The time as SARIF wants it, with a Z; empty where it is none."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return ""
