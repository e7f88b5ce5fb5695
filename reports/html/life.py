"""The life of a finding as the HTML template shows it: what each run saw of it, and what the baseline says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.records import FindingRecord
from reports.standing import BaselineRow
from reports.text import minute, one_line
from reports.trend import Sight, Trend
from reports.view import Report

Pairs = tuple[tuple[str, str], ...]
DAY = 10
"""Characters of a time that are its day."""


@dataclass(frozen=True)
class Past:
    """What a report knows of its findings besides their records."""

    trend: Trend = field(default_factory=Trend)
    baseline: Mapping[str, BaselineRow] = field(default_factory=dict)

    @classmethod
    def of(cls, report: Report) -> Past:
        """The past of a report's findings."""
        return cls(report.trend, {row.entry.id: row for row in report.baseline})


@dataclass(frozen=True)
class SightView:
    """One run that reached the finding; ``lost`` is the share of the digits lost beyond the bound."""

    run: str
    day: str
    change: str
    cases: str
    reproduced: str
    lost: str


def sights_of(finding: FindingRecord, past: Past) -> tuple[SightView, ...]:
    """The runs that reached a finding, latest first; none where only one is known."""
    sights = past.trend.of(finding.id)
    return tuple(map(_sight, reversed(sights))) if len(sights) > 1 else ()


def since(finding: FindingRecord, section: str) -> str:
    """The day a finding was first seen, where that was not in this run."""
    return "" if section == "new" else one_line(finding.first_seen[:DAY], DAY)


def standing_of(finding: FindingRecord, past: Past) -> Pairs:
    """What the baseline's entry for a finding says."""
    row = past.baseline.get(finding.id)
    if not row:
        return ()
    entry = row.entry
    pairs = (
        ("state", one_line(row.state, 40)),
        ("reason", one_line(entry.reason, 600)),
        ("upstream", one_line(entry.upstream, 300)),
        ("expires", expiry(row)),
        ("fixed in", one_line(entry.fixed_in, 80)),
        ("covers", "all findings of the root cause" if entry.cause else ""),
        ("digits lost", f"{entry.largest_error:.0%}" if entry.largest_error else ""),
    )
    return tuple(pair for pair in pairs if pair[1])


def expiry(row: BaselineRow) -> str:
    """``2026-12-24, in 33 days``."""
    days = abs(row.days)
    when = "today" if not days else f"{'in ' if row.days > 0 else ''}{days} day{'s' * (days != 1)}"
    return f"{row.entry.expires}, {when}{' ago' if row.days < 0 else ''}"


def _sight(sight: Sight) -> SightView:
    seen = sight.seen
    return SightView(
        run=one_line(sight.run, 60),
        day=minute(sight.started),
        change=sight.change,
        cases=f"{seen.count:,}",
        reproduced=f"{seen.reproduced} of {seen.attempts}" if seen.attempts else "not tried",
        lost=f"{seen.error:.0%}" if seen.error else "",
    )
