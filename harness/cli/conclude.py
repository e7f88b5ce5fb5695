"""What a finished run says in the end, and its exit code: of one run, and of shards that were joined."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.options import ExitCode, echo, say

if TYPE_CHECKING:
    from harness.baseline import Baseline
    from harness.records import RunRecord
    from harness.store import Store
    from reports.view import Report


def conclude(
    store: Store, record: RunRecord, known: Baseline | None, html: Path | None, exit_zero: bool, form: str
) -> ExitCode:
    """Judge a finished run by the baseline, store that, write what the run has to say, and give its exit code.

    ``form`` is that of stdout, text or json, or ``log``: stdout is taken, and text goes to stderr.
    """
    from harness.cli.plan import verdict
    from harness.cli.report import write_report
    from reports import json_report, terminal, view

    if known:
        record = _by_baseline(store, record, known)
    report = view.load(store, record, known)
    if html:
        write_report("html", report, html)
    _tell_github(report)
    if form == "json":
        echo(json_report.dumps(report).decode().rstrip())
    else:
        (say if form == "log" else echo)(terminal.summary(report))
    if html:
        say(f"report: {html.resolve()}")  # last, where people look for it
    return verdict(record, report.findings, exit_zero)


def _by_baseline(store: Store, record: RunRecord, known: Baseline) -> RunRecord:
    from harness import baseline

    judged = baseline.judged(record, store.findings(record.id), store.sightings(record.id), known, baseline.today())
    store.finish(judged)
    return judged


def _tell_github(report: Report) -> None:
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from reports import github

        for line in github.annotations(report):
            say(line)
        try:
            github.write_summary(report)
        except OSError as error:
            say(f"step summary: {error}")
