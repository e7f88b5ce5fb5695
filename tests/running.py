"""Campaigns for tests: a temporary store, a silent progress, planted targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from planted.adapter import Planted

from harness import campaign
from harness.case import Target
from harness.pool import Pool, WorkerSpec
from harness.records import FindingRecord, RunRecord, Statistic
from harness.store import Store

ROOT = Path(__file__).parent.parent
ALIGNED = ("conv:aligned", "conv_transpose:aligned")


@dataclass
class Silent:
    """A progress that remembers what it was told."""

    messages: list[str] = field(default_factory=list)

    def started(self, run: RunRecord) -> None: ...
    def advanced(self, run: RunRecord, statistics: Sequence[Statistic]) -> None: ...
    def found(self, finding: FindingRecord, new: bool) -> None: ...
    def finished(self, run: RunRecord) -> None: ...
    def message(self, text: str) -> None:
        self.messages.append(text)


@dataclass
class Result:
    """A finished campaign."""

    run: RunRecord
    findings: list[FindingRecord]
    statistics: list[Statistic]


def planted_pool(bug: str = "", memory: int = 1 << 30) -> Pool:
    """A pool with the planted implementation as its only worker; only a hang is waited for briefly, as a busy machine may be slow."""
    timeout = 2.0 if bug.startswith("hang") else 20.0
    paths = (str(ROOT), str(ROOT / "tests"))
    environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OPDIFF_PLANTED": bug}
    spec = WorkerSpec("planted.adapter:Planted", environment=environment, python_path=paths, memory=memory)
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
