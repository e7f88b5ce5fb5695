"""Long runs: blocks of drawn structures within a budget, judged as they come back, streamed to the store."""

from __future__ import annotations

import contextlib
import itertools
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime

from harness import operator, workers
from harness.accounts import AccountingError, Accounts
from harness.aftermath import Aftermath, missed, not_minimal
from harness.case import Target
from harness.check import Framework, judge_all
from harness.config import opdiff_version
from harness.discovery import adapters
from harness.draw import STRIDE, Drawn, block_seed, draw_block
from harness.flights import Flight, Flights
from harness.notebook import Notebook, Scribe, no_script
from harness.plan import NothingRan, Plan, Progress, TargetUnavailable
from harness.pool import Pool, Unavailable
from harness.records import FindingRecord, RunRecord
from harness.store import Store
from harness.verify import Sighting, Verifier

__all__ = ["AccountingError", "NothingRan", "Plan", "Progress", "TargetUnavailable", "run"]

AHEAD = 6
"""Structures in flight: enough to keep every worker busy while the parent judges."""

CHECKPOINT_SECONDS = 1.0
"""Least time between two checkpoints: blocks of a fast operator end several times a second. New findings are stored at once."""

SEED_STEP = 16
"""Distance between the value seeds of two structures of a block; inputs of one case take successive seeds."""


