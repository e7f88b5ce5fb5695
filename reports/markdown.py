"""The Markdown report: short, for step summaries and issues, and never larger than it may be."""

from __future__ import annotations

from harness.records import FindingRecord
from reports.matrix import State
from reports.text import describe_case, markdown, markdown_block, markup
from reports.view import Report, Section, plural

CAP = 1_000 * 1024
"""Bytes of a step summary that GitHub takes."""

_MARKS = {
    State.FINDING: "❌",
    State.KNOWN: "🔷",
    State.OTHER_CONVENTION: "≈",
    State.AGREE: "✅",
    State.UNSUPPORTED: "–",
    State.NOT_RUN: "·",
}


def dumps(report: Report, cap: int = CAP) -> str:
    """The report as Markdown of at most ``cap`` bytes of UTF-8; findings that do not fit are counted.

    Raises ValueError for a ``cap`` below 2,000.
    """
    if cap < 2_000:
        raise ValueError(f"cap {cap}: a Markdown report needs at least 2,000 bytes")
    parts = [_head(report)]
    table = _matrix(report)
    left = cap - len(parts[0].encode()) - 500
    if len(table.encode()) < left // 2:
        parts.append(table)
        left -= len(table.encode())
    shown = 0
    for section in report.sections:
        for text in _section(section):
            left -= len(text.encode())
            if left < 0:
                rest = len(report.findings) - shown
                return "".join([*parts, f"\n{plural(rest, 'finding')} more: `opdiff report --html FILE` shows them.\n"])
            parts.append(text)
            shown += text.startswith(("\n<details>", "\n- "))
    unmatched = _unmatched(report)
    return "".join([*parts, unmatched] if len(unmatched.encode()) <= left else parts)


def _head(report: Report) -> str:
    run = report.run
    counts = " · ".join(f"**{len(section.findings):,}** {section.title.lower()}" for section in report.sections)
    lines = [
        f"# {report.headline}",
        markdown(report.verdict, 600),
        counts,
        f"Run {markdown(run.id, 80)}, {markdown(run.state, 40)}, seed {run.seed}: {plural(run.cases, 'case')}, "
        f"{plural(run.comparisons, 'comparison')}, {report.agreed:,} agreed.",
    ]
    return "\n\n".join(lines) + "\n"


def _matrix(report: Report) -> str:
    """Operators in rows, targets in columns; a cell with findings says how many."""
    if not report.matrix.rows:
        return ""
    targets = [markdown(target, 80) for target in report.matrix.targets]
    lines = [f"| | {' | '.join(targets)} |", f"|---|{':-:|' * len(targets)}"]
    for row in report.matrix.rows:
        cells = (f"{_MARKS[cell.state]}{f' {cell.findings}' if cell.findings else ''}" for cell in row.cells)
        lines.append(f"| {markdown(row.operator, 80)} {markdown(row.quantity, 40)} | {' | '.join(cells)} |")
    legend = ", ".join(f"{mark} {state}" for state, mark in _MARKS.items())
    return "\n" + "\n".join(lines) + f"\n\n{legend}\n"


def _unmatched(report: Report) -> str:
    """The known differences that explained nothing, folded away."""
    if not report.unmatched:
        return ""
    rows = plural(len(report.known), "known difference")
    lines = [
        f"- {markdown(row.operator, 80)}, {markdown(row.targets, 80)}, {markdown(row.kind, 40)}: {markdown(row.reason, 300)}"
        for row in report.unmatched
    ]
    summary = f"{len(report.unmatched):,} of {rows} matched nothing in this run"
    return f"\n<details><summary>{summary}</summary>\n\n" + "\n".join(lines) + "\n\n</details>\n"


def _section(section: Section) -> list[str]:
    """The heading, then one text per finding: bugs unfold to case and script, the others are a line."""
    if not section.findings:
        return []
    show = _bug if section.name in ("new", "still") else _line
    return [f"\n## {section.title} ({len(section.findings):,})\n", *map(show, section.findings)]


def _bug(finding: FindingRecord) -> str:
    mark = finding.fingerprint
    about = " · ".join(markup(text, 80) for text in (mark.kind, mark.framework, f"{mark.operator} {mark.quantity}"))
    again = f"reproduced {finding.reproduced} of {finding.attempts}" if finding.attempts else "not run again"
    marks = "".join(f" · {markdown(label, 40)}" for label in finding.marks[:8])
    script = f"\n{markdown_block(finding.script, 20_000, 'python')}\n" if finding.script else ""
    return (
        f"\n<details><summary>{about} · <code>{finding.id}</code></summary>\n\n{markdown(finding.sentence, 1000)}\n\n"
        f"{again}{marks} · `opdiff replay {finding.id}`\n\n"
        f"{markdown_block(describe_case(finding.case), 2000)}\n{script}\n</details>\n"
    )


def _line(finding: FindingRecord) -> str:
    reason = f": {markdown(finding.reason, 300)}" if finding.reason else ""
    return (
        f"\n- `{finding.id}` {markdown(finding.fingerprint.operator, 80)}: {markdown(finding.sentence, 600)}{reason}\n"
    )
