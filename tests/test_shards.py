"""Shards of one run as the run that they are: books add up, nothing counts twice, what is lost is named."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from commands import Run, check_schema
from stored import RUN, finding

from harness import baseline
from harness.history import Seen
from harness.merge import join
from harness.records import FindingRecord, RunRecord, Statistic
from harness.shards import ShardsError, joined, joined_statistics, shards_of
from harness.store import Store

EARLIER = "2025-12-31T00:00:00+00:00"


def _shard(index: int, count: int = 2, **changes: Any) -> RunRecord:
    """A finished shard that began ``index`` seconds after the first."""
    facts: dict[str, Any] = {
        "id": f"20260101-00000{index}-aaa{index}",
        "started": f"2026-01-01T00:00:0{index}+00:00",
        "ended": f"2026-01-01T01:00:0{index}+00:00",
        "state": "finished",
        "cases": 10 + index,
        "structures": 3,
        "comparisons": 100,
        "timing": {"framework": 1.5},
        "coverage": {"exp": {"size: 1": 2, f"size: {index}": 1}},
        "known": {"row": 1},
        "plan": {"shard": [index, count], "targets": ["torch:cpu:eager"], "next": {"exp": 7}},
    }
    return replace(RUN, **{**facts, **changes})


def test_books_add_up_in_any_order() -> None:
    shards = [_shard(0, 3), _shard(1, 3), _shard(2, 3)]
    run = joined(shards)
    assert (run.cases, run.structures, run.comparisons) == (33, 9, 300)
    assert run.timing == {"framework": 4.5}
    assert run.coverage == {"exp": {"size: 0": 1, "size: 1": 5, "size: 2": 1}}
    assert run.known == {"row": 3}
    assert (run.started, run.ended) == (shards[0].started, shards[2].ended)
    assert (run.state, run.lost) == ("finished", ())
    assert shards_of(run) == tuple(shard.id for shard in shards)
    assert run.id not in shards_of(run)
    for order in itertools.permutations(shards):
        assert joined(order) == run


def test_what_is_not_whole_is_lost() -> None:
    run = joined([_shard(0, 4, lost=("jax:cpu",)), _shard(3, 4, state="interrupted")])
    assert run.state == "interrupted"
    assert run.lost == (
        "shard 2/4: no run",
        "shard 3/4: no run",
        "shard 4/4: interrupted",
        "jax:cpu in shard 1/4",
    )


def test_a_target_that_only_some_shards_had_is_lost_there_and_available() -> None:
    both = ("jax:cpu:eager", "torch:cpu:eager")
    run = joined([_shard(0, targets=both), _shard(1, unavailable={"jax:cpu:eager": "no"})])
    assert (run.targets, run.unavailable) == (both, {})
    assert run.lost == ("jax:cpu:eager in shard 2/2",)
    nowhere = [_shard(index, unavailable={"jax:cpu:eager": "no"}) for index in range(2)]
    assert joined(nowhere).unavailable == {"jax:cpu:eager": "no"}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"seed": 2}, "seed"),
        ({"operators": ("exp",)}, "operators"),
        ({"versions": {"torch": "9"}}, "versions"),
        ({"opdiff": "9"}, "opdiff"),
        ({"plan": {"shard": [1, 3]}}, "number of shards"),
        ({"plan": {"shard": [0, 2]}}, "same shard more than once"),
    ],
)
def test_runs_that_are_no_shards_of_one_run_are_refused(change: dict[str, Any], word: str) -> None:
    with pytest.raises(ShardsError, match=word):
        joined([_shard(0), _shard(1, **change)])


def test_statistics_add_up_and_the_largest_ratio_stays() -> None:
    one = Statistic("exp", "value", "exact", "torch", {"agreed": 5}, 1, 2, 0.5, 1.0, {"why": 3})
    other = Statistic("exp", "value", "exact", "torch", {"agreed": 2, "died": 1}, 1, 0, 0.25, 2.0, {"why": 1, "so": 1})
    alone = replace(one, target="jax")
    assert joined_statistics([[one, alone], [other]]) == [
        alone,
        Statistic("exp", "value", "exact", "torch", {"agreed": 7, "died": 1}, 2, 2, 0.5, 3.0, {"so": 1, "why": 4}),
    ]


def _stores(folder: Path) -> list[Path]:
    """Two shards of a night, each a copy of the store of the night before, which knew "old"."""
    paths = [folder / f"shard-{index}" for index in range(2)]
    before = replace(_shard(0, 1), id="20251231-000000-bbbb", started=EARLIER)
    for index, path in enumerate(paths):
        run = _shard(index)
        with Store.open(path) as store:
            store.begin(before)
            store.save_finding(before.id, _seen(before, "old"))
            run = replace(run, new=tuple(finding(cause).id for cause in ("both", f"only {index}")))
            store.begin(run)
            for cause in ("both", f"only {index}"):
                store.save_finding(run.id, _seen(run, cause))
            store.sight(run.id, finding("old").id, Seen(2, ("torch:cpu:eager",)))
            store.save_statistics(run.id, [Statistic("exp", "value", "exact", "torch", {"agreed": 5})])
    return paths


def _seen(run: RunRecord, cause: str) -> FindingRecord:
    sight = {"first_run": run.id, "last_run": run.id, "first_seen": run.started, "last_seen": run.started}
    return finding(cause, count=3, **sight)


def _joined(into: Path, paths: list[Path]) -> RunRecord:
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(Store.open(path, write=False)) for path in paths]
        return join(stack.enter_context(Store.open(into)), opened)[0]


def test_the_store_has_one_run_and_counts_every_sight_once(tmp_path: Path) -> None:
    paths = _stores(tmp_path)
    with Store.open(tmp_path / "into") as store:  # the store that the shards were given a copy of
        before = replace(_shard(0, 1), id="20251231-000000-bbbb", started=EARLIER)
        store.begin(before)
        store.save_finding(before.id, _seen(before, "old"))
    run = _joined(tmp_path / "into", paths)
    names = {finding(cause).id: cause for cause in ("old", "both", "only 0", "only 1")}
    with Store.open(tmp_path / "into", write=False) as store:
        assert [known.id for known in store.runs()] == [run.id, before.id]
        assert {names[one.id]: one.count for one in store.findings(run.id)} == {
            "old": 4,
            "both": 6,
            "only 0": 3,
            "only 1": 3,
        }
        assert {names[one.id]: one.count for one in store.findings()}["old"] == 7
        assert {names[identity] for identity in run.new} == {"both", "only 0", "only 1"}
        assert {one.first_run for one in store.findings()} == {before.id, run.id}
        assert [one.counts for one in store.statistics(run.id)] == [{"agreed": 10}]
        everything = [store.findings(), store.runs(), store.sightings(run.id)]
    assert _joined(tmp_path / "into", paths[::-1]) == run
    with Store.open(tmp_path / "into", write=False) as store:
        assert [store.findings(), store.runs(), store.sightings(run.id)] == everything


def test_what_the_store_knew_is_not_new(tmp_path: Path) -> None:
    """The shards began with an older copy."""
    paths = _stores(tmp_path)
    with Store.open(tmp_path / "into") as store:
        other = replace(_shard(0, 1), id="20251231-120000-cccc", started=EARLIER)
        store.begin(other)
        store.save_finding(other.id, _seen(other, "both"))
        store.save_finding(other.id, _seen(other, "old"))
        before = replace(_shard(0, 1), id="20251231-000000-bbbb", started=EARLIER)
        store.begin(before)
    run = _joined(tmp_path / "into", paths)
    assert set(run.new) == {finding("only 0").id, finding("only 1").id}


def test_nothing_new_and_no_run_of_these_shards_is_refused(tmp_path: Path) -> None:
    with Store.open(tmp_path / "empty"):
        pass
    with pytest.raises(ShardsError, match="no run that is new"):
        _joined(tmp_path / "into", [tmp_path / "empty"])


def test_the_command_judges_like_run(opdiff: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baseline, "today", lambda: date(2026, 1, 2))
    paths = [str(path) for path in _stores(tmp_path)]
    with Store.open(Path("into")) as store:
        before = replace(_shard(0, 1), id="20251231-000000-bbbb", started=EARLIER)
        store.begin(before)
        store.save_finding(before.id, _seen(before, "old"))
    answer = opdiff("merge", *paths, "--join", "--store", "into", "--html", "night.html", "--format", "json")
    assert answer.code == 1
    check_schema("report", answer.json)
    assert answer.json["sections"]["new"] == 3
    assert Path("night.html").exists()
    new = [one["id"] for one in answer.json["findings"] if one["section"] == "new"]
    assert opdiff("baseline", "add", *new, "--reason", "known", "--store", "into").code == 0
    again = opdiff("merge", *paths, "--join", "--store", "into")
    assert (again.code, "nothing is new" in again.err) == (0, True)
    assert opdiff("merge", *paths, "--exit-zero", "--store", "into").code == 2
    other = opdiff("merge", paths[0], "--join", "--store", "alone")  # its own store has the night before, too
    assert (other.code, "not shards of one run" in other.err) == (2, True)
    resumed = opdiff("run", "--resume", answer.json["run"]["id"], "--store", "into")
    assert resumed.code == 2
