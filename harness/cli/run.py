"""``opdiff run``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.baseline import baseline_option, loaded
from harness.cli.events import STDOUT, event_lines, tell_end
from harness.cli.options import (
    Failure,
    devices_option,
    duration,
    format_option,
    imports_option,
    memory_option,
    option,
    out_file,
    say,
    shard,
    store_option,
    targets_option,
    timeout_option,
    wants_color,
)

if TYPE_CHECKING:
    from harness.cli.plan import Asked
    from harness.records import FindingRecord, RunRecord
    from harness.store import Store
    from reports.events import EventWriter


@click.command()
@click.argument("operators", nargs=-1, metavar="[OPERATOR]...")
@imports_option
@targets_option
@devices_option
@option(
    "--time",
    type=duration,
    metavar="TIME",
    help="Budget such as 90s or 10m; default: 60s, or none with --cases.",
)
@option("--cases", type=click.IntRange(min=1), help="Budget in cases.")
@option(
    "--seed", type=click.IntRange(0, 2**64 - 1), help="Same seed, same cases; default: a new one, which is printed."
)
@option("--shard", type=shard, metavar="I/N", help="The I-th of N parts of the same list of cases.")
@timeout_option
@option(
    "--first-timeout",
    type=duration,
    metavar="TIME",
    default="60s",
    show_default=True,
    help="Limit where a case may compile.",
)
@memory_option
@option(
    "--verify-time",
    type=duration,
    metavar="TIME",
    help="Cap on shrinking and confirming; default: as --time.",
)
@option("--plateau", type=duration, metavar="TIME", help="Stop after so long without a new finding; default: never.")
@click.option("--resume", metavar="RUN", help="Go on with an interrupted run.")
@baseline_option
@store_option
@click.option("--html", type=out_file, help="Write the HTML report.")
@click.option(
    "--events",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Write what happens as it happens, a JSON object a line; - is stdout, the summary then goes to stderr.",
)
@option("--exit-zero", is_flag=True, help="Exit with 0 although there are new findings.")
@format_option
@click.pass_context
def run(
    context: click.Context,
    /,
    baseline: Path | None,
    store: Path,
    html: Path | None,
    events: Path | None,
    exit_zero: bool,
    form: str,
    **asked: Any,
) -> None:
    """Fuzz: draw cases, run them everywhere, judge, shrink and store what disagrees."""
    from harness.cli.conclude import conclude
    from harness.cli.plan import Asked
    from harness.store import Store

    if events == STDOUT:
        if form == "json":
            raise click.UsageError("--events - with --format json: both are for stdout; name a file for one of them")
        form = "log"
    if not asked["operators"]:
        asked["operators"] = tuple((context.default_map or {}).get("operators", ()))
    known = loaded(baseline)  # before hours of work, not after them
    with Store.open(store) as opened, event_lines(events, bool(asked["resume"])) as lines:
        if opened.notice:
            say(opened.notice)
        record = _campaign(Asked(**asked), opened, store, lines)
        code = conclude(opened, record, known, html, exit_zero, form)
        if lines:
            tell_end(lines, opened, opened.run(record.id), code)
    context.exit(code)


def _campaign(asked: Asked, store: Store, folder: Path, lines: EventWriter | None) -> RunRecord:
    """Run it. An interrupt says how to resume and exits."""
    from hypothesis.configuration import set_hypothesis_home_dir

    from harness import campaign, doctor
    from harness.cli import plan as planning
    from reports.progress import Several, choose

    plan = planning.plan(asked, store)
    set_hypothesis_home_dir(folder / "hypothesis")  # what it caches belongs to the store, not into the current folder
    progress = choose(sys.stderr, wants_color(sys.stderr))
    listener = Several(progress, lines) if lines else progress
    say(f"seed {plan.seed}")
    with planning.terminable() as code:
        try:
            return campaign.run(plan, store, listener, environment=doctor.environment(), scribe=_script)
        except KeyboardInterrupt:
            where = "" if folder == Path(".opdiff") else f" --store {folder}"
            resume = f"; to go on: opdiff run --resume {progress.run_id}{where}" if progress.run_id else ""
            raise Failure(code(), f"interrupted{resume}") from None
        finally:
            progress.stop()


def _script(finding: FindingRecord) -> str:
    """The standalone script of a finding, or as a comment why there is none."""
    from reports.reproducer import script

    try:
        return script(finding)
    except (LookupError, ValueError) as error:
        return "".join(f"# {line}\n" for line in f"There is no script: {error}".splitlines())
