"""Commands on a store that is damaged, missing, unwritable or in use."""

from __future__ import annotations

from pathlib import Path

from commands import Run

from harness.store import Store


def test_a_damaged_store_is_moved_aside_by_run_and_refused_elsewhere(opdiff: Run, tmp_path: Path) -> None:
    assert opdiff("run").code == 0
    (tmp_path / ".opdiff" / "opdiff.sqlite").write_bytes(b"SQLite format 3\0" + bytes(5000))
    answer = opdiff("list", "runs", "--format", "json")
    assert answer.code == 3
    assert "damaged" in answer.json["error"]
    answer = opdiff("run")
    assert answer.code == 0
    assert "moved aside to" in answer.err
    assert len(opdiff("list", "runs", "--format", "json").json) == 1


def test_no_store_and_an_unwritable_one(opdiff: Run, tmp_path: Path) -> None:
    answer = opdiff("list", "findings")
    assert answer.code == 2
    assert "there is none" in answer.err
    (tmp_path / "file").write_text("")
    answer = opdiff("run", "--store", "file/store")
    assert answer.code == 3
    assert "file/store" in answer.err


def test_two_runs_on_one_store(opdiff: Run, tmp_path: Path) -> None:
    with Store.open(tmp_path / ".opdiff"):
        answer = opdiff("run")
    assert answer.code == 3
    assert "one run at a time" in answer.err
