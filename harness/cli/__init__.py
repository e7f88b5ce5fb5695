"""The commands of ``opdiff``; what they need is imported when they run, so that ``--help`` is quick."""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from harness.cli.atlas import atlas
from harness.cli.baseline import group as baseline_group
from harness.cli.bug_report import bug_report
from harness.cli.diff import diff
from harness.cli.list import group as list_group
from harness.cli.merge import merge
from harness.cli.options import ExitCode, Failure, Group, echo, echo_json, exit_code, format_option, say, wants_json
from harness.cli.replay import replay, repro
from harness.cli.report import report
from harness.cli.run import run


def _version(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        from harness.config import opdiff_version

        echo(f"opdiff {opdiff_version()}")
        context.exit()


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print it.")
@click.pass_context
def cli(context: click.Context) -> None:
    """Find where machine-learning frameworks disagree.

    Draws random operator calls, runs each through every installed framework and an independent float64 oracle, and
    reports every difference with its smallest case and a script that shows it.

    Exit codes: 0 nothing new, 1 new findings, 2 usage, 3 opdiff's own fault, 4 nothing ran, 130/143 interrupted.
    """
    if context.resilient_parsing or not context.invoked_subcommand:
        return
    from harness.config import load

    configuration = load(Path.cwd())
    store = {key: value for key, value in configuration.values.items() if key == "store"}
    baseline = {key: value for key, value in configuration.values.items() if key == "baseline"}
    imports = {key: value for key, value in configuration.values.items() if key == "imports"}
    context.default_map = dict.fromkeys(("replay", "repro", "report", "diff", "merge"), store)
    context.default_map |= {
        "replay": store | imports,
        "report": store | baseline,
        "run": dict(configuration.values),
        "list": {"operators": imports, "runs": store, "findings": store, "known": store},
    }
    context.default_map["bug-report"] = store | baseline | imports
    context.default_map["baseline"] = {
        "add": store | baseline,
        "renew": store | baseline,
        "prune": store | baseline,
        "list": baseline,
        "check": baseline,
    }


@cli.command()
@click.argument("call", required=False)
@click.option(
    "--input", "shape", metavar="SHAPE", help="Shape of the input, such as 1,16,12,12, in the call's data format."
)
@click.option(
    "--decode", metavar="LAYERS", help="Layers between semicolons: the transposed ones that return to the size."
)
@click.option("--cell", metavar="I,J", help="List the products that add up to this output cell.")
@click.option("--channel", type=click.IntRange(min=0), help="With --cell: of this output channel only.")
@click.option("--verify", is_flag=True, help="Run all calls on the installed frameworks and compare.")
@click.option("--html", type=click.Path(dir_okay=False), help="Draw it.")
@format_option
@click.pass_context
def explain(context: click.Context, /, call: str | None, shape: str | None, form: str, **asked: Any) -> None:
    """Why CALL returns this shape and these numbers, and how to say the same in every other framework."""
    from reports.explain.main import explain_command

    if (call is None) == (asked["decode"] is None):
        raise click.UsageError("give either CALL or --decode LAYERS")
    try:
        code, text = explain_command(call or "", shape or "", output_format=form, **asked)
    except OSError as error:
        raise Failure(ExitCode.FAULT, f"cannot write {asked['html']!r}: {error.strerror or error}") from error
    if code == ExitCode.USAGE:
        raise Failure(
            ExitCode.USAGE, json.loads(text)["error"] if form == "json" else text.removeprefix("error: ").strip()
        )
    echo(text.rstrip())
    context.exit(code)


@cli.command()
@format_option
def doctor(form: str) -> None:
    """What is installed, which targets can run here, and why not."""
    from harness.doctor import examine
    from reports import terminal

    examined = examine()
    if form == "json":
        echo_json(examined)
    else:
        echo(terminal.doctor(examined))


for command in (run, replay, repro, bug_report, report, diff, merge, baseline_group, atlas, list_group):
    cli.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """The entry point: run a command and exit with its code."""
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(_exit_code(given))


def _exit_code(given: list[str]) -> int:
    """Run a command; errors become messages and exit codes here alone."""
    try:
        result = cli.main(given, prog_name="opdiff", standalone_mode=False)
        return result if isinstance(result, int) else ExitCode.OK
    except (KeyboardInterrupt, click.Abort):
        return _refuse(given, ExitCode.INTERRUPTED, "interrupted")
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.format_message())
        return ExitCode.USAGE
    except click.ClickException as error:
        usage = f"{error.ctx.get_usage()}\n" if isinstance(error, click.UsageError) and error.ctx else ""
        return _refuse(given, ExitCode.USAGE, error.format_message(), usage)
    except Exception as error:
        code = exit_code(error)
        if code is None:
            traceback.print_exc()
            return _refuse(given, ExitCode.FAULT, f"internal error: {type(error).__name__}: {error}")
        return _refuse(given, code, str(error))


def _refuse(given: list[str], code: ExitCode, message: str, usage: str = "") -> ExitCode:
    """Say an error: as JSON on stdout where JSON is wanted, else on stderr."""
    if wants_json(given):
        from harness.documents import ErrorDocument

        echo_json(ErrorDocument(int(code), code.name.lower(), message))
    else:
        from reports.text import visible

        say(f"{usage}opdiff: {visible(message)}")
    return code
