"""The differential tests of one process: their workers, their store, and what became of each.

A test's campaign writes to a store of this process. The runs of all processes of a session go into the user's store at its end, as one,
so that no test waits for another process' lock and a kill leaves the user's store as it was.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from harness import baseline, campaign, discovery, doctor, outside
from harness.case import Target
from harness.history import Seen
from harness.operator import Operator
from harness.plan import NothingRan, Plan
from harness.pool import Pool, Started, Unavailable
from harness.records import FindingRecord, RunRecord, Severity, Statistic
from harness.store import Store, StoreDamagedError
from harness.store_file import DATABASE
from harness.testing import failure
from harness.testing.settings import SettingError, Settings
from harness.workers import make_pool


class CheckSkipped(Exception):
    """No target can run the operator."""


class CheckFailed(Exception):
    """The operator has findings; the message is what pytest shows."""


class CannotCheck(Exception):
    """A worker cannot import what the operator needs, or was lost: the test says nothing."""


States = Mapping[str, Started | Unavailable]
"""What became of the workers that were started, by key."""


class Session:
    """Checks operators one after the other. A context manager; leaving it ends the workers.

    ``folder`` is where this process keeps its store; findings of earlier runs are taken over from that of ``settings``, so that
    they run again. Raises StoreError, BaselineError.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self._baseline = baseline.load(settings.baseline) if settings.baseline else None
        self.store = Store.open(folder)
        self._pools: tuple[Pool, Pool] | None = None
        self._workers: frozenset[str] = frozenset()
        self._imports: tuple[frozenset[str], frozenset[str]] = frozenset(), frozenset()
        """What the workers know: operators from outside, short of what cannot be imported."""
        self._failed: dict[str, str] = {}
        """What a worker could not import: by path, of a module or of a function of one, the message."""
        self._earlier = _earlier(settings.store)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: object) -> None:
        self._close_pools()
        self.store.commit()
        self.store.close()

    def check(self, op: Operator, settings: Settings) -> RunRecord:
        """Fuzz the operator; the run, where nothing is wrong. Raises CheckFailed, CheckSkipped, CannotCheck, SettingError."""
        targets = _targets(op, settings)
        first, second, states = self._started(op, targets)
        available = _available(states, targets, settings)
        self._remember(op.key)
        plan = Plan(
            (op.key,), available, settings.seed, settings.time, settings.cases, timeout=settings.timeout, named=False
        )
        pools = iter((first, second))
        lend: Callable[[Plan], AbstractContextManager[Pool]] = lambda plan: contextlib.nullcontext(next(pools))  # noqa: E731
        listener = Listener()
        facts = doctor.environment()
        try:
            run = campaign.run(plan, self.store, listener, make_pool=lend, environment=facts, scribe=failure.script_of)
        except NothingRan as error:
            raise CheckSkipped(str(error)) from error
        except BaseException:  # a reference that fails, the time limit of a test: what is under way is nobody's then
            self._close_pools()
            raise
        if run.lost:
            raise CannotCheck(f"lost during the run: {'; '.join(f'{t}: {r}' for t, r in first.lost.items())}")
        run, bugs = self._judged(run)
        if bugs:
            raise CheckFailed(failure.text(op, bugs, run, settings, listener.messages))
        return run

    def _judged(self, run: RunRecord) -> tuple[RunRecord, list[FindingRecord]]:
        """A run with what the baseline says of it, which is stored, and the bugs that nothing covers."""
        findings = self.store.findings(run.id)
        if self._baseline:
            run = baseline.judged(run, findings, self.store.sightings(run.id), self._baseline, baseline.today())
            self.store.finish(run)
        bugs = [finding for finding in findings if finding.severity == Severity.BUG]
        return run, [bug for bug in bugs if run.baseline.get(bug.id) != baseline.Standing.KNOWN]

    def _started(self, op: Operator, targets: Sequence[Target]) -> tuple[Pool, Pool, States]:
        """The pools of the session, and what became of the workers of the targets.

        What a worker cannot import is left out, for the operators that do not need it. Raises CannotCheck where this one does.
        """
        origin = outside.origins()[op.key]
        while True:
            for path in (origin.module, *origin.calls.values()):
                if path in self._failed:
                    raise CannotCheck(self._failed[path])
            first, second = self._pools_for(targets)
            states = first.start(sorted({target.worker for target in targets}))
            failed = _not_imported(states)
            if not failed:
                return first, second, states
            self._failed |= failed

    def _pools_for(self, targets: Sequence[Target]) -> tuple[Pool, Pool]:
        """The pools of the session. New ones, where a worker was lost, or must import something else or be another one."""
        workers = self._workers | {target.worker for target in targets}
        imports = frozenset(outside.origins()), frozenset(self._failed)
        if self._pools and (
            self._pools[0].lost or self._pools[1].lost or (workers, imports) != (self._workers, self._imports)
        ):
            self._close_pools()
        if self._pools is None:
            asked = [Target.parse(worker) for worker in sorted(workers)]
            self._pools = (
                make_pool(asked, timeout=self.settings.timeout, without=self._failed),
                make_pool(asked, timeout=self.settings.timeout, without=self._failed),
            )
            self._workers, self._imports = workers, imports
        return self._pools

    def _close_pools(self) -> None:
        for pool in self._pools or ():
            pool.close()
        self._pools = None

    def _remember(self, key: str) -> None:
        """Put what earlier runs found of the operator into the store of this process."""
        for finding in [finding for finding in self._earlier if finding.fingerprint.operator == key]:
            self.store.save_finding(finding.last_run, finding, Seen())
            self._earlier.remove(finding)


