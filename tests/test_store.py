"""The store: what is acknowledged stays, merges are right, reads are in order."""

from __future__ import annotations

import json
import random
import signal
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from stored import RUN, finding, start_writer

from harness.case import Kind
from harness.encoding import encode
from harness.history import Seen
from harness.records import OutcomeSummary, Severity, Statistic
from harness.store import Store, StoreBusyError


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(tmp_path / "store") as opened:
        opened.begin(RUN)
        yield opened


def test_records_come_back_as_they_were(store: Store) -> None:
    outcome = OutcomeSummary("torch:cpu:eager", "returned", shapes=((1, None), None), arrays=([[1.0, "nan"]], None))
    detail = {"canvas": 2**62 + 1, "far": -(2**70), "text": "\x00\ud7ff\u202e</script>"}
    saved = finding(outcomes=(outcome,), detail=detail, versions={"torch": "2.13.0"}, count=3)
    assert store.save_finding(RUN.id, saved) == saved
    assert store.finding(saved.id) == saved
    statistic = Statistic("conv:aligned", "value", "exact", "torch:cpu:eager", {"agreed": 2}, ratio=float("inf"))
    store.save_statistics(RUN.id, [statistic])
    store.commit()
    assert store.statistics(RUN.id) == [statistic]
    assert store.run() == RUN


def test_numpy_is_never_stored(store: Store) -> None:
    saved = store.save_finding(
        RUN.id, finding(detail={"index": np.int64(3), "row": np.array([1.0, np.nan]), "worst": float("-inf")})
    )
    assert store.finding(saved.id).detail == {"index": 3, "row": [1.0, "nan"], "worst": "-inf"}


def test_a_second_sight_is_merged(store: Store) -> None:
    store.save_finding(RUN.id, finding(rows=8, count=2, first_run="one", last_run="one", first_seen="1", last_seen="1"))
    later = finding(
        rows=4, count=3, targets=("jax:cpu:eager",), first_run="two", last_run="two", first_seen="2", last_seen="2"
    )
    merged = store.save_finding(RUN.id, later)
    assert merged.case.inputs["x"].shape == (4, 2)
    assert merged.count == 5
    assert merged.targets == ("jax:cpu:eager", "torch:cpu:eager")
    assert (merged.first_run, merged.first_seen, merged.last_run, merged.last_seen) == ("one", "1", "two", "2")
    assert store.findings() == [merged]


def test_the_reproduced_case_wins_then_the_smaller_one(store: Store) -> None:
    store.save_finding(RUN.id, finding(rows=2))
    store.save_finding(RUN.id, finding(rows=5, reproduced=3, attempts=3))
    assert store.finding(finding().id).case.inputs["x"].shape == (5, 2)
    store.save_finding(RUN.id, finding(rows=1))
    assert store.finding(finding().id).reproduced == 3
    store.save_finding(RUN.id, finding(rows=4, reproduced=3, attempts=3))
    assert store.finding(finding().id).case.inputs["x"].shape == (4, 2)


def test_counts_belong_to_the_run_that_saw_them(store: Store) -> None:
    other = replace(RUN, id="20260102-000000-bbbb", started="2026-01-02T00:00:00+00:00")
    store.save_finding(RUN.id, finding(count=0))
    store.sight(RUN.id, finding().id, Seen(4, ("jax:cpu:eager",)))
    store.sight(RUN.id, finding().id, Seen(1, ("torch:cpu:compiled",)))
    store.begin(other)
    store.save_finding(other.id, finding(count=2))
    store.save_finding(other.id, finding("unseen before", count=1))
    assert [f.count for f in store.findings(RUN.id)] == [5]
    assert sorted(f.count for f in store.findings(other.id)) == [1, 2]
    assert store.finding(finding().id).count == 7
    assert store.finding(finding().id).targets == ("jax:cpu:eager", "torch:cpu:compiled", "torch:cpu:eager")
    assert [run.id for run in store.runs()] == [other.id, RUN.id]


