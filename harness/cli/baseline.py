"""``opdiff baseline``: the findings that a project knows and lives with."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.options import (
    ExitCode,
    Group,
    echo,
    echo_json,
    format_option,
    named,
    option,
    say,
    store_option,
    writing,
)

if TYPE_CHECKING:
    from harness.baseline import Baseline, Entry
    from harness.records import FindingRecord
    from harness.store import Store

baseline_option = option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The baseline; default: opdiff-baseline.toml where it lies in the current folder.",
)


def chosen(path: Path | None) -> Path:
    """The file that was named, else the one of the current folder."""
    from harness.baseline import FILE

    return path or Path(FILE)


def loaded(path: Path | None) -> Baseline | None:
    """The baseline that was named, else the one of the current folder where there is one. Raises BaselineError."""
    from harness.baseline import at, load

    file = at(path)
    return load(file) if file else None


@click.group(name="baseline", cls=Group)
def group() -> None:
    """Findings that are known and lived with, in a file that is kept in git."""


@group.command(name="add")
@click.argument("identifiers", nargs=-1, required=True, metavar="ID...")
@click.option("--reason", required=True, help="Why the finding is lived with.")
@click.option("--upstream", default="", metavar="URL", help="Where it is reported.")
@click.option("--fixed-in", default="", metavar="VERSION", help="Such as torch>=2.14: from there on it counts as new.")
@click.option(
    "--expires", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Default and latest: 180 days after last seen."
)
@click.option("--cause", "wide", is_flag=True, help="Cover all findings of the same root cause, those to come as well.")
@baseline_option
@store_option
def add(
    identifiers: tuple[str, ...],
    reason: str,
    upstream: str,
    fixed_in: str,
    expires: datetime | None,
    wide: bool,
    baseline: Path | None,
    store: Path,
) -> None:
    """Add stored findings to the baseline."""
    from harness import baseline as known

    path = chosen(baseline)
    facts = {"reason": reason, "upstream": upstream, "fixed_in": fixed_in}
    entries = _entries(identifiers, store, facts, expires, set(identifiers) if wide else set())
    with writing(path):
        known.add(path, entries)
    say(f"{len(entries)} added to {path}")


def _entries(
    identifiers: tuple[str, ...], store: Path, facts: dict[str, str], expires: datetime | None, wide: Container[str]
) -> list[Entry]:
    """The entries of stored findings; those in ``wide`` cover their root cause. Raises UsageError."""
    from harness.store import Store

    with Store.open(store, write=False) as opened:
        found = []
        for identifier in identifiers:
            with named("ID", identifier):
                found.append(opened.finding(identifier))
        day = expires.date() if expires else None
        return [_entry(finding, opened, facts, day, finding.id in wide) for finding in found]


def _entry(finding: FindingRecord, store: Store, facts: dict[str, str], expires: date | None, wide: bool) -> Entry:
    """The entry of a stored finding. Raises UsageError for one that never makes a run fail."""
    from harness.baseline import LONGEST, Entry, cause_of
    from harness.history import Seen
    from harness.records import Severity

    if finding.severity != Severity.BUG:
        raise click.UsageError(f"ID {finding.id!r}: of severity {finding.severity}, which never makes a run fail")
    cause = cause_of(finding) if wide else ""
    bugs = [one for one in store.findings() if one.severity == Severity.BUG] if wide else []
    covered = [one.id for one in bugs if cause_of(one) == cause] or [finding.id]
    sights = [store.sightings(run.id) for run in store.runs()]
    last = date.fromisoformat(finding.last_seen[:10])
    return Entry(
        id=finding.id,
        operator=finding.fingerprint.operator,
        targets=finding.targets,
        first_seen=date.fromisoformat(finding.first_seen[:10]),
        last_seen=last,
        expires=expires or last + LONGEST,
        largest_error=round(max(seen.get(one, Seen()).error for seen in sights for one in covered), 3),
        cause=cause,
        **facts,
    )


@group.command(name="renew")
@click.argument("identifiers", nargs=-1, required=True, metavar="ID...")
@click.option(
    "--expires", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Default and latest: 180 days after last seen."
)
@baseline_option
@store_option
def renew(identifiers: tuple[str, ...], expires: datetime | None, baseline: Path | None, store: Path) -> None:
    """Live with entries that expired or grew worse: take over what was seen since. Reason, upstream and fixed_in stay."""
    from msgspec import structs

    from harness import baseline as known

    path = chosen(baseline)
    stated = known.load(path).entries
    entries = []
    wide = {entry.id for entry in stated.values() if entry.cause}
    for seen in _entries(identifiers, store, {"reason": "renewed"}, expires, wide):
        largest = max(seen.largest_error, stated[seen.id].largest_error if seen.id in stated else 0.0)
        entries.append(structs.replace(seen, largest_error=largest))
    with writing(path):
        known.renew(path, entries)
    say(f"{len(entries)} renewed in {path}")


@group.command(name="list")
@baseline_option
@format_option
def list_entries(baseline: Path | None, form: str) -> None:
    """The entries of the baseline."""
    from harness.baseline import load
    from reports import terminal

    entries = list(load(chosen(baseline)).entries.values())
    if form == "json":
        echo_json(entries)
        return
    columns = ("id", "operator", "targets", "expires", "fixed_in", "upstream", "cause", "reason")
    echo(terminal.table(columns, [[terminal.cell(getattr(entry, name)) for name in columns] for entry in entries]))


@group.command(name="check")
@baseline_option
@click.pass_context
def check(context: click.Context, baseline: Path | None) -> None:
    """Whether the file is in order: 2 when not, 1 when entries have expired."""
    from harness.baseline import load, today

    entries = load(chosen(baseline)).entries.values()
    expired = [entry for entry in entries if entry.expires < today()]
    for entry in expired:
        echo(f"{entry.id} expired on {entry.expires}: {entry.operator}: {entry.reason}")
    say(f"{len(entries)} entries, {len(expired)} expired")
    context.exit(ExitCode.FOUND if expired else ExitCode.OK)


@group.command(name="prune")
@click.option("--run", "run_id", default="", metavar="RUN", help="The run that looked for them; default: the latest.")
@baseline_option
@store_option
def prune(run_id: str, baseline: Path | None, store: Path) -> None:
    """Take out the entries whose findings the run reached again without seeing any of them."""
    from harness.baseline import load, members, prunable, remove
    from harness.store import Store

    known = load(chosen(baseline))
    with Store.open(store, write=False) as opened, named("--run", run_id):
        seen, covers = opened.sightings(opened.run(run_id).id), members(known, opened.findings())
    gone = prunable(known, seen, covers)
    if gone:
        with writing(known.path):
            remove(known.path, [entry.id for entry in gone])
    for entry in gone:
        echo(f"{entry.id} {entry.operator}: {entry.reason}")
    unreached = sum(entry.id not in seen for entry in known.entries.values())
    say(f"{len(gone)} of {len(known.entries)} taken out; {unreached} were not reached and stay")
