"""Runs, findings and statistics, kept in SQLite: one writer, commits in groups, every acknowledged finding durable."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from harness import store_file
from harness.encoding import encode
from harness.history import Seen
from harness.records import FindingRecord, RunRecord, Statistic
from harness.store_file import StoreBusyError, StoreDamagedError, StoreError, StoreMissingError, StoreVersionError
from harness.store_reader import JOURNAL, Reader

__all__ = ["Store", "StoreBusyError", "StoreDamagedError", "StoreError", "StoreMissingError", "StoreVersionError"]

GROUP_SECONDS = 0.05
GROUP = 500
"""Findings that are merged by one statement."""


class Store(Reader):
    """The store of one folder. A context manager; writing holds the folder's lock.

    What ``update``, ``save_statistics`` and ``sight`` are given is written with the next commit: at the next
    call 50 ms later, or on ``commit``, ``finish`` and ``save_finding``, which return when it is on the disk. ``notice``
    says what happened at opening that the user must know (a damaged database was moved aside).
    """

    def __init__(self, folder: Path, connection: sa.Connection, lock: int | None, notice: str = "") -> None:
        super().__init__(folder, connection)
        self.notice = notice
        self._lock = lock
        self._runs: dict[str, RunRecord] = {}
        self._statistics: dict[str, Sequence[Statistic]] = {}
        self._counts: dict[tuple[str, str], Seen] = {}
        self._due: float | None = None
        self._journal: int | None = None

    @classmethod
    def open(cls, path: Path, *, write: bool = True, wait: float = 0.0) -> Store:
        """Open the store in folder ``path``; to write, made when missing, waiting ``wait`` seconds for another writer.

        A damaged database is moved aside for writing (see ``notice``) and refused for reading. Raises StoreBusyError,
        StoreMissingError, StoreVersionError, StoreDamagedError, StoreError.
        """
        file = path / store_file.DATABASE
        if not write:
            if not file.exists():
                raise StoreMissingError(
                    f"store {path}: there is none; 'opdiff run' makes it, --store names another folder"
                )
            return cls(path, store_file.opened(file, write=False), None)
        lock = store_file.lock(path, wait)
        try:
            notice = ""
            if not file.exists():
                store_file.create(file)
            try:
                connection = store_file.opened(file, write=True)
            except StoreDamagedError as error:
                aside = store_file.move_aside(file)
                notice = f"{error}; moved aside to {aside}, and a new store is begun"
                store_file.create(file)
                connection = store_file.opened(file, write=True)
            return cls(path, connection, lock, notice)
        except BaseException:
            os.close(lock)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            self.close()

    def close(self) -> None:
        """Close the database and free the lock; what was not committed is dropped."""
        store_file.close(self._connection)
        for descriptor in (self._journal, self._lock):
            if descriptor is not None:
                os.close(descriptor)
        self._journal = self._lock = None

    def begin(self, run: RunRecord) -> None:
        """Enter a run; durable at return."""
        self._runs[run.id] = run
        self.commit()

    def update(self, run: RunRecord) -> None:
        """Replace a run's record with the next commit."""
        self._runs[run.id] = run
        self._buffered()

    def finish(self, run: RunRecord) -> None:
        """Replace a run's record for the last time; durable at return."""
        self.begin(run)

    def save_statistics(self, run_id: str, statistics: Sequence[Statistic]) -> None:
        """Replace a run's statistics with these cumulative ones, with the next commit."""
        self._statistics[run_id] = tuple(statistics)
        self._buffered()

    def save_finding(self, run_id: str, finding: FindingRecord, seen: Seen | None = None) -> FindingRecord:
        """Insert a finding, or merge it with the one of the same id; the stored form, durable at return.

        Counts add up, targets are united, what is known of its first sight stays; a reproduced case wins over one that
        is not, then the smaller one. ``seen`` is what the run saw of it; by default the finding's count on its targets.
        """
        with self._transaction("save a finding"):
            self._flush()
            (merged,) = self._merge(run_id, [(finding, seen or Seen(finding.count, finding.targets))])
        self._forget()
        return merged

    def adopt(
        self, run: RunRecord, statistics: Sequence[Statistic], found: Iterable[tuple[FindingRecord, Seen]]
    ) -> None:
        """Take over a whole run of another store with what it saw: all of it or nothing, durable at return."""
        with self._transaction("take over a run"):
            pairs = ((replace(finding, count=seen.count), seen) for finding, seen in found)
            while group := list(itertools.islice(pairs, GROUP)):
                self._merge(run.id, group)
            self._runs[run.id], self._statistics[run.id] = run, tuple(statistics)
            self._flush()
        self._forget()

    def sight(self, run_id: str, finding_id: str, seen: Seen) -> None:
        """Add what a run saw of a stored finding, with the next commit."""
        self._counts[run_id, finding_id] = self._counts.get((run_id, finding_id), Seen()).joined(seen)
        self._buffered()

    def commit(self) -> None:
        """Make everything given so far durable. After a StoreError it is still held; the next commit tries again."""
        if self._runs or self._statistics or self._counts:
            with self._transaction("write"):
                self._flush()
            self._forget()

    def journal(self, text: str) -> None:
        """Note what is under way, over the previous note, in a file that outlives this process. No commit."""
        with store_file.translated(self.folder, "write the journal"):
            if self._journal is None:
                self._journal = os.open(self.folder / JOURNAL, os.O_RDWR | os.O_CREAT, 0o644)
            note = text.encode()
            os.pwrite(self._journal, b"%12d\n%b" % (len(note), note), 0)

    def _buffered(self) -> None:
        now = time.monotonic()
        if self._due is None:
            self._due = now + GROUP_SECONDS
        elif now >= self._due:
            self.commit()

    def _forget(self) -> None:
        self._runs.clear()
        self._statistics.clear()
        self._counts.clear()
        self._due = None

    @contextlib.contextmanager
    def _transaction(self, doing: str) -> Iterator[None]:
        if self._lock is None:
            raise StoreError(f"store {self.folder} was opened for reading: it cannot be written")
        with store_file.translated(self.folder, doing), store_file.transaction(self._connection):
            yield

    def _flush(self) -> None:
        """Write what is buffered, inside a transaction."""
        for run in self._runs.values():
            self._put(store_file.runs, ([run.id], run))
        table = store_file.statistics
        for run_id, statistics in self._statistics.items():
            self._connection.execute(table.delete().where(table.c.run == run_id))
            rows = [([run_id, one.operator, one.quantity, one.regime, one.target], one) for one in statistics]
            self._put(table, *rows)
        for (run_id, finding_id), sighting in self._counts.items():
            stored = self._found([finding_id]).get(finding_id)
            if stored is None:
                raise StoreError(f"store {self.folder}: finding {finding_id!r} was counted before it was saved")
            targets = tuple(sorted({*stored.targets, *sighting.targets}))
            counted = replace(stored, count=stored.count + sighting.count, targets=targets)
            self._put(store_file.findings, ([finding_id], counted))
            self._sight(run_id, {finding_id: sighting})

    def _merge(self, run_id: str, pairs: Sequence[tuple[FindingRecord, Seen]]) -> list[FindingRecord]:
        """Insert findings or merge them with the stored ones, and what the run saw of them, inside a transaction; their stored forms."""
        stored = self._found([finding.id for finding, _ in pairs])
        seen: dict[str, Seen] = {}
        for finding, sighting in pairs:
            known = stored.get(finding.id)
            stored[finding.id] = _merged(known, finding) if known else finding
            seen[finding.id] = seen.get(finding.id, Seen()).joined(sighting)
        self._put(store_file.findings, *(([identity], stored[identity]) for identity in seen))
        self._sight(run_id, seen)
        return [stored[finding.id] for finding, _ in pairs]

    def _sight(self, run_id: str, seen: Mapping[str, Seen]) -> None:
        """Add what a run saw of findings to what it saw before, inside a transaction."""
        before = self._seen(run_id, list(seen))
        rows = (([run_id, identity], before.get(identity, Seen()).joined(one)) for identity, one in seen.items())
        self._put(store_file.sightings, *rows)

    def _put(self, table: sa.Table, *rows: tuple[Sequence[str], Any]) -> None:
        """Insert records under their keys, or replace those that are there, all by one statement: a run has thousands of statistics."""
        statement = insert(table)
        changed = {name: statement.excluded[name] for name in ("document", "checksum")}
        values = [store_file.row(table, keys, encode(record)) for keys, record in rows]
        if values:
            self._connection.execute(statement.on_conflict_do_update(set_=changed), values)


def _merged(stored: FindingRecord, new: FindingRecord) -> FindingRecord:
    """One finding out of two sights of it, the same whichever came first."""
    first = min(stored, new, key=lambda one: (one.first_seen, one.first_run))
    last = max(stored, new, key=lambda one: (one.last_seen, one.last_run))
    better = new if _standing(new) < _standing(stored) else stored if _standing(stored) < _standing(new) else last
    return replace(
        better,
        count=stored.count + new.count,
        targets=tuple(sorted({*stored.targets, *new.targets})),
        first_run=first.first_run,
        first_seen=first.first_seen,
        last_run=last.last_run,
        last_seen=last.last_seen,
    )


def _standing(finding: FindingRecord) -> tuple[bool, bool, int]:
    """Least for the form that a reader should see: reproduced, else at least tried, then the fewest elements."""
    return not finding.reproduced, not finding.attempts, sum(spec.size for spec in finding.case.inputs.values())
