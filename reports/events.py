"""How a run goes, as newline-delimited JSON: one object a line, written as it happens, for programs that listen.

Every line is written at once and whole, so a run that is killed leaves at most its last line incomplete; a stream without ``run_ended``
is of a run that was killed or still goes on. A reader ignores events and fields that it does not know: new ones may come without a new
``version``. ``schemas/event.json`` is the JSON Schema of a line: ``python -m reports.events`` prints it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

from harness.case import Case
from harness.encoding import plain
from harness.history import Seen
from harness.records import FindingRecord, RunRecord, Statistic

VERSION: Literal[1] = 1

PROGRESS_SECONDS = 5.0
"""Least time between two ``progress`` events; the first comes with the first whole blocks."""


class Event(msgspec.Struct, frozen=True, tag_field="event"):
    """What every line has.

    ``number`` counts the lines of one process from 0, ``time`` is ISO 8601 in UTC, ``run`` is empty before there is an id.
    """

    version: Literal[1]
    number: int
    time: str
    run: str


class RunStarted(Event, frozen=True, tag="run_started"):
    """The workers run. ``cases`` is not 0 where an interrupted run goes on."""

    opdiff: str
    seed: int
    operators: tuple[str, ...]
    targets: tuple[str, ...]
    versions: dict[str, str]
    environment: dict[str, str]
    cases: int


class TargetUnavailable(Event, frozen=True, tag="target_unavailable"):
    """A target that was not asked for by name cannot start; the run goes on without it."""

    target: str
    reason: str


class _OfFinding(Event, frozen=True):
    """``new`` says that this run saw it first. ``sentence`` is the verdict, ``case`` the case that showed it."""

    finding: str
    new: bool
    severity: str
    operator: str
    quantity: str
    kind: str
    framework: str
    cause: str
    target: str
    sentence: str
    case: Case
    marks: tuple[str, ...]


class FindingFound(_OfFinding, frozen=True, tag="finding_found"):
    """The first case of the run that showed a finding; it is in the store already, neither shrunk nor confirmed."""


class FindingConfirmed(_OfFinding, frozen=True, tag="finding_confirmed"):
    """The finding's stored form ran again in other workers, after shrinking where it is new: ``reproduced`` of ``attempts`` times."""

    targets: tuple[str, ...]
    attempts: int
    reproduced: int
    minimal: bool


class Progress(Event, frozen=True, tag="progress"):
    """How far the run is; ``seconds`` is the time since ``run_started``."""

    cases: int
    structures: int
    comparisons: int
    new: int
    seconds: float


class Message(Event, frozen=True, tag="message"):
    """What the engine says beside its numbers."""

    text: str


class RunEnded(Event, frozen=True, tag="run_ended"):
    """The last line of a run that was not killed.

    ``exit_code`` is that of the command and ``name`` its name. ``error`` says why there is no verdict; otherwise ``verdict`` is one,
    ``sections`` counts findings and ``new`` lists the ids of those that make the run fail.
    """

    exit_code: int
    name: str
    error: str
    state: str
    verdict: str
    sections: dict[str, int]
    new: tuple[str, ...]
    lost: tuple[str, ...]
    cases: int
    comparisons: int


AnyEvent: TypeAlias = RunStarted | TargetUnavailable | FindingFound | FindingConfirmed | Progress | Message | RunEnded
"""What a line holds."""


class Sink(Protocol):
    """What lines are written to, such as a binary file."""

    def write(self, line: bytes, /) -> object: ...
    def flush(self) -> object: ...


class EventWriter:
    """Hears how a run goes and writes it down. A sink that fails is written to no more; ``failure`` is its error."""

    def __init__(self, sink: Sink, clock: Callable[[], float] = time.monotonic) -> None:
        self._sink, self._clock = sink, clock
        self._began = clock()
        self._said: float | None = None
        self._number = self._new = 0
        self._run = RunRecord("", 0, (), ())
        self.failure: OSError | None = None

    def started(self, run: RunRecord) -> None:
        """Write what runs, and what cannot."""
        self._run, self._began = run, self._clock()
        self._write(
            RunStarted,
            opdiff=run.opdiff,
            seed=run.seed,
            operators=run.operators,
            targets=run.targets,
            versions=run.versions,
            environment=run.environment,
            cases=run.cases,
        )
        for target, reason in run.unavailable.items():
            self._write(TargetUnavailable, target=target, reason=reason)

    def advanced(self, run: RunRecord, statistics: Sequence[Statistic]) -> None:
        """Write how far the run is, at most every ``PROGRESS_SECONDS``."""
        if self._said is None or self._clock() - self._said >= PROGRESS_SECONDS:
            self._said = self._clock()
            self._progress(run)

    def found(self, finding: FindingRecord, new: bool) -> None:
        """Write a finding that the run met."""
        self._new += new
        self._write(FindingFound, new=new, **_facts(finding))

    def confirmed(self, finding: FindingRecord, seen: Seen) -> None:
        """Write what came of running a finding again."""
        self._write(
            FindingConfirmed,
            new=finding.first_run == self._run.id,
            **_facts(finding),
            targets=finding.targets,
            attempts=seen.attempts,
            reproduced=seen.reproduced,
            minimal=finding.minimal,
        )

    def finished(self, run: RunRecord) -> None:
        """Write how far the run came."""
        self._progress(run)

    def message(self, text: str) -> None:
        """Write a message."""
        self._write(Message, text=text)

    def ended(self, exit_code: int, name: str, **facts: Any) -> None:
        """Write the end of the command: ``error``, or what ``RunEnded`` has beside it."""
        empty: dict[str, Any] = {"error": "", "state": "", "verdict": "", "sections": {}, "new": (), "lost": ()}
        counts = {"cases": self._run.cases, "comparisons": self._run.comparisons}
        self._write(RunEnded, exit_code=exit_code, name=name, **(empty | counts | facts))

    def _progress(self, run: RunRecord) -> None:
        self._run = run
        self._write(
            Progress,
            cases=run.cases,
            structures=run.structures,
            comparisons=run.comparisons,
            new=self._new,
            seconds=round(self._clock() - self._began, 3),
        )

    def _write(self, event_type: type[Event], /, **facts: Any) -> None:
        """Write one line and make it readable."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        event = event_type(version=VERSION, number=self._number, time=now, run=self._run.id, **facts)
        self._number += 1
        if self.failure is None:
            try:
                self._sink.write(msgspec.json.encode(plain(event)) + b"\n")
                self._sink.flush()
            except OSError as error:
                self.failure = error


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a line."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "opdiff event",
        **msgspec.json.schema(AnyEvent),
    }


def _facts(finding: FindingRecord) -> dict[str, Any]:
    mark = finding.fingerprint
    return {
        "finding": finding.id,
        "severity": finding.severity,
        "operator": mark.operator,
        "quantity": mark.quantity,
        "kind": mark.kind,
        "framework": mark.framework,
        "cause": mark.cause,
        "target": str(finding.target),
        "sentence": finding.sentence,
        "case": finding.case,
        "marks": finding.marks,
    }


if __name__ == "__main__":
    print(msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode())  # noqa: T201
