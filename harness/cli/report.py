"""``opdiff report``: the forms of a report, written to files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.baseline import baseline_option, loaded
from harness.cli.options import (
    echo,
    echo_json,
    format_option,
    named,
    out_file,
    say,
    store_option,
    writing,
)

if TYPE_CHECKING:
    from reports.view import Report


@click.command()
@click.option("--html", type=out_file, help="One file with everything; the default, in the store's folder.")
@click.option("--json", type=out_file, help="Everything, for programs.")
@click.option("--junit", type=out_file, help="JUnit XML.")
@click.option("--markdown", type=out_file, help="A summary to paste.")
@click.option("--sarif", type=out_file, help="SARIF 2.1.0 for code scanning, at most 4,000 findings.")
@click.option("--run", "run_id", default="", metavar="RUN", help="Default: the latest.")
@baseline_option
@store_option
@format_option
def report(run_id: str, baseline: Path | None, store: Path, form: str, **files: Path | None) -> None:
    """Write reports of a run and print their paths."""
    from harness.store import Store
    from reports import view

    wanted = {kind: path for kind, path in files.items() if path} or {"html": store / "report.html"}
    _check_apart(wanted)
    known = loaded(baseline)
    with Store.open(store, write=False) as opened:
        with named("--run", run_id):
            record = opened.run(run_id)
        shown = view.load(opened, record, known)
    for kind, path in wanted.items():
        write_report(kind, shown, path)
    if form == "json":
        from harness.documents import ReportDocument

        echo_json(ReportDocument(record.id, {kind: str(path) for kind, path in wanted.items()}))
    else:
        echo("\n".join(str(path) for path in wanted.values()))


def write_report(kind: str, shown: Report, path: Path) -> None:
    """Write one form of the report, whole or not at all; what it leaves out is said."""
    from reports import html, json_report, junit, markdown, sarif
    from reports.files import write_whole

    forms = {
        "html": lambda: html.render(shown).encode(),
        "json": lambda: json_report.dumps(shown),
        "junit": lambda: junit.dumps(shown),
        "markdown": lambda: markdown.dumps(shown).encode(),
        "sarif": lambda: sarif.dumps(shown),
    }
    data = forms[kind]()
    with writing(path):
        write_whole(path, data)
    if kind == "sarif" and sarif.left_out(shown):
        say(f"{path}: {sarif.left_out(shown)}")


def _check_apart(files: dict[str, Path]) -> None:
    """Refuse two reports in one file, of which the second would replace the first. Raises UsageError."""
    for path, count in Counter(path.resolve() for path in files.values()).items():
        if count > 1 and not (path.exists() and not path.is_file()):
            names = " and ".join(f"--{kind}" for kind, file in files.items() if file.resolve() == path)
            raise click.UsageError(f"{names} {str(path)!r}: each report needs a file of its own")
