"""`opdiff report` on what cannot be reported, and to where nothing can be written: a message, an exit code, nothing lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commands import Fake, Run, bugs, check_schema
from sarif.loader import load_sarif_file

from harness.records import FindingRecord
from harness.store import Store
from reports import files
from reports.files import write_whole

FORMS = ("html", "json", "junit", "markdown", "sarif")


def test_every_form_is_written_and_named(opdiff: Run, stored: list[FindingRecord], tmp_path: Path) -> None:
    answer = opdiff("report", *(word for form in FORMS for word in (f"--{form}", f"out/{form}")), "--format", "json")
    assert answer.code == 0
    check_schema("written", answer.json)
    assert answer.json["written"] == {form: f"out/{form}" for form in FORMS}
    for form in FORMS:
        text = (tmp_path / "out" / form).read_text()
        assert all(finding.id in text for finding in stored)
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(FORMS)


def test_without_a_store_or_a_run(opdiff: Run, tmp_path: Path) -> None:
    answer = opdiff("report")
    assert answer.code == 2
    assert "there is none" in answer.err
    assert not list(tmp_path.iterdir())
    with Store.open(tmp_path / ".opdiff"):
        pass
    answer = opdiff("report", "--json", "report.json")
    assert answer.code == 2
    assert "no runs yet" in answer.err
    assert not (tmp_path / "report.json").exists()


@pytest.mark.parametrize("content", [b"SQLite format 3\0" + bytes(5000), b"not a database", b""])
def test_a_damaged_store_is_said_and_left_as_it_is(opdiff: Run, stored: Any, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / ".opdiff" / "opdiff.sqlite"
    file.write_bytes(content)
    (tmp_path / "report.html").write_text("of yesterday")
    answer = opdiff("report", "--html", "report.html", "--format", "json")
    assert answer.code in (2, 3)
    check_schema("error", answer.json)
    assert str(Path(".opdiff")) in answer.json["error"]
    assert file.read_bytes() == content
    assert (tmp_path / "report.html").read_text() == "of yesterday"


def test_a_run_that_does_not_exist(opdiff: Run, stored: Any, tmp_path: Path) -> None:
    answer = opdiff("report", "--run", "nonsense", "--sarif", "report.sarif")
    assert answer.code == 2
    assert "--run 'nonsense'" in answer.err
    assert not (tmp_path / "report.sarif").exists()


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_cannot_be_written(opdiff: Run, stored: Any, tmp_path: Path, form: str) -> None:
    (tmp_path / "file").write_text("kept")
    answer = opdiff("report", f"--{form}", "file/report")
    assert answer.code == 3
    assert "cannot write 'file/report': Not a directory" in answer.err
    assert (tmp_path / "file").read_text() == "kept"
    (tmp_path / "folder").mkdir()
    answer = opdiff("report", f"--{form}", "folder")
    assert answer.code == 2
    assert "'folder' is a directory" in answer.err
    answer = opdiff("report", f"--{form}", "/dev/full")
    assert answer.code == 3
    assert "cannot write '/dev/full': No space left on device" in answer.err


def test_two_reports_need_two_files(opdiff: Run, stored: Any, tmp_path: Path) -> None:
    answer = opdiff("report", "--json", "same", "--html", "./same")
    assert answer.code == 2
    assert "--json and --html" in answer.err
    assert "each report needs a file of its own" in answer.err
    assert not (tmp_path / "same").exists()


def test_a_baseline_that_cannot_be_used(opdiff: Run, stored: Any, tmp_path: Path) -> None:
    (tmp_path / "opdiff-baseline.toml").write_text("[[finding]]\nidd = 1\n")
    answer = opdiff("report")
    assert answer.code == 2
    assert "unknown key 'idd'; did you mean 'id'?" in answer.err
    answer = opdiff("report", "--baseline", "missing.toml")
    assert answer.code == 2
    assert "missing.toml" in answer.err


def test_the_reason_of_the_baseline_reaches_the_report(
    opdiff: Run, stored: list[FindingRecord], fake: Fake, tmp_path: Path
) -> None:
    opdiff("baseline", "add", stored[0].id, "--reason", "lived with")
    opdiff("run")
    assert opdiff("report", "--sarif", "a.sarif").code == 0
    results = {
        result["partialFingerprints"]["opdiffFinding/v1"]: result["suppressions"]
        for result in load_sarif_file(str(tmp_path / "a.sarif")).get_results()
    }
    assert [entry["justification"] for entry in results[stored[0].id]] == ["lived with"]
    assert results[stored[1].id] == []


def test_an_interrupted_run_can_be_reported(opdiff: Run, fake: Fake, tmp_path: Path) -> None:
    fake.findings, fake.error = bugs(2), KeyboardInterrupt()
    assert opdiff("run").code == 130
    assert opdiff("report", "--json", "report.json").code == 0
    document = json.loads((tmp_path / "report.json").read_text())
    check_schema("report", document)
    assert document["run"]["state"] == "interrupted"
    assert {finding["id"] for finding in document["findings"]} == {finding.id for finding in fake.findings}


def test_stdout_is_a_file_too(opdiff: Run, stored: Any) -> None:
    write_whole(Path("/dev/null"), b"x")
    assert Path("/dev/null").is_char_device()


def test_a_write_that_fails_leaves_the_file_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report"
    write_whole(path, b"of yesterday")

    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fdopen", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"of today")
    assert [entry.name for entry in tmp_path.iterdir()] == ["report"]
    assert path.read_bytes() == b"of yesterday"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "report").symlink_to(tmp_path / "kept" / "report")
    write_whole(tmp_path / "report", b"text")
    assert (tmp_path / "report").is_symlink()
    assert (tmp_path / "kept" / "report").read_bytes() == b"text"
