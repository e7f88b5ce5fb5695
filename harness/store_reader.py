"""What a store holds, read: runs, findings, what each run saw of them, statistics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from harness import store_file
from harness.case import Kind
from harness.encoding import decode
from harness.history import Seen
from harness.operator import unknown
from harness.records import FindingRecord, RunRecord, Severity, Statistic

JOURNAL = "in-flight"
_SEVERITIES = [severity.value for severity in Severity]
_KINDS = [kind.value for kind in Kind]

Record = TypeVar("Record")


class Reader:
    """What is read from the store of one folder, through its connection."""

    def __init__(self, folder: Path, connection: sa.Connection) -> None:
        self.folder, self._connection = folder, connection

    def last_journal(self) -> str:
        """The last note of ``journal``, ``""`` when there is none."""
        try:
            content = (self.folder / JOURNAL).read_bytes()
        except FileNotFoundError:
            return ""
        length, _, note = content.partition(b"\n")
        return note[: int(length or 0)].decode(errors="replace")

    def runs(self) -> list[RunRecord]:
        """All runs, newest first."""
        found = self._read(store_file.runs, RunRecord)
        return sorted(found, key=lambda run: (run.started, run.id), reverse=True)

    def run(self, id_or_prefix: str = "") -> RunRecord:
        """The run of that id or unambiguous prefix; the latest one for ``""``. Raises LookupError."""
        known = {run.id: run for run in self.runs()}
        if not known:
            raise LookupError(f"store {self.folder} has no runs yet: 'opdiff run' makes one")
        return known[_select("run", id_or_prefix, known) if id_or_prefix else next(iter(known))]

    def findings(self, run_id: str | None = None) -> list[FindingRecord]:
        """All findings, or those that a run saw (``count`` is then that of the run); by severity, kind, operator."""
        found = self._read(store_file.findings, FindingRecord)
        if run_id is not None:
            seen = {finding_id: seen for finding_id, seen in self.sightings(run_id).items() if not seen.passed}
            found = [replace(finding, count=seen[finding.id].count) for finding in found if finding.id in seen]
        return sorted(found, key=_rank)

    def finding(self, id_or_prefix: str) -> FindingRecord:
        """The finding of that id or unambiguous prefix. Raises LookupError."""
        ids = [row.id for row in self._rows(sa.select(store_file.findings.c.id))]
        if not ids:
            raise LookupError(f"unknown finding {id_or_prefix!r}: store {self.folder} has no findings")
        identity = _select("finding", id_or_prefix, ids)
        return self._found([identity])[identity]

    def sightings(self, run_id: str) -> dict[str, Seen]:
        """What a run saw of each finding that it reached, by the finding's id."""
        return self._seen(run_id)

    def statistics(self, run_id: str) -> list[Statistic]:
        """A run's statistics by operator, quantity, regime and target."""
        return self._read(store_file.statistics, Statistic, store_file.statistics.c.run == run_id)

    def _found(self, ids: Sequence[str]) -> dict[str, FindingRecord]:
        """Those of the findings that are stored, by id."""
        table = store_file.findings
        return {finding.id: finding for finding in self._read(table, FindingRecord, table.c.id.in_(ids))}

    def _seen(self, run_id: str, ids: Sequence[str] | None = None) -> dict[str, Seen]:
        """What a run saw of findings, of all or of these, by id."""
        table = store_file.sightings
        of_these = () if ids is None else (table.c.finding.in_(ids),)
        rows = self._rows(table.select().where(table.c.run == run_id, *of_these))
        return {row.finding: decode(row.document, Seen) for row in rows}

    def _read(self, table: sa.Table, kind: type[Record], *where: sa.ColumnElement[bool]) -> list[Record]:
        return [decode(row.document, kind) for row in self._rows(sa.select(table.c.document).where(*where))]

    def _rows(self, statement: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        """What a query finds, within the transaction that is open if one is."""
        if self._connection.in_transaction():
            return self._connection.execute(statement).all()
        with store_file.translated(self.folder, "read"), self._connection.begin():
            return self._connection.execute(statement).all()


def _rank(finding: FindingRecord) -> tuple[int, int, str, str]:
    """Place in a list of findings: severity, then kind, then operator."""
    severity = _SEVERITIES.index(finding.severity) if finding.severity in _SEVERITIES else len(_SEVERITIES)
    kind = _KINDS.index(finding.fingerprint.kind) if finding.fingerprint.kind in _KINDS else len(_KINDS)
    return severity, kind, finding.fingerprint.operator, finding.id


def _select(what: str, prefix: str, ids: Iterable[str]) -> str:
    """The id that is ``prefix``, or the only one that begins with it. Raises LookupError."""
    ids = list(ids)
    if prefix in ids:
        return prefix
    fit = sorted(known for known in ids if known.startswith(prefix))
    if len(fit) == 1:
        return fit[0]
    if fit:
        raise LookupError(
            f"{what} {prefix!r} is ambiguous: it begins {', '.join(fit[:5])}{' ...' if len(fit) > 5 else ''}"
        )
    raise LookupError(unknown(what, prefix, ids))
