"""The file under the store: how it is created, locked, opened, checked and, when damaged, moved aside.

Every row carries a checksum of its keys and document, because SQLite's own checks see broken pages, not a flipped byte
in a text. The rollback journal is used, not WAL: SQLite 3.7.0 to 3.51.2 can corrupt a WAL database when one connection
writes while another one checkpoints (https://sqlite.org/wal.html#walresetbug), a WAL that is deleted takes committed
rows with it, and WAL needs shared memory, which network file systems lack.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from harness.config import opdiff_version

APPLICATION_ID = 0x6F706431
"""``opd1`` in ASCII."""

SCHEMA_VERSION = 1
DATABASE = "opdiff.sqlite"
LOCK = "lock"
BUSY_SECONDS = 30.0
"""How long a reader or the writer waits for the other's transaction."""

_NOT_DAMAGE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
}

metadata = sa.MetaData()


def _table(name: str, *keys: str) -> sa.Table:
    """A table of documents: text keys, the document (JSON), and the checksum of both."""
    columns = [sa.Column(key, sa.Text, primary_key=True) for key in keys]
    document = sa.Column("document", sa.LargeBinary, nullable=False)
    checksum = sa.Column("checksum", sa.Integer, nullable=False)
    return sa.Table(name, metadata, *columns, document, checksum, sqlite_with_rowid=False)


facts = _table("facts", "name")
runs = _table("runs", "id")
findings = _table("findings", "id")
sightings = _table("sightings", "run", "finding")
statistics = _table("statistics", "run", "operator", "quantity", "regime", "target")


class StoreError(Exception):
    """The store cannot be read or written. The message names the path, what is wrong and the rule."""


class StoreVersionError(StoreError):
    """The store was made by another version of opdiff."""


class StoreMissingError(StoreError):
    """There is no store to read."""


class StoreDamagedError(StoreError):
    """The database does not hold what was written to it."""


class StoreBusyError(StoreError):
    """Another run writes to the store."""


def checksum(keys: Sequence[str], document: bytes) -> int:
    """CRC-32 of a row's keys and document."""
    return zlib.crc32("\x1f".join((*keys, "")).encode() + document)


def row(table: sa.Table, keys: Sequence[str], document: bytes) -> dict[str, Any]:
    """The values of a row of ``table``, checksum included."""
    names = (column.name for column in table.primary_key.columns)
    return {**dict(zip(names, keys, strict=True)), "document": document, "checksum": checksum(keys, document)}