class Campaign:
    """One run. ``run`` below is the way in."""

    def __init__(
        self,
        plan: Plan,
        store: Store,
        progress: Progress,
        pool: Pool,
        verifier: Verifier,
        frameworks: Mapping[str, Framework],
        scribe: Scribe = no_script,
    ) -> None:
        self.plan, self.store, self.progress, self.pool, self.verifier = plan, store, progress, pool, verifier
        self.frameworks = dict(frameworks)
        self.accounts = Accounts()
        self.flights = Flights(pool)
        self.timing: defaultdict[str, float] = defaultdict(float)
        self.launched = 0
        self.saved_at = time.monotonic()
        self.next_block = dict.fromkeys(plan.operators, plan.shard[0])
        self.unverified: list[FindingRecord] = []
        self.targets: tuple[Target, ...] = ()
        self.record = RunRecord(
            id=datetime.now(UTC).strftime("%Y%m%d-%H%M%S-") + uuid.uuid4().hex[:4],
            seed=plan.seed,
            operators=plan.operators,
            targets=tuple(map(str, plan.targets)),
            started=_now(),
        )
        self.saved = self.record
        self.notebook = Notebook(store, progress, scribe, self.record, plan.resume)

    def start(self) -> None:
        """Start the workers; targets that cannot start are listed, or refused when the user named them."""
        started = self.pool.start(sorted({target.worker for target in self.plan.targets}))
        unavailable: dict[str, str] = {}
        versions: dict[str, str] = {}
        for target in self.plan.targets:
            answer = started[target.worker]
            if isinstance(answer, Unavailable):
                reason = answer.reason.strip().splitlines()[0]
                if self.plan.named:
                    raise TargetUnavailable(str(target), reason)
                unavailable[str(target)] = reason
            else:
                versions.update(answer.versions)
        self.targets = tuple(target for target in self.plan.targets if str(target) not in unavailable)
        if not self.targets:
            raise NothingRan("no target is available: " + "; ".join(f"{t}: {r}" for t, r in unavailable.items()))
        self.record = replace(
            self.record, unavailable=unavailable, versions=versions, targets=tuple(map(str, self.targets))
        )

    def begin(self, environment: Mapping[str, str]) -> None:
        """Enter the run into the store, as it is known once its workers have started."""
        self.record = replace(self.record, environment=dict(environment), opdiff=opdiff_version())
        if self.plan.resume:
            self.restore(self.store.run(self.plan.resume))
        self.saved = self.notebook.run = self.record
        self.store.begin(self.record)
        self.progress.started(self.record)

    def restore(self, old: RunRecord) -> None:
        """Continue an interrupted run: its books and, per operator, the first block that it did not finish."""
        self.record = replace(old, state="running", ended="")
        self.accounts.restore(self.store.statistics(old.id), old.coverage)
        self.accounts.known.update(old.known)
        self.accounts.structures, self.accounts.cases = old.structures, old.cases
        self.launched = old.cases
        self.timing.update(old.timing)
        self.next_block.update(old.plan.get("next", {}))
        self.unverified = self.notebook.restore(self.record)

    def fuzz(self) -> None:
        """Draw, run and judge until a budget ends. A block that the budget cuts counts as far as it ran."""
        deadline = time.monotonic() + self.plan.seconds if self.plan.seconds is not None else None
        for _, block, draws in self._blocks():
            for drawn in draws:
                if self._spent(deadline):
                    self._drain(0)
                    if self.launched != self.accounts.cases:
                        raise AccountingError(f"{self.launched} cases launched, {self.accounts.cases} judged")
                    self._checkpoint()
                    return
                self._launch(drawn, block, last=drawn is draws[-1])
                self._drain(AHEAD)

    def _spent(self, deadline: float | None) -> bool:
        """Whether a budget has ended: time, cases, or the time without anything new."""
        now = time.monotonic()
        plateau = self.plan.plateau is not None and now - self.notebook.last_new > self.plan.plateau
        enough = self.plan.cases is not None and self.launched >= self.plan.cases
        return plateau or enough or (deadline is not None and now > deadline)

    def _blocks(self) -> Iterator[tuple[str, int, list[Drawn]]]:
        """Blocks of all operators in turn, without end; shards take every n-th."""
        first, step = dict(self.next_block), self.plan.shard[1]
        strategies = {key: operator.get(key).structures() for key in self.plan.operators}
        for turn in itertools.count():
            for key, strategy in strategies.items():
                block = first[key] + turn * step
                with self._timed("generation"):
                    draws = draw_block(strategy, key, self.plan.seed, block, STRIDE)
                yield key, block, draws

    def _launch(self, drawn: Drawn, block: int, last: bool) -> None:
        """Hand a structure's cases to every worker, one task each; shape inference is asked once per structure and quantity ``value``."""
        op = operator.get(drawn.case.operator)
        seed = (block_seed(op.key, self.plan.seed, block) + SEED_STEP * drawn.index) % 2**32
        with self._timed("generation"):
            cases = op.cases(drawn.case, seed)
        flight = Flight(drawn, block, seed, cases, last)
        with self._timed("store"):
            self.store.journal(drawn.case.key)
        with self._timed("transport"):
            self.flights.launch(flight, self.targets)
        self.launched += len(cases)

    def _drain(self, most: int) -> None:
        """Judge structures as they come back, in the order in which they were drawn, until at most ``most`` are under way."""
        landed = self.flights.landed(most)
        while True:
            with self._timed("waiting"):
                flight = next(landed, None)
            if flight is None:
                return
            self._judge(flight)

    def _judge(self, flight: Flight) -> None:
        """Judge every case of a structure, book it, and note its findings. The last structure of a block closes the block.

        Structures of the next blocks are under way meanwhile, so that no worker waits for the end of a block; nothing of them is in the
        books yet, which are therefore those of whole blocks at every checkpoint.
        """
        self.accounts.plan(flight.drawn.case, flight.planned, len(flight.cases))
        for case, outcomes in zip(flight.cases, flight.outcomes, strict=True):
            with self._timed("oracle and comparison"):
                checked = judge_all(case, outcomes, self.frameworks)
            self.timing["framework"] += sum(getattr(outcome, "seconds", 0.0) for outcome in outcomes.values())
            self.accounts.enter(checked)
            for disagreement in checked.disagreements:
                with self._timed("store"):
                    self.notebook.sight(Sighting(flight.drawn, flight.block, flight.seed, checked, disagreement))
        if flight.last:
            self.next_block[flight.drawn.case.operator] = flight.block + self.plan.shard[1]
            if time.monotonic() - self.saved_at > CHECKPOINT_SECONDS:
                self._checkpoint()

    def verify(self) -> None:
        """Complete the findings seen first in this run and run the earlier ones again, within the verification budget."""
        budget = self.plan.verification
        if budget is None:
            budget = max(60.0, self.plan.seconds or 0.0)
        after = Aftermath(self.verifier, self.notebook.confirmed, self.progress.message, time.monotonic() + budget)
        with self._timed("verification"):
            after.complete(self.notebook.urgent())
            after.run_again([not_minimal(finding) for finding in self.unverified], self.record)
            stored, met = self.store.findings(), self.notebook.met
            after.run_again(missed(stored, self.plan.operators, self.targets, met, self.plan.shard), self.record)

    def _checkpoint(self) -> None:
        """Make everything up to here durable and tell the progress."""
        with self._timed("store"):
            self.notebook.count()
            self.record = self.saved = self._snapshot("running")
            statistics = self.accounts.statistics()
            self.store.save_statistics(self.record.id, statistics)
            self.store.update(self.record)
            self.store.commit()
        self.saved_at = time.monotonic()
        self.progress.advanced(self.record, statistics)

    def _snapshot(self, state: str) -> RunRecord:
        return replace(
            self.record,
            state=state,
            ended="" if state == "running" else _now(),
            cases=self.accounts.cases,
            structures=self.accounts.structures,
            comparisons=self.accounts.comparisons,
            timing={name: round(seconds, 3) for name, seconds in self.timing.items()},
            coverage={key: dict(sorted(labels.items())) for key, labels in self.accounts.coverage.items()},
            known=dict(sorted(self.accounts.known.items())),
            new=tuple(self.notebook.new),
            plan={
                "next": dict(self.next_block),
                "shard": list(self.plan.shard),
                "targets": list(map(str, self.plan.targets)),
            },
            lost=tuple(sorted(self.pool.lost)),
        )

    def abandon(self, state: str) -> None:
        """Save the run as it stands. Its books stay those of the last checkpoint: resuming runs the open block again, whole."""
        self.store.finish(replace(self.saved, state=state, ended=_now(), new=tuple(self.notebook.new)))

    def finish(self, state: str) -> RunRecord:
        """Write the last state of the run."""
        self._checkpoint()
        self.record = self._snapshot(state)
        self.store.finish(self.record)
        return self.record

    @contextlib.contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.timing[name] += time.perf_counter() - started