def test_statistics_are_replaced(store: Store) -> None:
    old = Statistic("conv:aligned", "value", "exact", "torch:cpu:eager", {"agreed": 1})
    gone = replace(old, target="jax:cpu:eager")
    store.save_statistics(RUN.id, [old, gone])
    store.commit()
    store.save_statistics(RUN.id, [replace(old, counts={"agreed": 9})])
    store.commit()
    assert store.statistics(RUN.id) == [replace(old, counts={"agreed": 9})]


def test_findings_come_by_severity_then_kind(store: Store) -> None:
    for cause, kind, severity in [
        ("a", Kind.AMBIGUITY, Severity.AMBIGUITY),
        ("b", Kind.RAISED, Severity.BUG),
        ("c", Kind.DIED, Severity.KNOWN),
        ("d", Kind.DIED, Severity.BUG),
    ]:
        store.save_finding(RUN.id, finding(cause, kind=kind, severity=severity))
    assert [f.fingerprint.cause for f in store.findings()] == ["d", "b", "a", "c"]


def test_lookup_by_prefix_names_the_closest(store: Store) -> None:
    saved = [store.save_finding(RUN.id, finding(str(i))) for i in range(40)]
    assert store.finding(saved[0].id[:10]) == saved[0]
    with pytest.raises(LookupError, match="ambiguous"):
        store.finding("")
    with pytest.raises(LookupError, match=saved[3].id):
        store.finding(saved[3].id[:-1] + "x")
    with pytest.raises(LookupError, match="unknown run 'zzz'"):
        store.run("zzz")
    assert store.run(RUN.id[:12]) == RUN


def test_an_empty_store_says_so(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        assert store.runs() == store.findings() == []
        with pytest.raises(LookupError, match="no runs yet"):
            store.run()
        with pytest.raises(LookupError, match="no findings"):
            store.finding("abc")


def test_what_is_buffered_is_written_with_the_next_commit(store: Store) -> None:
    store.update(replace(RUN, cases=7))
    with Store.open(store.folder, write=False) as reader:
        assert reader.run().cases == 0
        store.commit()
        assert reader.run().cases == 7
        store.update(replace(RUN, cases=8))
        time.sleep(0.06)
        store.update(replace(RUN, cases=9))
        assert reader.run().cases == 9


def test_the_journal_keeps_the_last_note(store: Store) -> None:
    store.journal("a long note " * 100)
    store.journal("short \u00e9")
    assert store.last_journal() == "short \u00e9"
    with Store.open(store.folder, write=False) as reader:
        assert reader.last_journal() == "short \u00e9"


def test_kill_9_loses_no_acknowledged_finding(tmp_path: Path) -> None:
    """Each trial goes on with the store that the last kill left; only at the first opening is it new."""
    draw = random.Random(7)
    acknowledged: set[str] = set()
    for _ in range(20):
        writer = start_writer(tmp_path)
        assert writer.stdout
        seen = [writer.stdout.readline()]
        time.sleep(draw.uniform(0.0, 0.12))
        writer.send_signal(signal.SIGKILL)
        seen += writer.stdout.read().splitlines()
        writer.stdout.close()
        assert writer.wait() == -signal.SIGKILL
        numbers = [line.decode().strip() for line in seen if line]
        acknowledged |= set(numbers)
        with Store.open(tmp_path) as store:
            assert not store.notice
            assert {finding(number).id for number in acknowledged} <= {f.id for f in store.findings(RUN.id)}
            assert int(store.last_journal()) >= int(numbers[-1])
    assert len(acknowledged) > 1


def test_the_second_writer_is_refused_and_may_wait(tmp_path: Path) -> None:
    writer = start_writer(tmp_path)
    try:
        assert writer.stdout
        writer.stdout.readline()
        with pytest.raises(StoreBusyError, match=f"in use by process {writer.pid}: one run at a time"):
            Store.open(tmp_path)
        with Store.open(tmp_path, write=False) as reader:
            assert reader.findings()
        writer.kill()
        with Store.open(tmp_path, wait=30.0) as store:
            assert store.run() == RUN
    finally:
        writer.kill()
        writer.communicate()


def test_a_kind_of_string_is_a_string():
    class Reason(str):
        """As the reasons of plans of the linear algebra are."""

    assert json.loads(encode({"reason": Reason("unclear"), "all": [Reason("two")]})) == {
        "reason": "unclear",
        "all": ["two"],
    }
