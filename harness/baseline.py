"""The baseline: findings that a project knows and has a reason to live with, in a TOML file that is kept in git.

An entry covers its finding only while three things hold: it has not expired, none of the versions it says to be fixed in is
installed, and the finding has not grown worse. Otherwise the finding counts as new again, so that nothing is hidden for good.
An entry with a ``cause`` covers every finding of that root cause which has no entry of its own, on the same terms.
"""

from __future__ import annotations

import enum
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import msgspec
import tomlkit
from packaging.requirements import InvalidRequirement, Requirement

from harness.case import Kind
from harness.causes import key_of
from harness.history import Seen
from harness.operator import unknown
from harness.records import FindingRecord, RunRecord, Severity

FILE = "opdiff-baseline.toml"
"""Name of the file that ``opdiff run`` reads where it lies in the current folder."""

LONGEST = timedelta(days=180)
"""How long after it was last seen an entry may hold."""

WORSE = 0.25
"""How much more of its digits a result may lose than its entry says: other draws meet other errors of one cause."""

_KEY, _VALUE = re.compile(r"[0-9a-f]{12}"), " value"


class BaselineError(ValueError):
    """A baseline that cannot be used. The message names the file, the entry and the rule."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A known finding. Dates are days in UTC; ``fixed_in`` is a requirement such as ``torch>=2.14``; ``largest_error`` is the
    share of the digits that were lost beyond the error bound, from 0 to 1 (0: it says nothing). ``cause`` is what the
    entry covers beside its finding (see ``cause_of``), empty where it covers that alone."""

    id: str
    operator: str
    targets: tuple[str, ...]
    reason: str
    first_seen: date
    last_seen: date
    expires: date
    upstream: str = ""
    fixed_in: str = ""
    largest_error: float = 0.0
    cause: str = ""


class Standing(enum.StrEnum):
    """Whether an entry covers its finding; all but ``KNOWN`` make it count as new."""

    KNOWN = "known"
    EXPIRED = "expired"
    SHOULD_BE_FIXED = "should be fixed"
    WORSE = "worse"


@dataclass(frozen=True)
class Baseline:
    """The entries of a file by id."""

    path: Path
    entries: Mapping[str, Entry]


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()


def at(named: Path | None, folder: Path = Path()) -> Path | None:
    """The file that was named, else the one of the folder where there is one."""
    file = named or folder / FILE
    return file if named or file.exists() else None


