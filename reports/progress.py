"""How a run goes, on stderr: a live table on a terminal, a line every 30 s elsewhere."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import IO

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from harness.history import Seen
from harness.plan import Progress
from harness.records import FindingRecord, RunRecord, Statistic, Status
from reports.terminal import finding_line
from reports.text import visible
from reports.view import plural

LINE_SECONDS = 30.0
_COLUMNS = (
    Status.AGREED,
    Status.AGREED_REFUSAL,
    Status.OTHER_CONVENTION,
    Status.KNOWN,
    Status.DISAGREED,
    Status.UNSUPPORTED,
)


class LineProgress:
    """Lines of a log: the start with the seed, findings, how far it is every 30 s, the end."""

    def __init__(self, stream: IO[str], color: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._color, self._clock = stream, color, clock
        self._began = self._said = clock()
        self._new = 0
        self.run_id = ""
        """The run's id, once it has begun."""

    def started(self, run: RunRecord) -> None:
        """Say what runs, and the seed."""
        self.run_id = run.id
        self.message(f"run {run.id}: seed {run.seed}, {', '.join(run.operators)} on {', '.join(run.targets)}")
        for target, reason in run.unavailable.items():
            self.message(f"unavailable: {target}: {reason.splitlines()[0] if reason else ''}")

    def advanced(self, run: RunRecord, statistics: Sequence[Statistic]) -> None:
        """Say how far it is, at most every 30 s."""
        now = self._clock()
        if now - self._said >= LINE_SECONDS:
            self._said = now
            self.message(progress_line(run, self._new, now - self._began))

    def found(self, finding: FindingRecord, new: bool) -> None:
        """Say a finding that was not known before the run."""
        if new:
            self._new += 1
            self.message(f"{finding.severity}: {finding_line(finding)}")

    def confirmed(self, finding: FindingRecord, seen: Seen) -> None:
        """Say nothing: the summary tells what became of it."""

    def finished(self, run: RunRecord) -> None:
        """Say how far it came."""
        self.message(progress_line(run, self._new, self._clock() - self._began))

    def message(self, text: str) -> None:
        """Print one line."""
        click.echo(visible(text), file=self._stream, color=self._color)

    def stop(self) -> None:
        """Nothing to clean up: lines are complete."""


class Several:
    """Tells several listeners what a run tells one."""

    def __init__(self, *listeners: Progress) -> None:
        self._listeners = listeners

    def started(self, run: RunRecord) -> None:
        for listener in self._listeners:
            listener.started(run)

    def advanced(self, run: RunRecord, statistics: Sequence[Statistic]) -> None:
        for listener in self._listeners:
            listener.advanced(run, statistics)

    def found(self, finding: FindingRecord, new: bool) -> None:
        for listener in self._listeners:
            listener.found(finding, new)

    def confirmed(self, finding: FindingRecord, seen: Seen) -> None:
        for listener in self._listeners:
            listener.confirmed(finding, seen)

    def finished(self, run: RunRecord) -> None:
        for listener in self._listeners:
            listener.finished(run)

    def message(self, text: str) -> None:
        for listener in self._listeners:
            listener.message(text)


class LiveProgress(LineProgress):
    """A table of targets that is drawn again in its place, findings above it."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(console.file, True, clock)
        self._live = Live(console=console, transient=True, auto_refresh=False)

    def started(self, run: RunRecord) -> None:
        """Say what runs, and begin to draw."""
        super().started(run)
        self._live.start()

    def advanced(self, run: RunRecord, statistics: Sequence[Statistic]) -> None:
        """Draw the table again."""
        self._live.update(target_table(run, statistics, self._new, self._clock() - self._began), refresh=True)

    def finished(self, run: RunRecord) -> None:
        """Take the table away."""
        self.stop()
        super().finished(run)

    def message(self, text: str) -> None:
        """Print one line above the table."""
        self._live.console.print(Text(visible(text)), soft_wrap=True)

    def stop(self) -> None:
        """Give the terminal back; also after an error."""
        self._live.stop()


def target_table(run: RunRecord, statistics: Sequence[Statistic], new: int, seconds: float) -> Table:
    """Counts by target."""
    counts: dict[str, Counter[str]] = {target: Counter() for target in run.targets}
    for row in statistics:
        counts.setdefault(row.target, Counter()).update(row.counts)
    table = Table(title=Text(progress_line(run, new, seconds)), title_justify="left", box=None, pad_edge=False)
    table.add_column("target")
    for status in _COLUMNS:
        table.add_column(status.replace("_", " "), justify="right")
    table.add_column("other", justify="right")
    for target, tally in counts.items():
        other = tally.total() - sum(tally[status] for status in _COLUMNS)
        style = "red" if tally[Status.DISAGREED] else ""
        table.add_row(Text(target), *(f"{tally[status]:,}" for status in _COLUMNS), f"{other:,}", style=style)
    return table


def progress_line(run: RunRecord, new: int, seconds: float) -> str:
    """How far a run is, in one line."""
    done = f"{plural(run.cases, 'case')}, {plural(run.comparisons, 'comparison')}"
    return f"{seconds:.0f} s, seed {run.seed}: {done}, {plural(new, 'new finding')}"


def choose(stream: IO[str], color: bool) -> LineProgress:
    """Live on a terminal, lines under ``CI`` and in a pipe."""
    if stream.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb":
        return LiveProgress(Console(file=stream, no_color=not color, highlight=False))
    return LineProgress(stream, color)
