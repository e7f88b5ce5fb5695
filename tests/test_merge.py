"""Stores into one: nothing lost, nothing counted twice, and the same whatever the order."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from commands import Run, check_schema
from stored import RUN, finding

from harness.history import Seen
from harness.merge import merge
from harness.records import FindingRecord, RunRecord, Statistic
from harness.store import Store, StoreError
from harness.store_file import DATABASE

DAYS = ("2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00", "2026-01-03T00:00:00+00:00")


def _run(number: int) -> RunRecord:
    return replace(RUN, id=f"run-{number}", started=DAYS[number], state="finished", cases=10 * (number + 1))


def _sight(number: int, cause: str, count: int, **changes: object) -> FindingRecord:
    run = _run(number)
    sight = {"first_run": run.id, "last_run": run.id, "first_seen": run.started, "last_seen": run.started}
    return finding(cause, count=count, targets=(f"torch:cpu:{number}",), **{**sight, **changes})


def _stores(folder: Path) -> list[Path]:
    """Three stores of one run each; all saw "everywhere", the last one alone saw "once"."""
    paths = [folder / f"store-{number}" for number in range(3)]
    for number, path in enumerate(paths):
        with Store.open(path) as store:
            store.begin(_run(number))
            store.save_finding(_run(number).id, _sight(number, "everywhere", number + 1, rows=3 - number))
            store.save_statistics(
                _run(number).id, [Statistic("exp", "value", "exact", "torch:cpu:eager", {"agreed": 5})]
            )
            if number == 2:
                store.save_finding(_run(2).id, _sight(2, "once", 7, reproduced=3, attempts=3))
                store.sight(_run(2).id, finding("once").id, Seen(0, (), 3, 3, 1.5))
    return paths


def _merged(into: Path, sources: Sequence[Path]) -> tuple[object, ...]:
    """Everything that the merged store says."""
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(Store.open(path, write=False)) for path in sources]
        merge(stack.enter_context(Store.open(into)), opened)
    with Store.open(into, write=False) as store:
        runs = store.runs()
        return runs, store.findings(), *((store.sightings(run.id), store.statistics(run.id)) for run in runs)


def test_counts_add_up_first_and_last_sights_and_the_better_case_stay(tmp_path: Path) -> None:
    runs, findings, *rest = _merged(tmp_path / "into", _stores(tmp_path))
    assert [run.id for run in runs] == ["run-2", "run-1", "run-0"]
    everywhere, once = sorted(findings, key=lambda one: one.count)
    assert (everywhere.count, everywhere.first_seen, everywhere.last_seen) == (6, DAYS[0], DAYS[2])
    assert (everywhere.first_run, everywhere.last_run) == ("run-0", "run-2")
    assert everywhere.targets == ("torch:cpu:0", "torch:cpu:1", "torch:cpu:2")
    assert everywhere.case.inputs["x"].shape == (1, 2)
    assert (once.count, once.reproduced) == (7, 3)
    assert rest[0][0][once.id] == Seen(7, ("torch:cpu:2",), 3, 3, 1.5)
    assert rest[0][1][0].counts == {"agreed": 5}


def test_the_order_does_not_matter_and_merging_again_changes_nothing(tmp_path: Path) -> None:
    paths = _stores(tmp_path)
    first = _merged(tmp_path / "first", paths)
    for number, order in enumerate(itertools.permutations(paths)):
        assert _merged(tmp_path / f"other-{number}", order) == first
        for path in order:  # one at a time, in that order
            step = _merged(tmp_path / f"steps-{number}", [path])
        assert step == first
    assert _merged(tmp_path / "first", paths) == first


def test_a_run_is_taken_over_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = _stores(tmp_path)
    right = _merged(tmp_path / "right", paths)
    genuine = Store._flush

    def fails(store: Store) -> None:
        if any(run.id == "run-2" for run in store._runs.values()):
            raise StoreError("the disk is full")
        genuine(store)

    monkeypatch.setattr(Store, "_flush", fails)
    with pytest.raises(StoreError, match="disk is full"):
        _merged(tmp_path / "into", paths)
    monkeypatch.setattr(Store, "_flush", genuine)
    assert _merged(tmp_path / "into", paths) == right


def test_the_command(opdiff: Run, tmp_path: Path) -> None:
    paths = [str(path) for path in _stores(tmp_path)]
    answer = opdiff("merge", *paths, "--store", "into", "--format", "json")
    assert answer.code == 0
    check_schema("merge", answer.json)
    assert answer.json == {"runs": ["run-0", "run-1", "run-2"], "present": []}
    assert "3 were there already" in opdiff("merge", *paths, "--store", "into").err
    assert opdiff("diff", "run-1", "run-2", "--store", "into").code == 1
    answer = opdiff("merge", paths[0], "--store", paths[0])
    assert (answer.code, "cannot be merged with itself" in answer.err) == (2, True)
    answer = opdiff("merge", paths[0], "nowhere", "--store", "empty")
    assert (answer.code, Path("empty").exists()) == (2, False)


def test_a_damaged_source_is_refused_before_anything_is_merged(opdiff: Run, tmp_path: Path) -> None:
    good, bad, _ = _stores(tmp_path)
    (bad / DATABASE).write_bytes(b"not a database at all" * 100)
    answer = opdiff("merge", str(good), str(bad), "--store", "into")
    assert answer.code == 3
    assert not Path("into").exists()


@pytest.mark.parametrize("which", ["into", "source"])
def test_stores_of_different_versions_are_not_merged(opdiff: Run, tmp_path: Path, which: str) -> None:
    into, source, _ = _stores(tmp_path)
    other = into if which == "into" else source
    with contextlib.closing(sqlite3.connect(other / DATABASE)) as connection:
        connection.execute("PRAGMA user_version=2")
    before = [(path / DATABASE).read_bytes() for path in (into, source)]
    for words in ((), ("--join",)):
        answer = opdiff("merge", str(source), "--store", str(into), *words)
        assert (answer.code, "a newer version of opdiff" in answer.err) == (2, True)
    assert [(path / DATABASE).read_bytes() for path in (into, source)] == before