def run(
    plan: Plan,
    store: Store,
    progress: Progress,
    *,
    make_pool: Callable[[Plan], AbstractContextManager[Pool]] | None = None,
    frameworks: Mapping[str, Framework] | None = None,
    environment: Mapping[str, str] | None = None,
    scribe: Scribe = no_script,
) -> RunRecord:
    """Carry out ``plan`` and return the finished run.

    ``make_pool`` and ``frameworks`` default to the installed adapters. Raises TargetUnavailable, NothingRan, AccountingError; on
    KeyboardInterrupt the state is saved as interrupted and the exception goes on.
    """
    make_pool = make_pool or pool_of
    frameworks = adapters() if frameworks is None else frameworks
    with make_pool(plan) as pool, make_pool(plan) as second:
        campaign = Campaign(plan, store, progress, pool, Verifier(second, pool, frameworks), frameworks, scribe)
        campaign.start()
        campaign.begin(environment or {})
        try:
            campaign.fuzz()
            campaign.verify()
        except KeyboardInterrupt:
            campaign.abandon("interrupted")
            raise
        except Exception:
            campaign.abandon("failed")
            raise
        campaign.accounts.balance()
        if not campaign.accounts.cases:
            campaign.finish("failed")
            raise NothingRan("the budget ended before the first case")
        finished = campaign.finish("finished")
        progress.finished(finished)
        return finished


def pool_of(plan: Plan) -> Pool:
    """The pool of installed adapters that a plan asks for."""
    return workers.make_pool(
        plan.targets, timeout=plan.timeout, first_timeout=plan.first_timeout, memory=plan.workers_memory
    )


def _now() -> str:
    """The time of day, fine enough to order short runs that follow each other within a second."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
