"""``opdiff diff``: two runs side by side."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import ExitCode, echo, echo_json, format_option, named, store_option


@click.command()
@click.argument("before", metavar="RUN")
@click.argument("after", metavar="RUN")
@store_option
@format_option
@click.pass_context
def diff(context: click.Context, /, before: str, after: str, store: Path, form: str) -> None:
    """What became of each finding from one run to a later one: 1 when the later one has a new bug.

    A finding is fixed only where the later run reached it again and it passed; where nobody looked, it is not reached.
    """
    from harness.diff import compare, worse
    from harness.store import Store
    from reports import terminal

    with Store.open(store, write=False) as opened:
        seen = []
        for name in (before, after):
            with named("RUN", name):
                seen.append(opened.sightings(opened.run(name).id))
        found = compare(opened.findings(), *seen)
    if form == "json":
        echo_json(found)
    else:
        columns = ("change", "id", "severity", "kind", "operator", "framework", "again", "sentence")
        rows = [[terminal.cell(getattr(one, name)) for name in columns] for one in found]
        echo(terminal.table(columns, rows) if rows else "neither run saw a finding")
    context.exit(ExitCode.FOUND if worse(found) else ExitCode.OK)
