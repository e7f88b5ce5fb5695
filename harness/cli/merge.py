"""``opdiff merge``: stores into one."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from harness.cli.options import echo_json, format_option, say, store_option


@click.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="STORE...")
@store_option
@format_option
def merge(sources: tuple[Path, ...], store: Path, form: str) -> None:
    """Take over the runs and findings of other stores, such as those of shards, into --store.

    Merging again changes nothing; the stores that are read stay as they are.
    """
    from harness.merge import merge as merged
    from harness.store import Store

    same = [str(source) for source in sources if source.resolve() == store.resolve()]
    if same:
        raise click.UsageError(f"STORE {same[0]!r}: the same as --store; a store cannot be merged with itself")
    with contextlib.ExitStack() as stack:
        opened = [
            stack.enter_context(Store.open(source, write=False)) for source in sources
        ]  # all, before any is merged
        into = stack.enter_context(Store.open(store))
        result = merged(into, opened)
    if form == "json":
        echo_json(result)
    else:
        say(f"{len(result.runs)} runs merged into {store}; {len(result.present)} were there already")
