"""``opdiff atlas``: what runs have shown, as one page per operator."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import ExitCode, Failure, echo, echo_json, format_option, store_option, writing


@click.command()
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder; default: atlas in the store's."
)
@store_option
@format_option
def atlas(output: Path | None, store: Path, form: str) -> None:
    """Write a page per operator: names, conventions, limits and accuracy in every framework, as runs have shown them."""
    from harness.store import Store
    from reports import atlas as pages

    folder = output or store / "atlas"
    with Store.open(store, write=False) as opened, writing(folder):
        try:
            written = pages.write(opened, folder)
        except LookupError as error:
            raise Failure(ExitCode.NOTHING_RAN, str(error.args[0])) from error
    if form == "json":
        from harness.documents import ReportDocument

        echo_json(ReportDocument("", {path.stem: str(path) for path in written}))
    else:
        echo(str(folder / "index.md"))
