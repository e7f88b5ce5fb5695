"""The Markdown report: short, for step summaries and issues, and never larger than it may be."""

from __future__ import annotations

from harness.causes import Cause
from reports.lines import baseline_line, others
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
        for text, findings in _section(section):
            left -= len(text.encode())
            if left < 0:
                rest = len(report.findings) - shown
                return "".join([*parts, f"\n{plural(rest, 'finding')} more: `opdiff report --html FILE` shows them.\n"])
            parts.append(text)
            shown += findings
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
    if report.fixed:
        names = " ".join(f"`{finding.id}`" for finding in report.fixed[:20])
        lines.append(f"**{len(report.fixed):,}** fixed: {names}" + (" and more" if len(report.fixed) > 20 else ""))
    if report.baseline:
        lines.append(markdown(baseline_line(report), 300))
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


def _section(section: Section) -> list[tuple[str, int]]:
    """The heading, then a text per root cause with its number of findings: bugs unfold to case and script, others are a line."""
    if not section.findings:
        return []
    causes = section.causes
    of = f" of {plural(len(causes), 'cause')}" if len(causes) < len(section.findings) else ""
    show = _bug if section.name in ("new", "still") else _line
    heading = f"\n## {section.title} ({len(section.findings):,}{of})\n"
    return [(heading, 0), *((show(cause), len(cause.findings)) for cause in causes)]


def _bug(cause: Cause) -> str:
    finding = cause.strongest
    mark = finding.fingerprint
    about = " · ".join(markup(text, 160) for text in (cause.title, f"{mark.operator} {mark.quantity}"))
    count = f" · {len(cause.findings):,} findings" if others(cause) else ""
    again = f"reproduced {finding.reproduced} of {finding.attempts}" if finding.attempts else "not run again"
    marks = "".join(f" · {markdown(label, 40)}" for label in finding.marks[:8])
    script = f"\n{markdown_block(finding.script, 20_000, 'python')}\n" if finding.script else ""
    return (
        f"\n<details><summary>{about} · <code>{finding.id}</code>{count}</summary>\n\n{markdown(finding.sentence, 1000)}\n\n"
        f"{again}{marks} · `opdiff replay {finding.id}`\n\n{_others(cause)}"
        f"{markdown_block(describe_case(finding.case), 2000)}\n{script}\n</details>\n"
    )


def _others(cause: Cause) -> str:
    return f"{markdown(others(cause), 2000)}\n\n" if others(cause) else ""


def _line(cause: Cause) -> str:
    finding = cause.strongest
    reason = f": {markdown(finding.reason, 300)}" if finding.reason else ""
    also = f"; {markdown(others(cause), 2000)}" if others(cause) else ""
    operator, sentence = markdown(finding.fingerprint.operator, 80), markdown(finding.sentence, 600)
    return f"\n- `{finding.id}` {operator}: {sentence}{reason}{also}\n"
