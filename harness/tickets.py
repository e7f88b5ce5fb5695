"""What passes between a pool and its dispatchers: tickets, states of workers, time limits, counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness import wire
from harness.case import Case, Outcome


@dataclass(frozen=True)
class Started:
    """A worker that runs: the versions it imported, and the seconds from its start to its first message."""

    versions: dict[str, str]
    seconds: float


@dataclass(frozen=True)
class Unavailable:
    """A worker that cannot run; the first line of ``reason`` stands alone."""

    reason: str


@dataclass(frozen=True)
class Limits:
    """Seconds that a case, a case that may compile, and a start may take."""

    timeout: float
    first_timeout: float
    start_timeout: float


@dataclass
class Statistics:
    """Counts since the pool was made.

    ``restarts`` are starts of a worker that had run before, ``forks`` those by a fork server; ``deaths`` ends of processes on
    their own, ``timeouts`` ends for lack of an answer; ``retried`` cases that were run again, ``blamed`` those that ended
    again. ``waited``: seconds without anything to read.
    """

    cases: int = 0
    starts: int = 0
    restarts: int = 0
    forks: int = 0
    deaths: int = 0
    timeouts: int = 0
    retried: int = 0
    blamed: int = 0
    waited: float = 0.0


@dataclass
class Ticket:
    """A submitted task. ``begun``: case number ``len(outcomes)`` was announced.

    ``attempts``: how often that one ended its process; ``once``: a first time is its outcome.
    """

    number: int
    items: tuple[tuple[Case, str], ...]
    frame: list[Any]
    outcomes: list[Outcome] = field(default_factory=list)
    begun: bool = False
    attempts: int = 0
    turn: float | None = None
    once: bool = False

    @classmethod
    def of(cls, number: int, items: Sequence[tuple[Case, str]], once: bool = False) -> Ticket:
        """A new ticket. Raises TypeError when a case is not JSON-able, WireError when it is too large."""
        return cls(number, tuple(items), wire.encode(wire.Task(number, 0, tuple(items))), once=once)

    @property
    def complete(self) -> bool:
        """Whether every item has its outcome."""
        return len(self.outcomes) == len(self.items)

    @property
    def seconds(self) -> float:
        """Seconds since its first case was announced."""
        return 0.0 if self.turn is None else time.monotonic() - self.turn

    def remainder(self) -> list[Any]:
        """The frame that asks for the items without an outcome."""
        first = len(self.outcomes)
        return self.frame if first == 0 else wire.encode(wire.Task(self.number, first, self.items[first:]))


@dataclass(frozen=True)
class Context:
    """What the workers of a pool share.

    ``directory``: an empty working directory; ``deliver``: called with key and ticket when a ticket is complete.
    """

    limits: Limits
    directory: str
    statistics: Statistics
    deliver: Callable[[str, Ticket], None]