def load(path: Path) -> Baseline:
    """Read and check a baseline. Raises BaselineError."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BaselineError(f"baseline {path}: cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BaselineError(f"baseline {path}: not TOML: {error}") from error
    for key in document:
        if key != "finding":
            raise BaselineError(f"baseline {path}: {unknown('key', key, ['finding'])}")
    rows = document.get("finding", [])
    if not isinstance(rows, list):
        raise BaselineError(f"baseline {path}: key 'finding': expected tables [[finding]], not {type(rows).__name__}")
    entries: dict[str, Entry] = {}
    for number, row in enumerate(rows, 1):
        entry = _entry(f"baseline {path}: entry {number}", row)
        if entry.id in entries:
            raise BaselineError(
                f"baseline {path}: entry {number}: id {entry.id!r} stands there twice; one entry a finding"
            )
        entries[entry.id] = entry
    return Baseline(path, entries)


def _entry(where: str, row: object) -> Entry:
    """An entry from its table. Raises BaselineError."""
    if isinstance(row, dict):
        where = f"{where} ({row.get('id', 'no id')})"
        for key in row:
            if key not in Entry.__struct_fields__:
                raise BaselineError(f"{where}: {unknown('key', key, Entry.__struct_fields__)}")
    try:
        entry = msgspec.convert(row, Entry)
    except msgspec.ValidationError as error:
        raise BaselineError(f"{where}: {error}") from error
    check(where, entry)
    return entry


def check(where: str, entry: Entry) -> None:
    """Raises BaselineError on a value against the rules; ``where`` begins the message."""
    rules = (
        (_KEY.fullmatch(entry.id), f"id {entry.id!r}: expected twelve hexadecimal digits"),
        (
            not entry.cause or _KEY.fullmatch(entry.cause.removesuffix(_VALUE)),
            f"cause {entry.cause!r}: expected twelve hexadecimal digits, with or without{_VALUE}",
        ),
        (entry.reason.strip(), "reason '': say why the finding is lived with"),
        (entry.first_seen <= entry.last_seen, f"last_seen {entry.last_seen}: before first_seen {entry.first_seen}"),
        (
            entry.expires <= entry.last_seen + LONGEST,
            f"expires {entry.expires}: more than {LONGEST.days} days after last_seen {entry.last_seen}",
        ),
        (
            0 <= entry.largest_error <= 1,
            f"largest_error {entry.largest_error}: expected a share of the digits, from 0 to 1",
        ),
    )
    for holds, message in rules:
        if not holds:
            raise BaselineError(f"{where}: {message}")
    if entry.fixed_in and not _fix(entry):
        raise BaselineError(
            f"{where}: fixed_in {entry.fixed_in!r}: expected a distribution and its versions, such as torch>=2.14"
        )


def _fix(entry: Entry) -> Requirement | None:
    """The distribution and versions that ``fixed_in`` names, None where it names none."""
    try:
        requirement = Requirement(entry.fixed_in)
    except InvalidRequirement:
        return None
    return requirement if requirement.specifier else None


def standing(entry: Entry, seen: Seen, versions: Mapping[str, str], day: date) -> Standing:
    """Whether ``entry`` covers a finding that a run ``seen`` so, with these versions installed, on that day."""
    if day > entry.expires:
        return Standing.EXPIRED
    fixed = _fix(entry)
    if fixed and fixed.name in versions and fixed.specifier.contains(versions[fixed.name], prereleases=True):
        return Standing.SHOULD_BE_FIXED
    if 0 < entry.largest_error < seen.error - WORSE:
        return Standing.WORSE
    return Standing.KNOWN


def judged(
    run: RunRecord, findings: Iterable[FindingRecord], seen: Mapping[str, Seen], baseline: Baseline, day: date
) -> RunRecord:
    """The run with what the baseline says of the bugs that it saw; those no longer covered count as new, covered ones do not."""
    known: dict[str, Standing] = {}
    for finding in findings:
        entries = _about(finding, baseline) if finding.severity == Severity.BUG else []
        states = [standing(entry, seen.get(finding.id, Seen()), run.versions, day) for entry in entries]
        if states:
            known[finding.id] = Standing.KNOWN if Standing.KNOWN in states else states[0]
    new = [identity for identity in run.new if known.get(identity) is not Standing.KNOWN]
    again = [identity for identity, state in known.items() if state is not Standing.KNOWN and identity not in new]
    return replace(run, new=(*new, *again), baseline={identity: state.value for identity, state in known.items()})


def _about(finding: FindingRecord, baseline: Baseline) -> list[Entry]:
    """The entry of the finding; where it has none, those of its root cause."""
    if finding.id in baseline.entries:
        return [baseline.entries[finding.id]]
    wide = [entry for entry in baseline.entries.values() if entry.cause]
    cause = cause_of(finding) if wide else ""
    return [entry for entry in wide if entry.cause == cause]


def cause_of(finding: FindingRecord) -> str:
    """What covers a finding beside its own entry: the key of its root cause, marked where finite numbers are wrong.

    Nobody notices these by themselves, so no entry about a refusal, a shape or a NaN of the same function covers them.
    """
    return key_of(finding) + (_VALUE if finding.fingerprint.kind == Kind.VALUE else "")


def members(baseline: Baseline | None, stored: Iterable[FindingRecord]) -> dict[str, set[str]]:
    """The ids of the stored findings that each entry covers with its root cause, by the id of the entry."""
    wide = [entry for entry in (baseline.entries.values() if baseline else ()) if entry.cause]
    causes = {finding.id: cause_of(finding) for finding in stored if finding.severity == Severity.BUG} if wide else {}
    return {entry.id: {identity for identity, cause in causes.items() if cause == entry.cause} for entry in wide}


def gone(entry: Entry, seen: Mapping[str, Seen], covers: Mapping[str, set[str]]) -> bool:
    """Whether a run reached again all that the entry covers (see ``members``), and all of it passed every time."""
    return all(seen.get(identity, Seen()).passed for identity in {entry.id, *covers.get(entry.id, ())})


def prunable(
    baseline: Baseline, seen: Mapping[str, Seen], covers: Mapping[str, set[str]] = MappingProxyType({})
) -> list[Entry]:
    """Entries of which the run reached again all that they cover, and it passed every time. What nobody looked for stays."""
    return [entry for entry in baseline.entries.values() if gone(entry, seen, covers)]


def add(path: Path, entries: Iterable[Entry]) -> None:
    """Append entries to the file, which is made when missing; what stands in it stays as it is. Raises BaselineError, OSError."""
    known = load(path).entries if path.exists() else {}
    document = _document(path)
    rows = document.setdefault("finding", tomlkit.aot())
    for entry in entries:
        if entry.id in known:
            raise BaselineError(f"baseline {path}: id {entry.id!r} stands there already")
        check(f"baseline {path}: new entry", entry)
        rows.append(tomlkit.item(_plain(entry)))
    path.write_text(tomlkit.dumps(document), encoding="utf-8")


def renew(path: Path, entries: Iterable[Entry]) -> None:
    """Replace what was seen in entries of the file; what people wrote stays. Raises BaselineError, OSError."""
    known = load(path).entries
    seen = {entry.id: entry for entry in entries}
    for entry in seen.values():
        if entry.id not in known:
            raise BaselineError(f"baseline {path}: {unknown('id', entry.id, known)}")
        check(f"baseline {path}: entry {entry.id}", entry)
    document = _document(path)
    for row in document["finding"]:
        if row["id"] in seen:
            facts = _plain(seen[row["id"]])
            row.update({name: facts[name] for name in _SEEN if name in facts})
    path.write_text(tomlkit.dumps(document), encoding="utf-8")


_SEEN = ("targets", "first_seen", "last_seen", "expires", "largest_error")
"""The keys of an entry that opdiff knows, not people."""


def remove(path: Path, identities: Iterable[str]) -> None:
    """Take entries out of the file; comments and the order of the others stay. Raises OSError."""
    gone = set(identities)
    document = _document(path)
    rows = document.get("finding", [])
    for index in reversed(range(len(rows))):
        if rows[index].get("id") in gone:
            del rows[index]
    path.write_text(tomlkit.dumps(document), encoding="utf-8")


def _document(path: Path) -> tomlkit.TOMLDocument:
    return tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()


def _plain(entry: Entry) -> dict[str, object]:
    """The entry as TOML has it: dates stay dates."""
    plain: dict[str, object] = msgspec.to_builtins(entry, builtin_types=(date,))
    return {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}