@contextlib.contextmanager
def translated(path: Path, doing: str) -> Iterator[None]:
    """Turn SQLite's and the system's errors into StoreError."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise StoreError(f"store {path}: cannot {doing}: {error.orig}") from error
    except OSError as error:
        raise StoreError(f"store {path}: cannot {doing}: {error.strerror or error}") from error


def lock(folder: Path, wait: float) -> int:
    """Descriptor of the folder's lock file, locked for this process alone. The system frees it when the process ends.

    Raises StoreBusyError when another process still holds it after ``wait`` seconds, StoreError when it cannot be made.
    """
    with translated(folder, "write"):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    end = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() >= end:
                holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
                os.close(descriptor)
                rule = "one run at a time may write to a store; wait for it, or name another folder with --store"
                raise StoreBusyError(f"store {folder}: in use by process {holder or 'unknown'}: {rule}") from None
            time.sleep(0.05)
    with translated(folder, "write"):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def connect(file: Path, *, write: bool) -> sa.Connection:
    """A connection to an existing database; without ``write`` it only reads.

    A reader too opens the file for writing where it may: what a killed writer left half done must be rolled back.
    """

    pragmas = ["trusted_schema=OFF", "cell_size_check=ON", "synchronous=FULL"]
    pragmas += ["journal_mode=TRUNCATE"] if write else ["query_only=ON"]

    def creator() -> sqlite3.Connection:
        uri = f"{file.absolute().as_uri()}?mode=rw"
        raw = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        for pragma in pragmas:
            raw.execute(f"PRAGMA {pragma}").fetchall()
        return raw

    return sa.create_engine("sqlite://", creator=creator, poolclass=sa.pool.StaticPool).connect()


@contextlib.contextmanager
def transaction(connection: sa.Connection) -> Iterator[None]:
    """All or nothing of what is written inside."""
    with connection.begin():
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield


def close(connection: sa.Connection) -> None:
    """Close the database."""
    connection.close()
    connection.engine.dispose()


def create(file: Path) -> None:
    """Write an empty store. It appears under its name when it is complete, so a kill leaves none or a whole one."""
    fresh = file.with_name(file.name + ".new")
    with translated(file.parent, "create it"):
        rollback = Path(f"{fresh}-journal")
        rollback.unlink(missing_ok=True)
        fresh.write_bytes(b"")
        connection = connect(fresh, write=True)
        try:
            with transaction(connection):
                _pragma(connection, f"application_id={APPLICATION_ID}")
                _pragma(connection, f"user_version={SCHEMA_VERSION}")
                metadata.create_all(connection)
                connection.execute(facts.insert(), row(facts, ["opdiff"], opdiff_version().encode()))
        finally:
            close(connection)
        rollback.unlink(missing_ok=True)
        fresh.replace(file)


def opened(file: Path, *, write: bool) -> sa.Connection:
    """A connection to an existing database that is whole and of this schema; all of it is read once.

    Raises StoreDamagedError, StoreVersionError, and StoreError where it cannot be read for another reason than damage.
    """
    connection = None
    problem = ""
    try:
        connection = connect(file, write=write)
        with connection.begin():
            problem = _problem(connection, file)
        if not problem:
            whole, connection = connection, None
            return whole
    except (sa.exc.DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        code = getattr(cause, "sqlite_errorcode", None)
        if code is not None and code & 0xFF in _NOT_DAMAGE:
            raise StoreError(f"store {file}: cannot read it: {cause}") from error
        problem = str(cause)
    finally:
        if connection is not None:
            close(connection)
    raise StoreDamagedError(f"store {file} is damaged: {problem}")


def _problem(connection: sa.Connection, file: Path) -> str:
    """What is wrong with the database, ``""`` when nothing is. Raises StoreVersionError."""
    application = _pragma(connection, "application_id")[0]
    if application != APPLICATION_ID:
        return f"application_id is {application:#x} instead of {APPLICATION_ID:#x}"
    version = _pragma(connection, "user_version")[0]
    if version != SCHEMA_VERSION:
        which = "a newer" if version > SCHEMA_VERSION else "an older"
        raise StoreVersionError(
            f"store {file} was made by {which} version of opdiff (schema {version}; opdiff {opdiff_version()} reads "
            f"schema {SCHEMA_VERSION}): use that version, or name another folder with --store"
        )
    found = _pragma(connection, "quick_check(3)")
    if found != ["ok"]:
        return "; ".join(str(line) for line in found)
    objects = {f"{kind} {name}" for kind, name in connection.execute(sa.text("SELECT type, name FROM sqlite_master"))}
    expected = {f"table {name}" for name in metadata.tables}
    if objects != expected:
        return f"it holds {sorted(objects)} instead of {sorted(expected)}"
    return next(
        (
            f"a row of table {t.name!r} does not match its checksum"
            for t in metadata.tables.values()
            if _altered(connection, t)
        ),
        "",
    )


def _altered(connection: sa.Connection, table: sa.Table) -> bool:
    rows = connection.execute(table.select())
    return any(checksum(keys, document) != expected for *keys, document, expected in rows)


def move_aside(file: Path) -> Path:
    """Rename a damaged database and its journals; where it is now. Raises StoreError."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    aside = file.with_name(f"{file.name}.damaged-{stamp}")
    with translated(file, "move it aside"):
        file.replace(aside)
        for suffix in ("-journal", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{file}{suffix}").replace(f"{aside}{suffix}")
    return aside


def _pragma(connection: sa.Connection, pragma: str) -> list[Any]:
    result = connection.exec_driver_sql(f"PRAGMA {pragma}")
    return [line[0] for line in result] if result.returns_rows else []
