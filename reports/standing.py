"""The entries of a baseline as a report shows them: which hold, which expire soon, which nobody saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from harness.baseline import Baseline, Entry, today
from harness.history import Seen
from harness.records import RunRecord

SOON = 30
"""Days before its end from which an entry is said to expire soon."""


@dataclass(frozen=True)
class BaselineRow:
    """One entry; ``state`` is its standing in the run, or ``gone`` (reached again and passed) or ``not reached``.

    ``days`` are left until it expires, counted from the day of the run; negative once it has.
    """

    entry: Entry
    state: str
    days: int

    @property
    def soon(self) -> bool:
        """Whether somebody should look at the entry now: it expires within ``SOON`` days, or has."""
        return self.days <= SOON


def baseline_rows(baseline: Baseline | None, run: RunRecord, seen: Mapping[str, Seen]) -> tuple[BaselineRow, ...]:
    """Every entry, those that expire first at the top."""
    day = _day(run)
    rows = [
        BaselineRow(entry, _state(entry, run, seen), (entry.expires - day).days)
        for entry in (baseline.entries.values() if baseline else ())
    ]
    return tuple(sorted(rows, key=lambda row: (row.days, row.entry.operator, row.entry.id)))


def _state(entry: Entry, run: RunRecord, seen: Mapping[str, Seen]) -> str:
    sight = seen.get(entry.id, Seen())
    if sight.passed:
        return "gone"
    return run.baseline.get(entry.id, "not judged" if sight.shown else "not reached")


def _day(run: RunRecord) -> date:
    """The day of the run in UTC; today where it names none."""
    try:
        return datetime.fromisoformat(run.ended or run.started).date()
    except ValueError:
        return today()
