"""The trend: what became of the bugs from run to run, and what each run saw of one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from samples import MemoryStore, sample_finding, sample_findings, sample_run

from harness.baseline import Baseline, Entry
from harness.history import Change, Seen
from harness.records import RunRecord
from reports import trend, view
from reports.standing import baseline_rows

SHOWN, PASSED, FLAKY = Seen(3, ("torch:cpu:eager",), 3, 3), Seen(attempts=3), Seen(1, (), 10, 4)


def _run(day: int, new: tuple[str, ...] = ()) -> RunRecord:
    stamp = f"2026-11-{day:02}T01:00:0"
    return sample_run([], id=f"night-{day:02}", started=f"{stamp}0+00:00", ended=f"{stamp}9+00:00", new=new)


def _counts(point: trend.Point) -> tuple[int, ...]:
    return point.new, point.still, point.fixed, point.flaky, point.not_reached


def test_each_change_is_counted_in_its_run() -> None:
    runs = [_run(1, ("a", "b", "x")), _run(2), _run(3), _run(4, ("c",))]
    nights = [
        {"a": SHOWN, "b": SHOWN, "x": SHOWN},
        {"a": SHOWN},
        {"a": PASSED, "b": FLAKY},
        {"c": SHOWN, "b": SHOWN},
    ]
    found = trend.trend(runs, nights, {"a", "b", "c"})  # x is no bug
    assert [_counts(point) for point in found.points] == [
        (2, 0, 0, 0, 0),
        (0, 1, 0, 0, 1),  # b was not reached
        (0, 0, 1, 1, 0),
        (1, 1, 0, 0, 0),  # a was fixed and is told no more
    ]
    assert found.points[0].seconds == 9
    assert found.fixed == ()


def test_a_night_in_which_nobody_looked_neither_fixes_nor_renews() -> None:
    found = trend.trend([_run(day) for day in (1, 2, 3)], [{"a": SHOWN}, {}, {"a": SHOWN}], {"a"})
    assert [list(changes.values()) for changes in found.changes] == [
        [Change.STILL],
        [Change.NOT_REACHED],
        [Change.STILL],
    ]


def test_what_came_and_went_is_not_fixed_by_passing() -> None:
    found = trend.trend([_run(1), _run(2)], [{"a": FLAKY}, {"a": PASSED}], {"a"})
    assert found.points[-1].flaky == 1
    assert found.fixed == ()


def test_the_history_of_a_finding_has_the_runs_that_reached_it() -> None:
    found = trend.trend([_run(1, ("a",)), _run(2), _run(3)], [{"a": SHOWN}, {}, {"a": PASSED}], {"a"})
    assert [(sight.run, sight.change, sight.seen) for sight in found.of("a")] == [
        ("night-01", "new", SHOWN),
        ("night-03", "fixed", PASSED),
    ]
    assert found.of("nobody") == ()


def test_the_report_knows_what_is_fixed_and_shows_only_what_it_saw() -> None:
    gone, there = sample_finding(1), sample_finding(2)
    before = (_run(1, (gone.id, there.id)), {gone.id: SHOWN, there.id: SHOWN})

    class Later(MemoryStore):
        def sightings(self, run_id: str) -> dict[str, Seen]:
            return {gone.id: PASSED, there.id: SHOWN} if run_id == self.run.id else before[1]

    store = Later(sample_run([]), [gone, there], [], [before])
    report = view.load(store, store.run)
    assert [finding.id for finding in report.findings] == [there.id]
    assert report.findings[0].count == SHOWN.count
    assert report.fixed == (gone,)
    assert [point.run for point in report.trend.points] == ["night-01", store.run.id]


def test_a_trend_reads_the_last_runs_before_the_one_reported() -> None:
    runs = [_run(day) for day in range(1, 29)]
    store = MemoryStore(runs[-1], [], [], [(run, {}) for run in runs[:-1]])
    assert [point.run for point in trend.read(store, runs[24], ()).points] == [run.id for run in runs[5:25]]


@pytest.mark.parametrize(("started", "ended"), [("", ""), ("2026-11-21", "soon"), ("2026-11-22", "2026-11-21")])
def test_a_run_without_an_end_took_no_time(started: str, ended: str) -> None:
    run = replace(_run(1), started=started, ended=ended)
    assert trend.trend([run], [{}], ()).points[0].seconds == 0


def test_entries_of_the_baseline_that_expire_first_come_first() -> None:
    first, second, third = (finding.id for finding in sample_findings(3))
    seen = {first: SHOWN, second: PASSED}
    run = replace(_run(20), baseline={first: "worse"})
    rows = baseline_rows(_baseline({first: 25, second: 30, third: 19}), run, seen)
    assert [(row.entry.id, row.state, row.days, row.soon) for row in rows] == [
        (third, "not reached", -1, True),
        (first, "worse", 5, True),
        (second, "gone", 10, True),
    ]
    assert baseline_rows(None, run, seen) == ()


def _baseline(expires: dict[str, int]) -> Baseline:
    days = {"first_seen": date(2026, 11, 1), "last_seen": date(2026, 11, 2)}
    return Baseline(
        path=Path("opdiff-baseline.toml"),
        entries={
            name: Entry(
                id=name, operator="conv", targets=("torch:cpu:eager",), reason="x", expires=date(2026, 11, day), **days
            )
            for name, day in expires.items()
        },
    )
