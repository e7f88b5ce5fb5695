"""What a terminal shows: the summary of a run, a finding, tables. Plain text; only opdiff's own words are coloured."""

from __future__ import annotations

from collections.abc import Sequence

import click

from harness.doctor import Doctor
from harness.records import FindingRecord, OutcomeSummary, RunRecord, Status
from reports.lines import baseline_line, others
from reports.text import clip, describe_case, one_line, visible
from reports.view import Report, Section, plural

MOST_CAUSES = 20
"""Root causes that a section of the summary lists; the report and ``opdiff list findings`` have all findings."""

_COLORS = {"new": "red", "still": "yellow", "ambiguity": "cyan", "known": "blue"}


def summary(report: Report) -> str:
    """A run in a few lines: counts, then the findings, new ones first, ambiguities and known differences apart."""
    run = report.run
    lines = [_head(run), _counts(report)]
    lines += [f"unavailable: {one_line(f'{name}: {reason}', 200)}" for name, reason in run.unavailable.items()]
    lines += [f"lost during the run: {one_line(name, 200)}" for name in run.lost]
    for section in report.sections:
        lines += _section(section)
    lines += _since(report)
    if report.known:
        rows = plural(len(report.known), "known difference")
        unmatched = f"{len(report.unmatched):,} of {rows} matched nothing in this run"
        lines += ["", f"{unmatched}: opdiff list known --run {run.id}" if report.unmatched else unmatched]
    bold = click.style(report.headline, bold=True, fg="red" if report.count("new") else "green")
    lines += ["", f"{bold}. {one_line(report.verdict, 1000)}"]
    return "\n".join(lines)


def _since(report: Report) -> list[str]:
    """What is fixed, and what to do about the baseline."""
    lines = [f"fixed: {finding_line(finding)}" for finding in report.fixed[:MOST_CAUSES]]
    if len(report.fixed) > MOST_CAUSES:
        lines.append(f"... and {len(report.fixed) - MOST_CAUSES:,} more fixed")
    lines += [baseline_line(report)] if report.baseline else []
    return ["", *lines] if lines else []


def _head(run: RunRecord) -> str:
    structures = f"{plural(run.cases, 'case')} of {plural(run.structures, 'structure')}"
    return f"run {run.id}, seed {run.seed}: {structures} on {plural(len(run.targets), 'target')}"


def _counts(report: Report) -> str:
    counts = [f"{report.totals[status]:,} {status.replace('_', ' ')}" for status in Status if report.totals.get(status)]
    return f"{plural(report.run.comparisons, 'comparison')}: {', '.join(counts) or 'none'}"


def _section(section: Section) -> list[str]:
    if not section.findings:
        return []
    causes = section.causes
    of = f" of {plural(len(causes), 'cause')}" if len(causes) < len(section.findings) else ""
    title = f"{section.title} ({len(section.findings):,}{of})"
    lines = ["", click.style(title, bold=True, fg=_COLORS.get(section.name))]
    for cause in causes[:MOST_CAUSES]:
        lines += _finding(cause.strongest)
        if others(cause):
            lines.append(f"    {others(cause)}")
    more = sum(len(cause.findings) for cause in causes[MOST_CAUSES:])
    if more:
        lines.append(f"  ... and {more:,} more: opdiff list findings --run {section.findings[0].last_run}")
    return lines


def _finding(finding: FindingRecord) -> list[str]:
    mark = finding.fingerprint
    facts = [mark.kind, f"{mark.operator} {mark.quantity}", mark.framework, plural(finding.count, "case")]
    if finding.attempts:
        facts.append(f"reproduced {finding.reproduced} of {finding.attempts}")
    facts += finding.marks
    about = ", ".join(one_line(fact, 100) for fact in facts)
    lines = [f"  {click.style(finding.id, bold=True)}  {about}", f"    {one_line(finding.sentence, 400)}"]
    if finding.reason:
        lines.append(f"    because: {one_line(finding.reason, 300)}")
    return [*lines, f"    {one_line(describe_case(finding.case), 400)}"]


def finding_line(finding: FindingRecord) -> str:
    """A finding in one line, for a log."""
    about = one_line(f"{finding.fingerprint.kind} {finding.target}", 200)
    return f"{finding.id} {about}: {one_line(finding.sentence, 300)}"


def outcomes(summaries: Sequence[OutcomeSummary]) -> str:
    """Outcomes side by side: target, verdict, what came back."""
    rows = []
    for outcome in summaries:
        shapes = ", ".join(
            f"{dtype}{'?' if shape is None else [('?' if n is None else n) for n in shape]}"
            for shape, dtype in zip(outcome.shapes, outcome.dtypes, strict=False)
        )
        said = one_line(outcome.text, 160)
        rows.append([visible(outcome.target), outcome.verdict.replace("_", " ") or "-", outcome.status, shapes or said])
    return table(["target", "verdict", "outcome", "what"], rows)


def doctor(examined: Doctor) -> str:
    """What ``opdiff doctor`` found."""
    facts = {"opdiff": examined.opdiff, **examined.environment, "SQLite": examined.sqlite, "note": examined.sqlite_note}
    packages = [f"{name} {version or 'missing'}" for name, version in examined.packages.items()]
    rows = [
        [
            report.worker,
            "starts" if report.started else "unavailable",
            f"{report.seconds:.1f} s" if report.started else "",
            ", ".join(report.modes),
            ", ".join(f"{name} {version}" for name, version in report.versions.items()) or one_line(report.reason, 200),
        ]
        for report in examined.targets
    ]
    lines = [f"{name}: {visible(value)}" for name, value in facts.items() if value]
    head = ["target", "state", "start", "modes", "versions, or why not"]
    return "\n".join([*lines, f"packages: {', '.join(packages)}", "", table(head, rows)])


def cell(value: object) -> str:
    """A value in a table."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return one_line(str(value), 160)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as their longest cell, the last one free."""
    cells = [[clip(str(cell), 500) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    title = "  ".join(name.ljust(width) for name, width in zip(head, widths, strict=True)).rstrip()
    return "\n".join([click.style(title, bold=True), *lines])
