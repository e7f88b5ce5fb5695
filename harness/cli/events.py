"""``--events``: where the lines go, and how a command that writes them ends."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from harness.cli.options import ExitCode, Failure, discard_stdout, exit_code, writing

if TYPE_CHECKING:
    from harness.records import RunRecord
    from harness.store import Store
    from reports.events import EventWriter

STDOUT = Path("-")


@contextlib.contextmanager
def event_lines(path: Path | None, resumed: bool) -> Iterator[EventWriter | None]:
    """A writer of events to ``path``, None where there is none; an error that ends the command ends the lines too.

    A file is replaced; a resumed run adds to it. Where lines could not be written the run goes on, and the command ends with a Failure
    that says so, unless it fails anyway. That a reader of stdout that has gone away is none.
    """
    if path is None:
        yield None
        return
    from reports.events import EventWriter

    with _sink(path, resumed) as sink:
        writer = EventWriter(sink)
        try:
            yield writer
        except (Exception, KeyboardInterrupt) as error:
            code = _code(error)
            writer.ended(int(code), code.name.lower(), error=str(error) or type(error).__name__)
            raise
    if path == STDOUT and isinstance(writer.failure, BrokenPipeError):
        discard_stdout()
    elif writer.failure:
        raise Failure(ExitCode.FAULT, f"cannot write events to {str(path)!r}: {writer.failure.strerror}")


def tell_end(events: EventWriter, store: Store, run: RunRecord, code: ExitCode) -> None:
    """Write the end of a finished run: verdict and exit code."""
    from reports import view

    report = view.load(store, run)
    events.ended(
        int(code),
        code.name.lower(),
        state=run.state,
        verdict=f"{report.headline}. {report.verdict}",
        sections={section.name: len(section.findings) for section in report.sections},
        new=tuple(finding.id for finding in report.section("new").findings),
        lost=run.lost,
    )


def _code(error: BaseException) -> ExitCode:
    """The exit code that the error makes the command end with."""
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    if isinstance(error, click.ClickException):
        return ExitCode.USAGE
    return (exit_code(error) if isinstance(error, Exception) else None) or ExitCode.FAULT


@contextlib.contextmanager
def _sink(path: Path, resumed: bool) -> Iterator[IO[bytes]]:
    """The binary file that lines go to. Raises Failure when it cannot be opened."""
    if path == STDOUT:
        yield sys.stdout.buffer
        return
    from reports.files import make_folder

    with writing(path):
        make_folder(path.parent)
        if resumed and path.is_file():
            _cut(path)
        file = path.open("ab" if resumed else "wb")
    try:
        yield file
    finally:
        with contextlib.suppress(OSError):  # The writer has told of it.
            file.close()


def _cut(path: Path) -> None:
    """Take the incomplete last line of a run that was killed away."""
    with path.open("rb+") as file:
        rest = file.read()
        file.truncate(rest.rfind(b"\n") + 1)
