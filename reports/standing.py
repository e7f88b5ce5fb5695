"""The entries of a baseline as a report shows them: which hold, which expire soon, which nobody saw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from harness.baseline import Baseline, Entry, Standing, gone, members, today
from harness.history import Seen
from harness.records import FindingRecord, RunRecord

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


def baseline_rows(
    baseline: Baseline | None, run: RunRecord, seen: Mapping[str, Seen], stored: Iterable[FindingRecord] = ()
) -> tuple[BaselineRow, ...]:
    """Every entry, those that expire first at the top. ``stored`` are the findings among which those of a root cause are."""
    day = _day(run)
    covers = members(baseline, stored)
    rows = [
        BaselineRow(entry, _state(entry, run, seen, covers), (entry.expires - day).days)
        for entry in (baseline.entries.values() if baseline else ())
    ]
    return tuple(sorted(rows, key=lambda row: (row.days, row.entry.operator, row.entry.id)))


def _state(entry: Entry, run: RunRecord, seen: Mapping[str, Seen], covers: Mapping[str, set[str]]) -> str:
    """What became of what the entry covers: of a root cause, the worst."""
    if gone(entry, seen, covers):
        return "gone"
    all_of = [entry.id, *sorted(covers.get(entry.id, ()))]
    states = {run.baseline[one] for one in all_of if one in run.baseline and not seen.get(one, Seen()).passed}
    if states:
        return min(states, key=lambda state: (state == Standing.KNOWN, state))
    return "not judged" if any(seen.get(one, Seen()).shown for one in all_of) else "not reached"


def _day(run: RunRecord) -> date:
    """The day of the run in UTC; today where it names none."""
    try:
        return datetime.fromisoformat(run.ended or run.started).date()
    except ValueError:
        return today()