def _earlier(store: Path) -> list[FindingRecord]:
    """What earlier runs found of operators from outside. Nothing of a damaged store, which is moved aside when it is written to."""
    if not (store / DATABASE).exists():
        return []
    try:
        with Store.open(store, write=False) as opened:
            return [finding for finding in opened.findings() if "." in finding.fingerprint.operator]
    except StoreDamagedError:
        return []


def _targets(op: Operator, settings: Settings) -> tuple[Target, ...]:
    """The targets that have a call of the operator. Raises CheckSkipped where there are none, SettingError."""
    infos = discovery.adapters()
    tables = {call.framework for call in op.calls}
    unknown = tables - {info.table for info in infos.values()}
    if unknown:
        from harness.operator import unknown as message

        raise SettingError(
            f"operator {op.key}: {message('framework', min(unknown), {i.table for i in infos.values()})}"
        )
    try:
        asked = discovery.resolve(settings.targets) if settings.targets else discovery.default_targets()
    except discovery.TargetError as error:
        raise SettingError(str(error)) from error
    found = tuple(target for target in asked if infos[target.framework].table in tables)
    if not found:
        absent = [info.missing for info in infos.values() if info.table in tables and info.missing]
        among = f" of {', '.join(settings.targets)}" if settings.targets else ""
        reason = "; ".join(dict.fromkeys(absent)) or f"it has calls of {', '.join(sorted(tables))}"
        raise CheckSkipped(f"no target{among} can run {op.key}: {reason}")
    return found


def _reasons(states: States) -> dict[str, str]:
    """Why workers did not start, in one line, by key."""
    return {
        key: state.reason.strip().splitlines()[0] for key, state in states.items() if isinstance(state, Unavailable)
    }


def _not_imported(states: States) -> dict[str, str]:
    """By path, the message of what a worker could not import."""
    failed = {worker: outside.not_imported(reason) for worker, reason in _reasons(states).items()}
    return {path: f"in the worker of {worker}, {message}" for worker, (path, message) in failed.items() if path}


def _available(states: States, targets: Sequence[Target], settings: Settings) -> tuple[Target, ...]:
    """The targets whose workers have started.

    Raises SettingError where one cannot start that was asked for by name, CheckSkipped where none can.
    """
    reasons = _reasons(states)
    for worker, reason in reasons.items() if settings.targets else ():
        raise SettingError(f"target {worker!r} cannot start: {reason}")
    left = tuple(target for target in targets if target.worker not in reasons)
    if not left:
        raise CheckSkipped("no target can start: " + "; ".join(f"{key}: {reason}" for key, reason in reasons.items()))
    return left


class Listener:
    """A silent progress that keeps what must be said."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def started(self, run: RunRecord) -> None: ...
    def advanced(self, run: RunRecord, statistics: Sequence[Statistic]) -> None: ...
    def found(self, finding: FindingRecord, new: bool) -> None: ...
    def confirmed(self, finding: FindingRecord, seen: Seen) -> None: ...
    def finished(self, run: RunRecord) -> None: ...
    def message(self, text: str) -> None:
        self.messages.append(text)
