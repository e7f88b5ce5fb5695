"""Campaigns for tests: a temporary store, a silent progress, planted targets."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from planted import every_bug
from planted.adapter import Planted

from harness import campaign, operator
from harness.case import VALUE, Case, Disagreement, Kind, Outcome, Raised, Target
from harness.check import judge_all
from harness.draw import STRIDE, block_seed, draw_block
from harness.pool import Pool, WorkerSpec
from harness.records import FindingRecord, RunRecord, Statistic
from harness.store import Store
from harness.testing.session import Listener as Silent

ROOT = Path(__file__).parent.parent
ALIGNED = ("conv:aligned", "conv_transpose:aligned")


@dataclass
class Result:
    """A finished campaign."""

    run: RunRecord
    findings: list[FindingRecord]
    statistics: list[Statistic]


def planted_pool(bug: str = "", memory: int = 1 << 30, adapter: str = "Planted") -> Pool:
    """A pool with the planted implementation as its only worker; only a hang is waited for briefly, as a busy machine may be slow."""
    timeout = 2.0 if bug.startswith("hang") else 20.0
    paths = (str(ROOT), str(ROOT / "tests"))
    environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OPDIFF_PLANTED": bug}
    spec = WorkerSpec(f"planted.adapter:{adapter}", environment=environment, python_path=paths, memory=memory)
    return Pool({"planted:cpu": spec}, timeout=timeout, first_timeout=timeout)


def run_planted(
    folder: Path, bug: str = "", *, cases: int = 600, seed: int = 0, operators: Sequence[str] = ALIGNED
) -> Result:
    """Fuzz the planted implementation for a number of cases."""
    targets = (Target("planted"), Target("planted", "cpu", "abstract"))
    plan = campaign.Plan(tuple(operators), targets, seed, seconds=60.0, cases=cases)
    with Store.open(folder) as store:
        run = campaign.run(
            plan, store, Silent(), make_pool=lambda plan: planted_pool(bug), frameworks={"planted": Planted}
        )
        return Result(run, store.findings(run.id), store.statistics(run.id))


def judge_planted(bug: str = "", *, cases: int = 600, seed: int = 0, operators: Sequence[str]) -> list[Disagreement]:
    """What the judge says of the planted implementation, in this process: no worker, no shrinking, no store.

    Operators take turns, a block of structures each; with a bug it ends at the first disagreement of a kind that the bug may have.
    """
    adapter = Planted()
    adapter.bug = every_bug()[bug] if bug else adapter.bug
    found: list[Disagreement] = []
    done = 0
    for block, key in ((block, key) for block in itertools.count() for key in operators):
        op = operator.get(key)
        for drawn in draw_block(op.structures(), key, seed, block, STRIDE):
            for index, case in enumerate(
                op.cases(drawn.case, (block_seed(key, seed, block) + 16 * drawn.index) % 2**32)
            ):
                modes = ("eager", "abstract") if index == 0 and case.quantity == VALUE else ("eager",)
                outcomes = {Target("planted", "cpu", mode): _outcome(adapter, case, mode) for mode in modes}
                told = judge_all(case, outcomes, {"planted": Planted}).disagreements
                found += [one for one in told if one.kind is not Kind.AMBIGUITY]
                done += 1
                if done >= cases or any(one.kind in adapter.bug.kinds for one in told):
                    return found
    raise AssertionError("blocks have no end")


def _outcome(adapter: Planted, case: Case, mode: str) -> Outcome:
    """The planted implementation's outcome; a bug that cannot even be carried out is an exception of the implementation."""
    try:
        return adapter.execute(case, mode)
    except Exception as error:
        return Raised(type(error).__name__, str(error))
