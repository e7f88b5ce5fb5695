"""What people see while a run goes and when it is over."""

from __future__ import annotations

import io
import os
import pty
import re
from collections.abc import Iterator
from dataclasses import replace

import click
import pytest
from hostile import hostile_store, payloads
from rich.console import Console
from samples import sample_finding, sample_findings, sample_run, sample_statistics

from harness.records import Severity
from reports import progress, terminal
from reports.progress import LineProgress, LiveProgress
from reports.text import one_line
from reports.view import build


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_lines_come_every_30_seconds() -> None:
    stream, clock = io.StringIO(), Clock()
    lines = LineProgress(stream, False, clock)
    run = replace(sample_run(), seed=4711, unavailable={"jax:cuda:eager": "no card\ntraceback"})
    lines.started(run)
    begun = stream.getvalue()
    assert "seed 4711" in begun
    assert "unavailable: jax:cuda:eager: no card\n" in begun
    for clock.now in (110.0, 129.9):
        lines.advanced(run, [])
    assert stream.getvalue() == begun
    for clock.now in (130.0, 131.0, 159.0):
        lines.advanced(run, [])
    assert len(stream.getvalue().splitlines()) == len(begun.splitlines()) + 1
    clock.now = 160.0
    lines.advanced(run, [])
    assert stream.getvalue().splitlines()[-1].startswith("60 s, seed 4711: ")


def test_only_new_findings_are_announced() -> None:
    stream = io.StringIO()
    lines = LineProgress(stream, False, Clock())
    lines.found(sample_finding(1), False)
    assert stream.getvalue() == ""
    lines.found(sample_finding(2), True)
    assert sample_finding(2).id in stream.getvalue()
    lines.finished(sample_run())
    assert stream.getvalue().splitlines()[-1].endswith("1 new finding")


def test_the_live_table_shows_every_target() -> None:
    stream = io.StringIO()
    live = LiveProgress(Console(file=stream, force_terminal=True, width=200), Clock())
    run = replace(sample_run(), targets=("torch:cpu:eager", "[bold]x[/bold]:cpu:eager"))
    live.started(run)
    live.advanced(run, sample_statistics(("torch:cpu:eager",)))
    live.found(replace(sample_finding(1), sentence="\x1b[2Jcleared [red]markup[/red]"), True)
    live.finished(run)
    shown = stream.getvalue()
    assert "torch:cpu:eager" in shown
    assert "[bold]x[/bold]:cpu:eager" in shown
    assert "[red]markup[/red]" in shown
    assert "\x1b[2J" not in shown
    assert shown.rstrip().endswith("\x1b[?25h") or "\x1b[?25h" in shown


@pytest.fixture
def tty() -> Iterator[io.TextIOBase]:
    """A stream that is a terminal."""
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as stream:
        yield stream
    os.close(leader)


def test_live_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch, tty: io.TextIOBase) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert type(progress.choose(tty, True)) is LiveProgress  # type: ignore[arg-type]
    assert type(progress.choose(io.StringIO(), True)) is LineProgress
    monkeypatch.setenv("CI", "true")
    assert type(progress.choose(tty, True)) is LineProgress  # type: ignore[arg-type]


def test_the_summary_lists_sections_apart_and_counts_the_rest() -> None:
    findings = sample_findings(200)
    new = [finding.id for finding in findings if finding.severity == Severity.BUG][:50]
    run = replace(sample_run(findings), new=tuple(new))
    report = build(run, findings, sample_statistics())
    text = terminal.summary(report)
    titles = [text.index(title) for title in ("New (50", "Still there (", "Ambiguities (", "Known differences (")]
    assert titles == sorted(titles)
    rest = sum(len(cause.findings) for cause in report.section("still").causes[20:])
    assert rest > 0
    assert f"... and {rest} more: opdiff list findings" in text
    assert run.id in text
    assert f"seed {run.seed}" in text


def test_a_table_is_as_wide_as_its_cells() -> None:
    assert terminal.table(("a", "long"), [["xyz", 1], ["\x1b", ""]]).split("\n")[1:] == ["xyz   1", "\\x1b"]


def test_the_summary_shows_hostile_text_and_nothing_else() -> None:
    texts = payloads()
    for start in range(0, len(texts), 5):
        store = hostile_store(texts[start : start + 5])
        report = build(store.run, store.records, store.rows)
        text = click.unstyle(terminal.summary(report))
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
        for cause in report.section("new").causes:
            assert one_line(cause.strongest.sentence, 400) in text
