"""``opdiff run`` between command line and campaign: what was asked for becomes a plan, what came out an exit code."""

from __future__ import annotations

import contextlib
import secrets
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType

import click

from harness import discovery, operator
from harness.case import Target
from harness.cli.options import ExitCode
from harness.draw import block_seed
from harness.plan import NothingRan, Plan
from harness.records import FindingRecord, RunRecord, Severity
from harness.shards import shards_of
from harness.store import Store

DEFAULT_SECONDS = 60.0


@dataclass(frozen=True)
class Asked:
    """The options of ``opdiff run`` that make the plan; None where not given."""

    operators: tuple[str, ...] = ()
    targets: tuple[str, ...] | None = None
    devices: tuple[str, ...] | None = None
    time: float | None = None
    cases: int | None = None
    seed: int | None = None
    shard: tuple[int, int] | None = None
    timeout: float = 10.0
    first_timeout: float = 60.0
    memory: int = 4 << 30
    verify_time: float | None = None
    plateau: float | None = None
    resume: str | None = None


def plan(asked: Asked, store: Store) -> Plan:
    """The plan. Raises UsageError, TargetError, NothingRan."""
    old = _resumed(asked, store)
    seconds = asked.time if asked.time or asked.cases else DEFAULT_SECONDS
    if old:
        keys, seed = select_operators(old.operators), old.seed
        targets = tuple(Target.parse(text) for text in old.plan.get("targets", old.targets))
        first, of = old.plan.get("shard", (0, 1))
        shard = (int(first), int(of))
    else:
        targets = select_targets(asked.targets, asked.devices)
        seed = asked.seed if asked.seed is not None else secrets.randbelow(1 << 32)
        keys = select_operators(asked.operators)
        if not asked.operators:  # A short run reaches some of them only: each seed others, from all families.
            keys = tuple(sorted(keys, key=lambda key: block_seed(key, seed, 0)))
        shard = asked.shard or (0, 1)
    return Plan(
        keys,
        targets,
        seed,
        seconds,
        asked.cases,
        shard,
        asked.timeout,
        asked.first_timeout,
        asked.memory,
        old.id if old else "",
        asked.targets is not None,
        plateau=asked.plateau,
        verification=asked.verify_time,
    )


def _resumed(asked: Asked, store: Store) -> RunRecord | None:
    """The run to resume, if one is."""
    if asked.resume is None:
        return None
    given = {
        "OPERATOR": asked.operators,
        "--targets": asked.targets,
        "--devices": asked.devices,
        "--shard": asked.shard,
    }
    named = [name for name, value in {**given, "--seed": asked.seed}.items() if value not in (None, ())]
    if named:
        raise click.UsageError(f"--resume with {', '.join(named)}: a resumed run keeps what it was begun with")
    try:
        old = store.run(asked.resume)
    except LookupError as error:
        raise click.UsageError(f"--resume {asked.resume!r}: {error.args[0]}") from error
    if old.state == "finished":
        raise click.UsageError(f"--resume {asked.resume!r}: run {old.id} is finished; only others can be resumed")
    if shards_of(old):
        raise click.UsageError(f"--resume {asked.resume!r}: run {old.id} was joined from shards; resume the shard")
    return old


def select_operators(names: Iterable[str]) -> tuple[str, ...]:
    """Keys of the named operators, every form of a name without one, or all of a family; all of them when none is named."""
    known = operator.load()
    keys: dict[str, None] = {}
    for name in names:
        fit = [key for key, op in known.items() if name in (key, op.name, op.family)]
        if not fit:
            names_of = {name for key, op in known.items() for name in (key, op.name, op.family)}
            raise click.UsageError(operator.unknown("operator", name, names_of))
        keys.update(dict.fromkeys(fit))
    return tuple(keys or known)


def select_targets(patterns: Sequence[str] | None, devices: Sequence[str] | None) -> tuple[Target, ...]:
    """The targets of ``--targets`` and ``--devices``, or the default ones. Raises TargetError, NothingRan."""
    if patterns is not None:
        return discovery.resolve(patterns, devices or ())
    targets = discovery.default_targets(devices or ())
    if not targets:
        missing = "; ".join(f"{info.name}: {info.missing}" for info in discovery.adapters().values() if info.missing)
        raise NothingRan(f"no target is available: {missing or 'no adapter has such a device'}")
    return targets


def new_bugs(run: RunRecord, findings: Iterable[FindingRecord]) -> list[FindingRecord]:
    """The findings that make a run fail: bugs that it saw first."""
    new = set(run.new)
    return [finding for finding in findings if finding.id in new and finding.severity == Severity.BUG]


def verdict(run: RunRecord, findings: Iterable[FindingRecord], exit_zero: bool) -> ExitCode:
    """The exit code of a finished run. A target that was lost outweighs what was found: the run is not whole."""
    if run.lost:
        return ExitCode.FAULT
    return ExitCode.FOUND if new_bugs(run, findings) and not exit_zero else ExitCode.OK


@contextlib.contextmanager
def terminable() -> Iterator[Callable[[], ExitCode]]:
    """Let SIGTERM interrupt like SIGINT; gives a function that says which of the two it was."""
    received: list[int] = []

    def terminate(number: int, frame: FrameType | None) -> None:
        received.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield lambda: ExitCode.TERMINATED if received else ExitCode.INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, before)
