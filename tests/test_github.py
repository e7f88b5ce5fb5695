"""What GitHub Actions is told: commands that are one line each and say what was found, and a summary that is never too large."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hostile import hostile_store, payloads
from samples import sample_finding, sample_findings, sample_run, sample_store

from reports import github, view
from reports.terminal import finding_line


def read(line: str) -> tuple[str, str, str]:
    """A workflow command as the runner reads it: name, title, text."""
    command = re.fullmatch(r"::(\w+) title=([^,:]*)::(.*)", line)
    assert command, line
    title = command[2].replace("%3A", ":").replace("%2C", ",")
    return command[1], plain(title), plain(command[3])


def plain(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_every_command_says_what_was_found_whatever_the_strings_are() -> None:
    texts = payloads()
    for start in range(0, len(texts), 5):
        store = hostile_store(texts[start : start + 5])
        report = view.build(store.run, store.records, store.rows)
        shown = [cause.strongest for cause in report.section("new").causes]
        lines = github.annotations(report)
        assert len(lines) == len(shown)
        for line, finding in zip(lines, shown, strict=True):
            name, title, text = read(line)
            assert name == "error"
            assert title.startswith(f"opdiff {finding.id}: ")
            assert text.startswith(finding_line(finding))
            assert not re.search("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", line)


def test_a_percent_sign_is_not_an_escape() -> None:
    finding = sample_finding(1)
    text = "100%0A::error::stolen, a:b"
    assert plain(github.escape(text)) == text
    assert ":" not in github.escape_property(text)
    assert "," not in github.escape_property(text)
    assert read(github.annotations(view.build(sample_run([finding]), [finding], []))[0])[2].startswith(finding.id)


def test_ten_annotations_at_most() -> None:
    findings = sample_findings(400)
    report = view.build(sample_run(findings, fresh=300), findings, [])
    assert len(report.section("new").causes) > 10
    assert len(github.annotations(report)) == 10


@pytest.mark.parametrize("used", [0, 500_000, 1_020_000])
def test_the_summary_takes_the_room_that_is_left(tmp_path: Path, used: int) -> None:
    path = tmp_path / "summary.md"
    path.write_text("x" * used)
    store = sample_store(5_000)
    report = view.build(store.run, store.records, store.rows)
    assert github.write_summary(report, {"GITHUB_STEP_SUMMARY": str(path)})
    assert used < path.stat().st_size <= github.SUMMARY_BYTES
    assert report.headline in path.read_text()


def test_without_room_or_place_there_is_no_summary(tmp_path: Path) -> None:
    report = view.build(sample_run(), [], [])
    assert not github.write_summary(report, {})
    (tmp_path / "full").write_text("x" * (github.SUMMARY_BYTES - 100))
    assert not github.write_summary(report, {"GITHUB_STEP_SUMMARY": str(tmp_path / "full")})
