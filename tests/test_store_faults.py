"""The store under faults: damage is detected and said, a full or read-only disk loses nothing that was there."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest
from stored import RUN, finding

from harness import store_file
from harness.store import Store, StoreDamagedError, StoreError, StoreVersionError

NUMBER = 60


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a run and some findings."""
    folder = tmp_path_factory.mktemp("whole")
    with Store.open(folder) as store:
        store.begin(RUN)
        for number in range(NUMBER):
            store.save_finding(RUN.id, finding(str(number), detail={"text": "x" * 40 * number}))
    return folder


def copy(whole: Path, folder: Path) -> Path:
    """A copy of the store; its database file."""
    shutil.copytree(whole, folder)
    return folder / store_file.DATABASE


def contents(folder: Path) -> tuple[object, ...]:
    with Store.open(folder, write=False) as store:
        return store.runs(), store.findings(), store.findings(RUN.id)


def detected(file: Path, content: bytes, expected: tuple[object, ...]) -> bool:
    """Give the store this content. True when that is refused, said and moved aside; else what is read is unchanged."""
    file.write_bytes(content)
    try:
        found = contents(file.parent)
    except StoreDamagedError as error:
        said = str(error)
    else:
        assert found == expected
        return False
    assert said.startswith(f"store {file} is damaged")
    with Store.open(file.parent) as store:
        assert "moved aside" in store.notice
        assert store.runs() == []
    (aside,) = [path for path in file.parent.glob("*.damaged-*") if not path.name.endswith("-journal")]
    assert aside.read_bytes() == content
    return True


def test_flipped_bytes_are_detected_or_harmless(whole: Path, tmp_path: Path) -> None:
    """A flip in a place that SQLite does not use changes nothing that is read; every other one is found at opening."""
    expected, draw = contents(whole), random.Random(3)
    original = (whole / store_file.DATABASE).read_bytes()
    found = 0
    for trial, place in enumerate(
        [0, 20, 24, 27, 68, 71, 100, 105] + [draw.randrange(64, len(original)) for _ in range(60)]
    ):
        file = copy(whole, tmp_path / str(trial))
        content = bytearray(original)
        content[place] ^= 1 << draw.randrange(8)
        found += detected(file, bytes(content), expected)
    assert found >= 20


@pytest.mark.parametrize("table", ["runs", "findings", "sightings"])
def test_an_altered_row_is_detected(whole: Path, tmp_path: Path, table: str) -> None:
    """SQLite's own check finds nothing wrong here: only the checksum does."""
    file = copy(whole, tmp_path / "copy")
    with sqlite3.connect(file) as connection:
        connection.execute(f"UPDATE {table} SET document = CAST(replace(document, '1', '2') AS BLOB)")
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    with pytest.raises(StoreDamagedError, match=f"table '{table}'"):
        Store.open(file.parent, write=False)


def test_truncation_is_detected(whole: Path, tmp_path: Path) -> None:
    """Only bytes at the end that hold nothing may be missing."""
    expected, draw = contents(whole), random.Random(5)
    original = (whole / store_file.DATABASE).read_bytes()
    lengths = [0, 1, 50, 100, 4096, len(original) - 4096] + [draw.randrange(len(original) - 4096) for _ in range(44)]
    for trial, length in enumerate(lengths):
        file = copy(whole, tmp_path / str(trial))
        assert detected(file, original[:length], expected), f"{length} of {len(original)} bytes"


def test_foreign_files_and_tables_are_not_taken_for_a_store(whole: Path, tmp_path: Path) -> None:
    text = copy(whole, tmp_path / "text")
    text.write_text("not a database, but long enough to be read as one" * 100)
    with pytest.raises(StoreDamagedError):
        Store.open(text.parent, write=False)
    foreign = copy(whole, tmp_path / "foreign")
    foreign.unlink()
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE photos (name TEXT)")
    connection.close()
    with pytest.raises(StoreDamagedError, match="application_id"):
        Store.open(foreign.parent, write=False)
    added = copy(whole, tmp_path / "added")
    with sqlite3.connect(added) as connection:
        connection.execute("CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM findings; END")
    connection.close()
    with pytest.raises(StoreDamagedError, match="trigger"):
        Store.open(added.parent, write=False)


