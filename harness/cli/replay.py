"""``opdiff replay`` and ``opdiff repro``: a finding again, here or without opdiff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.options import (
    ExitCode,
    Failure,
    echo,
    echo_json,
    format_option,
    imports_option,
    memory_option,
    named,
    out_file,
    say,
    store_option,
    targets_option,
    timeout_option,
    writing,
)

if TYPE_CHECKING:
    from harness.case import Target
    from harness.records import FindingRecord
    from harness.replay import Replayed
    from harness.replayfile import CaseFile


@click.command()
@click.argument("what", metavar="ID|FILE")
@imports_option
@targets_option
@timeout_option
@memory_option
@store_option
@format_option
@click.pass_context
def replay(
    context: click.Context, /, what: str, targets: tuple[str, ...] | None, store: Path, form: str, **limits: Any
) -> None:
    """Run a stored finding, or the case of a file, again: 1 still there, 0 gone."""
    from harness import discovery, operator
    from harness.replay import replay as again

    file = _case_of(what, store)
    with named("ID|FILE", what):
        operator.get(file.case.operator)  # one from outside may not be known here
    wanted = targets or tuple(map(str, file.targets))
    chosen = discovery.resolve(wanted) if wanted else discovery.default_targets()
    try:
        replayed = again(file.case, chosen, file.fingerprint, **limits)
    except (KeyError, TypeError, ValueError) as error:
        if not _is_file(what):
            raise
        rule = f"operator {file.case.operator!r} cannot take its parameters"
        raise Failure(ExitCode.USAGE, f"case file {what!r}: {rule}: {type(error).__name__}: {error}") from error
    missing = [f"{target}: {reason}" for target, reason in replayed.unavailable.items()]
    if len(missing) == len(chosen):
        raise Failure(ExitCode.NOTHING_RAN, f"no target is available: {'; '.join(missing)}")
    _show_replayed(what, replayed, form)
    context.exit(ExitCode.FOUND if replayed.still else ExitCode.OK)


def _case_of(what: str, store: Path) -> CaseFile:
    """The case of a file or of a stored finding."""
    from harness.replayfile import CaseFile, load_case_file

    if _is_file(what):
        return load_case_file(Path(what))
    finding = _finding(what, store)
    return CaseFile(finding.case, _targets_of(finding), finding.fingerprint)


def _is_file(what: str) -> bool:
    """Whether it names a file: ids have neither a suffix nor a folder."""
    path = Path(what)
    return path.is_file() or bool(path.suffix) or len(path.parts) > 1


def _finding(identifier: str, store: Path) -> FindingRecord:
    from harness.store import Store

    with Store.open(store, write=False) as opened, named("ID", identifier):
        return opened.finding(identifier)


def _targets_of(finding: FindingRecord) -> tuple[Target, ...]:
    """The targets that a finding's outcomes are of."""
    from harness.case import Target

    names = [outcome.target for outcome in finding.outcomes if outcome.status != "oracle"]
    return tuple(Target.parse(name) for name in names or finding.targets)


def _show_replayed(what: str, replayed: Replayed, form: str) -> None:
    from reports import terminal, text

    if form == "json":
        from harness.documents import ReplayDocument

        echo_json(ReplayDocument.of(replayed))
        return
    echo(terminal.outcomes(replayed.outcomes))
    for disagreement in replayed.disagreements:
        echo(f"{disagreement.target}: {text.one_line(disagreement.sentence, 400)}")
    for target, reason in replayed.unavailable.items():
        say(f"unavailable: {target}: {text.one_line(reason, 200)}")
    echo(f"{what}: still there" if replayed.still else f"{what}: gone")


@click.command()
@click.argument("identifier", metavar="ID")
@click.option("-o", "--output", type=out_file, help="Write it to a file instead of stdout.")
@store_option
@format_option
def repro(identifier: str, output: Path | None, store: Path, form: str) -> None:
    """The standalone script of a finding; with --format json the case file that replay takes."""
    from harness.documents import CaseDocument

    finding = _finding(identifier, store)
    if form == "json":
        import msgspec

        from harness.encoding import encode

        document = CaseDocument(finding.case, tuple(map(str, _targets_of(finding))), finding.fingerprint)
        text = msgspec.json.format(encode(document), indent=2).decode()
    else:
        text = finding.script or _script(finding)
    if output is None:
        echo(text)
        return
    with writing(output):
        output.write_text(text.rstrip() + "\n", encoding="utf-8")
    say(f"written: {output}")


def _script(finding: FindingRecord) -> str:
    """The script of a finding that was stored without one."""
    from reports.reproducer import script

    try:
        return script(finding)
    except (ImportError, LookupError, ValueError) as error:
        raise click.UsageError(f"ID {finding.id!r}: no script can be written: {error.args[0]}") from error
