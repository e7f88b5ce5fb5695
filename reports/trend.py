"""The last runs of a store side by side: what became of the bugs in each, and what each run saw of one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from harness.history import Change, Seen, change
from harness.records import RunRecord

RUNS = 20
"""Runs that a trend goes back."""


class Runs(Protocol):
    """The part of the store that a trend reads."""

    def runs(self) -> list[RunRecord]:
        """All runs, newest first."""

    def sightings(self, run_id: str) -> dict[str, Seen]:
        """What a run saw of each finding that it reached."""


@dataclass(frozen=True)
class Point:
    """One run of a trend: bugs by what became of them since the runs before it, comparisons, wall time in seconds.

    ``new`` is what the run's own report calls new; the others are those of ``harness.history.change``.
    """

    run: str
    started: str
    state: str
    new: int
    still: int
    fixed: int
    flaky: int
    not_reached: int
    comparisons: int
    seconds: float


@dataclass(frozen=True)
class Sight:
    """What one run of a trend saw of one finding; ``change`` is what became of it there."""

    run: str
    started: str
    change: str
    seen: Seen


@dataclass(frozen=True)
class Trend:
    """The last runs, oldest first; the reported one is the last."""

    points: tuple[Point, ...] = ()
    seen: tuple[Mapping[str, Seen], ...] = ()
    changes: tuple[Mapping[str, Change], ...] = ()

    @property
    def fixed(self) -> tuple[str, ...]:
        """Ids of the bugs that were there before, and that the last run reached again without seeing them."""
        return tuple(name for name, became in self.changes[-1].items() if became is Change.FIXED) if self.points else ()

    def of(self, finding_id: str) -> tuple[Sight, ...]:
        """What each run that reached a finding saw of it, oldest first."""
        return tuple(
            Sight(point.run, point.started, str(changes.get(finding_id, "")), seen[finding_id])
            for point, seen, changes in zip(self.points, self.seen, self.changes, strict=True)
            if finding_id in seen
        )


def read(store: Runs, run: RunRecord, bugs: Collection[str], seen: Mapping[str, Seen] | None = None) -> Trend:
    """The trend up to ``run``. ``bugs`` are the ids that count; ``seen`` is what ``run`` saw, where it is known already."""
    earlier = [one for one in store.runs() if (one.started, one.id) < (run.started, run.id)]
    runs = [*reversed(earlier[: RUNS - 1]), run]
    sightings = [store.sightings(one.id) for one in runs[:-1]]
    return trend(runs, [*sightings, store.sightings(run.id) if seen is None else seen], bugs)


def trend(runs: Sequence[RunRecord], sightings: Sequence[Mapping[str, Seen]], bugs: Collection[str]) -> Trend:
    """The trend of ``runs``, oldest first, and of what each saw.

    A run is compared with the last one before it that reached the finding, so that a night in which nobody looked changes nothing.
    """
    wanted = set(bugs)
    last: dict[str, Seen] = {}
    points, changes = [], []
    for run, seen in zip(runs, sightings, strict=True):
        became = _changes(run, last, seen, wanted)
        last |= {name: one for name, one in seen.items() if name in wanted and (one.shown or one.passed)}
        points.append(_point(run, Counter(became.values())))
        changes.append(became)
    return Trend(tuple(points), tuple(sightings), tuple(changes))


def _changes(run: RunRecord, last: Mapping[str, Seen], seen: Mapping[str, Seen], bugs: set[str]) -> dict[str, Change]:
    """What became of each bug in one run; new is what the run itself says is new."""
    new = set(run.new)
    found: dict[str, Change] = {}
    for name in [*last, *(name for name in seen if name in bugs and name not in last)]:
        became = change(last.get(name, Seen()), seen.get(name, Seen()))
        if name in new and name in seen:
            found[name] = Change.NEW
        elif became:
            found[name] = Change.STILL if became is Change.NEW else became
    return found


def _point(run: RunRecord, counts: Counter[Change]) -> Point:
    return Point(
        run=run.id,
        started=run.started,
        state=run.state,
        new=counts[Change.NEW],
        still=counts[Change.STILL],
        fixed=counts[Change.FIXED],
        flaky=counts[Change.FLAKY],
        not_reached=counts[Change.NOT_REACHED],
        comparisons=run.comparisons,
        seconds=_seconds(run),
    )


def _seconds(run: RunRecord) -> float:
    """Wall time of a run; 0 where it has no end, or a time that is none."""
    try:
        return max((datetime.fromisoformat(run.ended) - datetime.fromisoformat(run.started)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return 0.0
