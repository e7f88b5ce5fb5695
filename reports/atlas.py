"""The atlas: per operator, what each framework calls it, which convention it follows, what it does not do, how exact it is.

Every sentence is made from the table of calls, from rows of known differences, or from what runs saw and stored.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from harness import operator
from harness.operator import Operator
from harness.records import FindingRecord, RunRecord, Severity, Statistic, Status
from reports.operator_table import FRAMEWORKS, frameworks_calls
from reports.text import describe_case, markdown

MOST_REASONS = 8
"""Reasons of a target that are listed, the most frequent first."""


class Source(Protocol):
    """The part of the store that the atlas reads."""

    def runs(self) -> list[RunRecord]:
        """Runs, newest first."""

    def findings(self, run_id: str | None = None) -> list[FindingRecord]:
        """Findings seen in the run."""

    def statistics(self, run_id: str) -> list[Statistic]:
        """Statistics of the run."""


@dataclass
class Seen:
    """What the newest run that ran an operator has on it."""

    run: RunRecord
    statistics: list[Statistic] = field(default_factory=list)
    findings: list[FindingRecord] = field(default_factory=list)


def seen(store: Source) -> dict[str, Seen]:
    """Per operator that is still known, its newest run."""
    found: dict[str, Seen] = {}
    known = operator.load()
    for run in store.runs():
        statistics = store.statistics(run.id)
        fresh = ({row.operator for row in statistics} & set(known)) - set(found)
        if not fresh:
            continue
        found.update({key: Seen(run) for key in fresh})
        for row in statistics:
            if row.operator in fresh:
                found[row.operator].statistics.append(row)
        for finding in store.findings(run.id):
            if finding.fingerprint.operator in fresh:
                found[finding.fingerprint.operator].findings.append(finding)
    return found


def write(store: Source, folder: Path) -> list[Path]:
    """Write ``index.md`` and a page per operator into ``folder``; returns their paths. Raises OSError, and LookupError without runs."""
    pages = seen(store)
    if not pages:
        raise LookupError("the store has no run with an operator that is known: nothing to write")
    folder.mkdir(parents=True, exist_ok=True)
    written = [_put(folder / "index.md", index(pages))]
    for key, what in sorted(pages.items()):
        written.append(_put(folder / file_name(key), page(operator.get(key), what)))
    return written


def _put(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def file_name(key: str) -> str:
    """The page's name: that of the operator, with its form."""
    return key.replace(":", "-") + ".md"


def index(pages: dict[str, Seen]) -> str:
    """Operators by family, each with a link and its summary."""
    families: defaultdict[str, list[str]] = defaultdict(list)
    for key in sorted(pages):
        op = operator.get(key)
        families[op.family].append(f"* [{markdown(key)}]({file_name(key)}): {markdown(op.summary)}")
    parts = ["# Atlas", f"{len(pages)} operators, as the newest run of each saw them."]
    for family, lines in sorted(families.items()):
        parts += [f"## {family}", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def page(op: Operator, what: Seen) -> str:
    """The page of one operator."""
    run = what.run
    versions = ", ".join(f"{name} {version}" for name, version in sorted(run.versions.items()))
    parts = [
        f"# {markdown(op.key)}",
        markdown(op.summary, 1000),
        f"Seen in run {markdown(run.id)} (seed {run.seed}) with {markdown(versions or 'unknown versions')}.",
        "## What it is called",
        "\n".join(f"* {name}: {frameworks_calls(op, name)}" for name in FRAMEWORKS),
        *_conventions(op, what),
        *_limits(what),
        "## How exact it is",
        _accuracy(what.statistics),
        *_bugs(what),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _conventions(op: Operator, what: Seen) -> list[str]:
    """The ambiguities: who follows what, on the smallest case, and the form that leaves no choice."""
    found = [finding for finding in what.findings if finding.severity == Severity.AMBIGUITY]
    if not found:
        return []
    parts = ["## Conventions", "The same words have several readings. Each target follows what it documents."]
    for finding in found:
        followed = finding.detail.get("conventions", {})
        rows = [f"| {markdown(target)} | {markdown(' = '.join(names))} |" for target, names in sorted(followed.items())]
        case = markdown(describe_case(finding.case), 1000)
        cause = markdown(finding.fingerprint.cause)
        parts.append(f"**{cause}**, seen {finding.count} times; the smallest case: {case}")
        parts.append("\n".join(["| target | follows |", "|---|---|", *rows]))
    siblings = [key for key, other in operator.load().items() if other.name == op.name and key != op.key]
    if siblings:
        links = ", ".join(f"[{markdown(key)}]({file_name(key)})" for key in siblings)
        parts.append(f"Where the parameters are stated in full there is one reading: see {links}.")
    return parts


def _limits(what: Seen) -> list[str]:
    """What targets cannot say or document to do otherwise, with how often it was met."""
    reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in what.statistics:
        if row.counts.get(Status.UNSUPPORTED) or row.counts.get(Status.KNOWN):
            reasons[row.target].update(row.reasons)
    lines = [
        f"* {markdown(target)}: {markdown(reason, 400)} ({number} times)"
        for target, counts in sorted(reasons.items())
        for reason, number in counts.most_common(MOST_REASONS)
    ]
    for finding in what.findings:
        if finding.severity == Severity.KNOWN:
            lines.append(
                f"* {markdown(finding.fingerprint.framework)}: {markdown(finding.reason, 600)} Source: {markdown(finding.source, 400)}."
            )
    return ["## What is not supported, or done otherwise", "\n".join(dict.fromkeys(lines))] if lines else []


def _accuracy(statistics: Sequence[Statistic]) -> str:
    """Cases per target and quantity, how many agreed, and the largest error seen as a part of the bound."""
    lines = [
        "| target | quantity | cases | agreed | refused, as all | largest error / bound |",
        "|---|---|---|---|---|---|",
    ]
    groups: defaultdict[tuple[str, str], list[Statistic]] = defaultdict(list)
    for row in statistics:
        groups[row.target, row.quantity].append(row)
    for (target, quantity), rows in sorted(groups.items()):
        counts: Counter[str] = Counter()
        for row in rows:
            counts.update(row.counts)
        ratio = max(row.ratio for row in rows)
        shown = "–" if target.endswith(":abstract") else f"{ratio:.2g}" if ratio else "exact"
        total = counts.total() - counts[Status.UNSUPPORTED]
        if total:
            agreed = counts[Status.AGREED] + counts[Status.OTHER_CONVENTION]
            lines.append(
                f"| {markdown(target)} | {quantity} | {total:,} | {agreed:,} | {counts[Status.AGREED_REFUSAL]:,} | {shown} |"
            )
    return "\n".join(lines)


def _bugs(what: Seen) -> list[str]:
    """Findings that are wrong by the definition, with the id that replays them."""
    found = [finding for finding in what.findings if finding.severity == Severity.BUG and finding.reproduced]
    if not found:
        return []
    lines = [
        f"* `{finding.id}` {markdown(finding.sentence, 600)} Reproduced {finding.reproduced} of {finding.attempts} times."
        for finding in found
    ]
    return ["## What is wrong", "\n".join(lines)]
