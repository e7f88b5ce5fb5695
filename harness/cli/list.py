"""``opdiff list``: operators, targets, runs, findings, known differences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.options import (
    Group,
    echo,
    echo_json,
    format_option,
    imports_option,
    named,
    store_option,
)


@click.group(name="list", cls=Group)
def group() -> None:
    """What there is: operators, targets, runs, findings, known differences."""


@group.command(name="operators")
@click.argument("names", nargs=-1, metavar="[OPERATOR ...]")
@imports_option
@click.option("--coverage", is_flag=True, help="What cases reach of the parameter classes; some seconds per operator.")
@click.option("--cases", type=click.IntRange(1), default=1000, show_default=True, help="Cases of --coverage.")
@format_option
def list_operators(names: tuple[str, ...], coverage: bool, cases: int, form: str) -> None:
    """Operators or families, and the frameworks that have calls for them."""
    from harness.cli.plan import select_operators
    from harness.documents import operators

    columns = ("key", "classes", "pairs") if coverage else ("key", "family", "frameworks", "summary")
    _show(operators(select_operators(names), cases if coverage else None), form, columns)


@group.command(name="targets")
@format_option
def list_targets(form: str) -> None:
    """Targets, whether they can run here as far as it can be seen without starting them, and why not."""
    from harness.discovery import list_targets as states

    _show(states(), form, ("target", "available", "reason"))


@group.command(name="runs")
@store_option
@format_option
def list_runs(store: Path, form: str) -> None:
    """Runs, newest first."""
    from harness.documents import run_entry
    from harness.store import Store

    with Store.open(store, write=False) as opened:
        entries = [run_entry(record) for record in opened.runs()]
    _show(entries, form, ("id", "state", "seed", "cases", "comparisons", "new", "started"))


@group.command(name="findings")
@click.option("--run", "run_id", metavar="RUN", help="Those that a run saw, counted in it; default: all.")
@store_option
@format_option
def list_findings(run_id: str | None, store: Path, form: str) -> None:
    """Findings, most severe first."""
    from harness.documents import finding_entry
    from harness.store import Store

    with Store.open(store, write=False) as opened:
        with named("--run", run_id or ""):
            chosen = opened.run(run_id).id if run_id else None
        entries = [finding_entry(finding) for finding in opened.findings(chosen)]
    _show(entries, form, ("id", "severity", "kind", "operator", "target", "count", "sentence"))


@group.command(name="known")
@click.option("--run", "run_id", metavar="RUN", help="The run that they are counted in; default: the latest.")
@store_option
@format_option
def list_known(run_id: str | None, store: Path, form: str) -> None:
    """Known differences of the operators and targets of a run; those that matched nothing in it first."""
    from harness.known import known_rows
    from harness.store import Store

    with Store.open(store, write=False) as opened, named("--run", run_id or ""):
        entries = known_rows(opened.run(run_id or ""))
    _show(entries, form, ("matched", "operator", "targets", "kind", "status", "reason", "source"))


def _show(entries: list[Any], form: str, columns: tuple[str, ...]) -> None:
    """Entries as JSON, or some of their fields as a table."""
    if form == "json":
        echo_json(entries)
        return
    from reports import terminal

    echo(terminal.table(columns, [[terminal.cell(getattr(entry, name)) for name in columns] for entry in entries]))
