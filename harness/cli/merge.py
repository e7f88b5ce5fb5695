"""``opdiff merge``: stores into one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.baseline import baseline_option, loaded
from harness.cli.options import ExitCode, echo_json, format_option, option, out_file, say, store_option

if TYPE_CHECKING:
    from harness.baseline import Baseline
    from harness.store import Store


@click.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="STORE...")
@option("--join", "shards", is_flag=True, help="What is new are the shards of one run: judge it as 'run' does.")
@baseline_option
@click.option("--html", type=out_file, help="With --join: write the HTML report.")
@option("--exit-zero", is_flag=True, help="With --join: exit with 0 although there are new findings.")
@store_option
@format_option
@click.pass_context
def merge(
    context: click.Context,
    /,
    sources: tuple[Path, ...],
    shards: bool,
    baseline: Path | None,
    html: Path | None,
    exit_zero: bool,
    store: Path,
    form: str,
) -> None:
    """Take over the runs and findings of other stores, such as those of shards, into --store.

    Merging again changes nothing; the stores that are read stay as they are.
    """
    same = [str(source) for source in sources if source.resolve() == store.resolve()]
    if same:
        raise click.UsageError(f"STORE {same[0]!r}: the same as --store; a store cannot be merged with itself")
    given = {"--baseline": baseline, "--html": html, "--exit-zero": exit_zero}
    alone = [name for name, value in given.items() if value]
    if alone and not shards:
        raise click.UsageError(f"{', '.join(alone)}: only with --join, which judges the shards as one run")
    known = loaded(baseline) if shards else None
    with _opened(sources, store) as (into, found):
        if shards:
            context.exit(_judge(into, found, known, html, exit_zero, form))
        _take_over(into, found, form)


@contextlib.contextmanager
def _opened(sources: tuple[Path, ...], store: Path) -> Iterator[tuple[Store, list[Store]]]:
    """The store to write and those to read: all of these are opened before anything is merged."""
    from harness.store import Store

    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(Store.open(source, write=False)) for source in sources]
        yield stack.enter_context(Store.open(store)), found


def _take_over(into: Store, found: list[Store], form: str) -> None:
    from harness.merge import merge as merged

    result = merged(into, found)
    if form == "json":
        echo_json(result)
    else:
        say(f"{len(result.runs)} runs merged into {into.folder}; {len(result.present)} were there already")


def _judge(
    into: Store, found: list[Store], known: Baseline | None, html: Path | None, exit_zero: bool, form: str
) -> ExitCode:
    """Join the shards and judge the run that they are."""
    from harness.cli.conclude import conclude
    from harness.merge import join

    run, result = join(into, found)
    if not result.runs:
        say(f"nothing is new: the shards are run {run.id} already")
    return conclude(into, run, known, html, exit_zero, form)
