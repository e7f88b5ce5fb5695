"""``opdiff bug-report``: a finding as the text of an issue for its framework's tracker."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.baseline import baseline_option, loaded
from harness.cli.options import (
    ExitCode,
    Failure,
    echo,
    echo_json,
    format_option,
    imports_option,
    named,
    out_file,
    say,
    store_option,
    writing,
)

TRACKERS = ("pytorch", "jax", "tensorflow", "keras")


@click.command(name="bug-report")
@click.argument("identifier", metavar="ID")
@imports_option
@click.option(
    "--for", "tracker", type=click.Choice(TRACKERS), help="Whose form to fill; default: that of the framework blamed."
)
@click.option("-o", "--output", type=out_file, help="Write it to a file instead of stdout.")
@baseline_option
@store_option
@format_option
def bug_report(
    identifier: str, tracker: str | None, output: Path | None, baseline: Path | None, store: Path, form: str
) -> None:
    """Fill the form of a tracker with a finding, for a human to complete and file; nothing is posted.

    What speaks against filing it stands at the top. An ambiguity, a known difference, and a tracker that is not the
    framework's are refused; what a Keras backend shows itself is a report for the backend's tracker too.
    """
    from harness.documents import BugReportDocument
    from harness.store import Store
    from reports import bug_report as reports

    known = loaded(baseline)
    with Store.open(store, write=False) as opened, named("ID", identifier):
        finding, others = opened.finding(identifier), opened.findings()
    entry = known.entries.get(finding.id) if known else None
    try:
        report = reports.bug_report(finding, tracker, others=others, entry=entry)
    except reports.RefusedError as error:
        raise Failure(ExitCode.USAGE, str(error)) from error
    if output is not None:
        with writing(output):
            output.write_text(report.text(), encoding="utf-8")
        say(f"written: {output}")
        for caution in report.cautions:
            say(f"caution: {caution}")
    if form == "json":
        echo_json(BugReportDocument(**vars(report)))
    elif output is None:
        echo(report.text().rstrip())
