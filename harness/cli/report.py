"""``opdiff report``: the forms of a report, written to files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.options import (
    echo,
    echo_json,
    format_option,
    named,
    out_file,
    store_option,
    writing,
)

if TYPE_CHECKING:
    from harness.records import RunRecord
    from harness.store import Store


@click.command()
@click.option("--html", type=out_file, help="One file with everything; the default, in the store's folder.")
@click.option("--json", type=out_file, help="Everything, for programs.")
@click.option("--junit", type=out_file, help="JUnit XML.")
@click.option("--markdown", type=out_file, help="A summary to paste.")
@click.option("--run", "run_id", default="", metavar="RUN", help="Default: the latest.")
@store_option
@format_option
def report(run_id: str, store: Path, form: str, **files: Path | None) -> None:
    """Write reports of a run and print their paths."""
    from harness.store import Store

    wanted = {kind: path for kind, path in files.items() if path} or {"html": store / "report.html"}
    with Store.open(store, write=False) as opened:
        with named("--run", run_id):
            record = opened.run(run_id)
        for kind, path in wanted.items():
            write_report(kind, opened, record, path)
    if form == "json":
        from harness.documents import ReportDocument

        echo_json(ReportDocument(record.id, {kind: str(path) for kind, path in wanted.items()}))
    else:
        echo("\n".join(str(path) for path in wanted.values()))


def write_report(kind: str, store: Store, record: RunRecord, path: Path) -> None:
    """Write one form of the report."""
    from reports import html, json_report, junit, markdown

    writers = {"html": html.write, "json": json_report.write, "junit": junit.write, "markdown": markdown.write}
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        writers[kind](store, record, path)
