"""Campaigns: the same seed gives the same cases, accounts balance, and what was acknowledged survives a kill."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from planted.adapter import Planted
from running import ALIGNED, ROOT, Silent, planted_pool, run_planted

from harness import campaign
from harness.accounts import AccountingError, Accounts
from harness.case import Target
from harness.plan import NothingRan, Plan, TargetUnavailable
from harness.pool import Pool, WorkerSpec
from harness.records import Severity
from harness.store import Store

TARGETS = (Target("planted"), Target("planted", "cpu", "abstract"))


def drawn_cases(monkeypatch, folder, shard=(0, 1), cases=150):
    """Keys of the structures that a campaign of one shard plans, in order."""
    seen = []
    plan = Accounts.plan
    monkeypatch.setattr(
        Accounts, "plan", lambda self, structure, *rest: (seen.append(structure.key), plan(self, structure, *rest))[1]
    )
    asked = Plan(ALIGNED, TARGETS, 7, seconds=60.0, cases=cases, shard=shard)
    with Store.open(folder) as store:
        campaign.run(asked, store, Silent(), make_pool=lambda plan: planted_pool(), frameworks={"planted": Planted})
    monkeypatch.undo()
    return seen


def test_same_seed_same_cases(monkeypatch, tmp_path):
    first = drawn_cases(monkeypatch, tmp_path / "a")
    assert first == drawn_cases(monkeypatch, tmp_path / "b")
    assert len(set(first)) > 20


def test_shards_take_blocks_in_turn(monkeypatch, tmp_path):
    whole = drawn_cases(monkeypatch, tmp_path / "whole", cases=180)
    even = drawn_cases(monkeypatch, tmp_path / "even", (0, 2), cases=80)
    odd = drawn_cases(monkeypatch, tmp_path / "odd", (1, 2), cases=80)
    assert not set(even) & set(odd)
    assert even[:5] == whole[:5]  # block 0 of the first operator
    assert set(odd[:5]) <= set(whole)


def test_accounts_balance_and_a_lost_booking_is_noticed(tmp_path):
    result = run_planted(tmp_path, cases=100)
    assert sum(sum(row.counts.values()) for row in result.statistics) == result.run.comparisons
    accounts = Accounts()
    accounts.planned = 3
    with pytest.raises(AccountingError, match=r"3 .* planned, 0 booked"):
        accounts.balance()


def test_a_frequent_difference_does_not_hide_a_rare_one(tmp_path):
    """A bug in most cases is one finding with a count, and the run goes on to its end."""
    result = run_planted(tmp_path, "wrong dtype", cases=200)
    counts = sorted(finding.count for finding in result.findings)
    assert result.run.cases >= 200
    assert counts[-1] > 20
    assert len(result.findings) <= 12


def failing_pool(plan):
    return Pool(
        {"planted:cpu": WorkerSpec("planted.adapter:NoSuchClass", python_path=(str(ROOT), str(ROOT / "tests")))}
    )


@pytest.mark.parametrize(("named", "error"), [(True, TargetUnavailable), (False, NothingRan)])
def test_a_target_that_cannot_start(named, error, tmp_path):
    asked = Plan(ALIGNED, TARGETS, 0, seconds=5.0, named=named)
    with Store.open(tmp_path) as store, pytest.raises(error, match="NoSuchClass"):
        campaign.run(asked, store, Silent(), make_pool=failing_pool, frameworks={"planted": Planted})


CHILD = """
import sys
from pathlib import Path
from running import *
from harness.plan import Plan
class Loud(Silent):
    def found(self, finding, new):
        print(finding.id, flush=True)
plan = Plan(ALIGNED, (Target("planted"),), 3, seconds=None, cases=int(sys.argv[2]), resume=sys.argv[3], verification=0.0)
with Store.open(Path(sys.argv[1])) as store:
    campaign.run(plan, store, Loud(), make_pool=lambda p: planted_pool("kernel flipped"), frameworks={"planted": Planted})
"""


def child(folder, cases, resume=""):
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    command = [sys.executable, "-c", CHILD, str(folder), str(cases), resume]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True)


def test_kill_of_the_whole_tree_loses_nothing_that_was_acknowledged(tmp_path):
    """After kill -9 the findings that were announced are there, and the resumed run finds what an uninterrupted one does."""
    process = child(tmp_path / "killed", 100_000)
    announced = [process.stdout.readline().strip() for _ in range(2)]
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGKILL)
    announced += [line.strip() for line in process.stdout]
    process.wait()
    with Store.open(tmp_path / "killed") as store:
        assert {identifier for identifier in announced if identifier} <= {finding.id for finding in store.findings()}
        interrupted = store.run()
    assert interrupted.state == "running"
    assert child(tmp_path / "killed", 400, interrupted.id).wait() == 0
    assert child(tmp_path / "whole", 400).wait() == 0
    with Store.open(tmp_path / "killed") as killed, Store.open(tmp_path / "whole") as whole:
        assert killed.run(interrupted.id).state == "finished"
        assert {f.id for f in killed.findings()} >= {f.id for f in whole.findings()}


def test_the_books_of_a_resumed_run_are_those_of_whole_blocks(tmp_path):
    result = run_planted(tmp_path, cases=60)
    restored = Accounts()
    restored.restore(result.statistics, {})
    assert restored.comparisons == result.run.comparisons
    assert restored.planned == restored.comparisons
    broken = [replace(result.statistics[0], counts={}), *result.statistics[1:]]
    restored = Accounts()
    restored.restore(broken, {})
    assert restored.comparisons < result.run.comparisons


class Fast(datetime):
    """A clock on which all runs of a test start within one second."""

    ticks = itertools.count()

    @classmethod
    def now(cls, tz=None):
        return datetime(2026, 1, 1, tzinfo=tz) + timedelta(milliseconds=next(cls.ticks))


def test_runs_within_one_second_keep_their_order(monkeypatch, tmp_path):
    """What was fixed and what is back hang on the order of the runs."""
    monkeypatch.setattr(campaign, "datetime", Fast)
    made = [run_planted(tmp_path, operators=("conv:aligned",), cases=5).run.id for _ in range(4)]
    with Store.open(tmp_path) as store:
        assert [run.id for run in reversed(store.runs())] == made


def test_what_was_fixed_and_is_back_is_new_once(tmp_path):
    """Whether drawn cases meet it or its stored form is run again; what comes and goes a second time is no news."""
    folder, words = tmp_path / "store", {"operators": ("conv:aligned",), "cases": 60}
    known = {one.id for one in run_planted(folder, "wrong dtype", **words).findings if one.severity == Severity.BUG}
    assert known
    expected = [("wrong dtype", set()), ("", set()), ("wrong dtype", known), ("", set()), ("wrong dtype", set())]
    for seed, (bug, new) in enumerate(expected, 1):
        assert known & set(run_planted(folder, bug, seed=seed, **words).run.new) == new, seed
