"""The JSON report: everything the store has about a run, with the counts that every other format shows.

``schemas/report.json`` is its JSON Schema, made from the classes here: ``python -m reports.json_report`` prints it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from harness.encoding import plain
from harness.known import KnownRow
from harness.records import FindingRecord, OutcomeSummary, RunRecord
from reports.matrix import Matrix
from reports.standing import BaselineRow
from reports.trend import Point
from reports.view import Report

VERSION = 1


@dataclass(frozen=True)
class CellEntry:
    """A cell of the matrix.

    ``ratio`` is the largest error / bound: text where it is not finite, null where nothing was bounded.
    """

    operator: str
    quantity: str
    target: str
    state: str
    findings: int
    counts: dict[str, int]
    composed: int
    native: int
    ratio: float | str | None


@dataclass(frozen=True)
class ReasonEntry:
    """Why cases were unsupported or not run."""

    reason: str
    operators: list[str]
    targets: list[str]
    count: int


@dataclass(frozen=True)
class FingerprintEntry:
    """What identifies a finding."""

    operator: str
    quantity: str
    kind: str
    framework: str
    cause: str
    known: bool


@dataclass(frozen=True)
class FindingEntry:
    """A finding with everything the store has. ``section`` is new, still, ambiguity or known."""

    id: str
    section: Literal["new", "still", "ambiguity", "known"]
    fingerprint: FingerprintEntry
    severity: str
    sentence: str
    case: dict[str, Any]
    target: str
    targets: list[str]
    detail: dict[str, Any]
    outcomes: list[OutcomeSummary]
    count: int
    reproduced: int
    attempts: int
    minimal: bool
    reason: str
    source: str
    script: str
    seed: int
    block: int
    versions: dict[str, str]
    environment: dict[str, str]
    first_run: str
    last_run: str
    first_seen: str
    last_seen: str
    marks: list[str]


@dataclass(frozen=True)
class CauseEntry:
    """Findings of one section that are one root cause, by id, the strongest first. ``key`` is the same in every run."""

    key: str
    title: str
    section: str
    findings: list[str]


@dataclass(frozen=True)
class Document:
    """The whole report. ``sections`` counts findings, ``totals`` cases and targets by status.

    ``known`` has the known differences of what ran with the number of judgements each explained; those that matched nothing first.
    ``fixed`` lists the ids of bugs that earlier runs saw and that this one reached again without seeing them, ``baseline`` the entries of
    the baseline that was given, ``trend`` the last runs, the oldest first.
    """

    format: Literal["opdiff-report"]
    version: Literal[1]
    headline: str
    verdict: str
    sections: dict[str, int]
    blamed: dict[str, int]
    totals: dict[str, int]
    run: RunRecord
    matrix: list[CellEntry]
    reasons: list[ReasonEntry]
    known: list[KnownRow]
    causes: list[CauseEntry]
    fixed: list[str]
    baseline: list[BaselineRow]
    trend: list[Point]
    findings: list[FindingEntry] = field(default_factory=list)


def document(report: Report) -> dict[str, Any]:
    """The report as plain JSON-able values that satisfy the schema; numbers that are not finite are text."""
    whole = {
        "format": "opdiff-report",
        "version": VERSION,
        "headline": report.headline,
        "verdict": report.verdict,
        "sections": {section.name: len(section.findings) for section in report.sections},
        "blamed": report.blamed,
        "totals": report.totals,
        "run": report.run,
        "matrix": _cells(report.matrix),
        "reasons": report.reasons,
        "known": report.known,
        "causes": [
            {
                "key": cause.key,
                "title": cause.title,
                "section": section.name,
                "findings": [one.id for one in cause.findings],
            }
            for section in report.sections
            for cause in section.causes
        ],
        "fixed": [finding.id for finding in report.fixed],
        "baseline": report.baseline,
        "trend": report.trend.points,
        "findings": [_finding(finding, section.name) for section in report.sections for finding in section.findings],
    }
    document: dict[str, Any] = plain(whole)
    return document


def dumps(report: Report) -> bytes:
    """The report as indented UTF-8 JSON."""
    return msgspec.json.format(msgspec.json.encode(document(report)), indent=1) + b"\n"


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "opdiff report",
        **msgspec.json.schema(Document),
    }


def _cells(matrix: Matrix) -> list[dict[str, Any]]:
    return [
        {
            "operator": row.operator,
            "quantity": row.quantity,
            "target": target,
            **vars(cell),
            "state": cell.state.value,
        }
        for row in matrix.rows
        for target, cell in zip(matrix.targets, row.cells, strict=True)
    ]


def _finding(finding: FindingRecord, section: str) -> dict[str, Any]:
    return {"id": finding.id, "section": section, **vars(finding), "target": str(finding.target)}


if __name__ == "__main__":
    print(msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode())  # noqa: T201
