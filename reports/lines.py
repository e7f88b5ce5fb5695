"""Lines of plain text that the terminal and the Markdown report share."""

from __future__ import annotations

from collections import Counter

from harness.causes import Cause
from harness.records import FindingRecord
from reports.standing import SOON
from reports.text import one_line
from reports.view import Report, plural

MOST_NAMED = 12
"""Findings of one cause, beside the strongest, that a line names."""


def others(cause: Cause) -> str:
    """The findings of a cause beside the strongest; empty where there are none."""
    rest = cause.findings[1:]
    if not rest:
        return ""
    names = [one_line(f"{one.id} {_call(one)}", 120) for one in rest[:MOST_NAMED]]
    if len(rest) > MOST_NAMED:
        names.append(f"and {len(rest) - MOST_NAMED:,} more")
    return f"{plural(len(rest), 'more finding')} of this cause: {', '.join(names)}"


def _call(finding: FindingRecord) -> str:
    mark = finding.fingerprint
    return f"{mark.operator} {mark.quantity} on {mark.framework}"


def baseline_line(report: Report) -> str:
    """What to do about the baseline; empty where nothing is."""
    if not report.baseline:
        return ""
    states = Counter(row.state for row in report.baseline)
    gone = states.pop("gone", 0)
    soon = sum(row.soon and row.state != "gone" for row in report.baseline)
    counts = [f"{count:,} {state}" for state, count in sorted(states.items())]
    advice = [f"{gone:,} gone (opdiff baseline prune)"] if gone else []
    advice += [f"{soon:,} to look at within {SOON} days (opdiff baseline list)"] if soon else []
    return f"Entries of the baseline: {', '.join(counts + advice)}"
