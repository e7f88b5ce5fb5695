"""What a run is asked to do, and who hears how it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.case import Target
from harness.history import Seen
from harness.records import FindingRecord, RunRecord, Statistic


class TargetUnavailable(Exception):
    """A target that was asked for by name cannot start."""

    def __init__(self, target: str, reason: str) -> None:
        super().__init__(f"target {target!r} cannot start: {reason}")
        self.target, self.reason = target, reason


class NothingRan(Exception):
    """No target is available, or the budget ended before the first case."""


@dataclass(frozen=True)
class Plan:
    """What to run. ``seconds`` and ``cases`` are budgets; ``named`` says that the user named the targets."""

    operators: tuple[str, ...]
    targets: tuple[Target, ...]
    seed: int
    seconds: float | None = 60.0
    cases: int | None = None
    shard: tuple[int, int] = (0, 1)
    timeout: float = 10.0
    first_timeout: float = 60.0
    workers_memory: int = 4 << 30
    resume: str = ""
    named: bool = False
    plateau: float | None = None
    """Stop after so many seconds without a new fingerprint; None: never."""
    verification: float | None = None
    """Cap in seconds on shrinking and confirming findings after the fuzzing; None: the fuzzing budget, at least 60 s."""


class Progress(Protocol):
    """Who wants to hear how a run goes."""

    def started(self, run: RunRecord) -> None: ...
    def advanced(self, run: RunRecord, statistics: Sequence[Statistic]) -> None: ...
    def found(self, finding: FindingRecord, new: bool) -> None: ...
    def confirmed(self, finding: FindingRecord, seen: Seen) -> None:
        """A finding's stored form ran again, after shrinking where the run saw it first; ``seen`` is what came of it in this run."""

    def finished(self, run: RunRecord) -> None: ...
    def message(self, text: str) -> None: ...