@pytest.mark.parametrize(("version", "which"), [(0, "older"), (2, "newer")])
def test_another_version_is_refused_and_left_alone(whole: Path, tmp_path: Path, version: int, which: str) -> None:
    file = copy(whole, tmp_path / "copy")
    with sqlite3.connect(file) as connection:
        connection.execute(f"PRAGMA user_version={version}")
    connection.close()
    before = file.read_bytes()
    for write in (False, True):
        with pytest.raises(StoreVersionError, match=f"{which} version of opdiff"):
            Store.open(file.parent, write=write)
    assert file.read_bytes() == before


def test_reading_where_there_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is none"):
        Store.open(tmp_path / "missing", write=False)
    assert not (tmp_path / "missing").exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write"):
        Store.open(tmp_path / "file" / "store")


def save_many(store: Store) -> None:
    for number in range(1000):
        store.save_finding(RUN.id, finding(f"later {number}", detail={"text": "y" * 5000}))


def in_child(action: str, folder: Path, *, uid: int | None = None, file_size: int | None = None) -> str:
    """Exception text of an action on the store in a process with fewer rights or a limit on the size of files."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        text = "nothing raised"
        try:
            if file_size:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))
            if uid:
                os.setgid(uid)
                os.setuid(uid)
            if action == "read":
                text = str(len(contents(folder)[1]))  # type: ignore[arg-type]
            else:
                with Store.open(folder) as store:
                    save_many(store)
        except StoreError as error:
            text = f"{type(error).__name__}: {error}"
        except BaseException as error:
            text = repr(error)
        os.write(writing, text.encode()[:4000])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said


def test_a_full_disk_loses_nothing(whole: Path, tmp_path: Path) -> None:
    """The limit on the size of a file stands for the disk's end: the kernel refuses the write in the same place."""
    file = copy(whole, tmp_path / "copy")
    for extra in (10_000, 50_000, 111_111):
        size = file.stat().st_size
        said = in_child("write", file.parent, file_size=size + extra)
        assert said.startswith(f"StoreError: store {file.parent}")
        assert "cannot" in said
        runs, found, _ = contents(file.parent)
        assert runs == [RUN]
        assert {finding(str(number)).id for number in range(NUMBER)} <= {f.id for f in found}  # type: ignore[attr-defined]


def test_a_full_database_loses_nothing_and_can_go_on(whole: Path, tmp_path: Path) -> None:
    file = copy(whole, tmp_path / "copy")
    with Store.open(file.parent) as store:
        pages = store._connection.exec_driver_sql("PRAGMA page_count").scalar()
        store._connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        store._connection.rollback()
        with pytest.raises(StoreError, match="full"):
            save_many(store)
        before = len(store.findings())
        assert before >= NUMBER
        store._connection.exec_driver_sql("PRAGMA max_page_count=100000")
        store._connection.rollback()
        store.save_finding(RUN.id, finding("room again", detail={"text": "y" * 5000}))
        assert len(store.findings()) == before + 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user, for whom the folder is read-only")
def test_a_read_only_folder_can_be_read_and_refuses_writing(whole: Path, tmp_path: Path) -> None:
    folder = copy(whole, Path("/tmp") / f"opdiff-read-only-{os.getpid()}").parent  # where every user may look
    try:
        folder.chmod(0o755)
        before = (folder / store_file.DATABASE).read_bytes()
        assert in_child("read", folder, uid=65534) == str(NUMBER)
        assert in_child("write", folder, uid=65534).startswith("StoreError: store")
        assert (folder / store_file.DATABASE).read_bytes() == before
    finally:
        shutil.rmtree(folder)
