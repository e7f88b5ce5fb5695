"""What ``--format json`` prints, as types; ``python -m harness.documents FOLDER`` writes their JSON Schemas."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from harness import operator
from harness.baseline import Entry
from harness.case import Case, Kind
from harness.coverage import Coverage, coverage
from harness.diff import Difference
from harness.discovery import TargetState
from harness.doctor import Doctor
from harness.known import KnownRow
from harness.merge import Merged
from harness.records import FindingRecord, Fingerprint, OutcomeSummary, RunRecord
from harness.replay import Replayed


@dataclass(frozen=True)
class ErrorDocument:
    """Why a command ended; ``name`` is that of the exit code."""

    exit_code: int
    name: str
    error: str


@dataclass(frozen=True)
class OperatorEntry:
    """An operator and the tables that have calls for it; ``coverage`` where it was asked for."""

    key: str
    family: str
    summary: str
    frameworks: tuple[str, ...]
    inputs: tuple[str, ...]
    differentiable: tuple[str, ...]
    spellings: tuple[str, ...]
    coverage: Coverage | None = None

    @property
    def classes(self) -> str:
        """Parameter classes reached, of how many."""
        return f"{self.coverage.classes}/{self.coverage.of_classes}" if self.coverage else ""

    @property
    def pairs(self) -> str:
        """Pairs of classes reached, of how many, and the share."""
        found = self.coverage
        return f"{found.pairs}/{found.of_pairs} ({100 * found.pairs / max(found.of_pairs, 1):.0f} %)" if found else ""


@dataclass(frozen=True)
class RunEntry:
    """A run in short; ``new`` is the number of findings that it saw first."""

    id: str
    state: str
    seed: int
    cases: int
    comparisons: int
    new: int
    started: str
    ended: str
    operators: tuple[str, ...]
    targets: tuple[str, ...]
    unavailable: dict[str, str]


@dataclass(frozen=True)
class FindingEntry:
    """A finding in short; ``opdiff report --json`` has all of it."""

    id: str
    severity: str
    kind: str
    operator: str
    quantity: str
    target: str
    targets: tuple[str, ...]
    count: int
    reproduced: int
    attempts: int
    minimal: bool
    sentence: str
    case: Case
    marks: tuple[str, ...]
    first_seen: str
    last_seen: str


@dataclass(frozen=True)
class CaseDocument:
    """A case file, as ``opdiff replay FILE`` takes it."""

    case: Case
    targets: tuple[str, ...]
    fingerprint: Fingerprint | None


@dataclass(frozen=True)
class DisagreementEntry:
    """One thing that is wrong with one target's outcome."""

    target: str
    kind: Kind
    cause: str
    sentence: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class ReplayDocument:
    """What a case shows now."""

    still: bool
    disagreements: tuple[DisagreementEntry, ...]
    outcomes: tuple[OutcomeSummary, ...]
    unavailable: dict[str, str]

    @classmethod
    def of(cls, replayed: Replayed) -> ReplayDocument:
        """The document of a replay."""
        entries = (
            DisagreementEntry(str(d.target), d.kind, d.cause, d.sentence, d.detail) for d in replayed.disagreements
        )
        return cls(replayed.still, tuple(entries), replayed.outcomes, replayed.unavailable)


@dataclass(frozen=True)
class ReportDocument:
    """Which run was reported, and the path written by form."""

    run: str
    written: dict[str, str]


@dataclass(frozen=True)
class BugReportDocument:
    """A finding as the text of an issue: ``body`` is Markdown to paste, ``cautions`` say what speaks against filing it."""

    finding: str
    tracker: str
    repository: str
    form: str
    title: str
    body: str
    cautions: tuple[str, ...]
    checklist: tuple[str, ...]
    searches: tuple[str, ...]


DOCUMENTS: Mapping[str, Any] = {
    "error": ErrorDocument,
    "operators": list[OperatorEntry],
    "targets": list[TargetState],
    "runs": list[RunEntry],
    "findings": list[FindingEntry],
    "known": list[KnownRow],
    "diff": list[Difference],
    "baseline": list[Entry],
    "merge": Merged,
    "case": CaseDocument,
    "replay": ReplayDocument,
    "written": ReportDocument,
    "bug-report": BugReportDocument,
    "doctor": Doctor,
}
"""By the name of the schema's file. ``opdiff run`` prints the JSON report, ``opdiff explain`` an explanation."""


def operators(keys: Iterable[str], cases: int | None = None) -> list[OperatorEntry]:
    """The registered operators of these keys, with what so many ``cases`` reach of their parameter classes."""
    return [
        OperatorEntry(
            op.key,
            op.family,
            op.summary,
            tuple(sorted({call.framework for call in op.calls})),
            op.inputs,
            op.differentiable,
            op.spellings,
            coverage(op, cases) if cases else None,
        )
        for op in map(operator.get, keys)
    ]


def run_entry(run: RunRecord) -> RunEntry:
    """A run in short."""
    return RunEntry(
        run.id,
        run.state,
        run.seed,
        run.cases,
        run.comparisons,
        len(run.new),
        run.started,
        run.ended,
        run.operators,
        run.targets,
        run.unavailable,
    )


def finding_entry(finding: FindingRecord) -> FindingEntry:
    """A finding in short."""
    return FindingEntry(
        finding.id,
        finding.severity,
        finding.fingerprint.kind,
        finding.fingerprint.operator,
        finding.fingerprint.quantity,
        str(finding.target),
        finding.targets,
        finding.count,
        finding.reproduced,
        finding.attempts,
        finding.minimal,
        finding.sentence,
        finding.case,
        finding.marks,
        finding.first_seen,
        finding.last_seen,
    )


def schema(name: str) -> bytes:
    """JSON Schema (2020-12) of a document, indented."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"opdiff {name}",
        **msgspec.json.schema(DOCUMENTS[name]),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def write_schemas(folder: Path) -> None:
    """Write every schema into a folder."""
    for name in DOCUMENTS:
        (folder / f"{name}.json").write_bytes(schema(name))


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
