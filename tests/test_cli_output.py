"""What a terminal, a continuous-integration log and a pipe get."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from commands import ROOT, Fake, Run, bugs


def test_colour_follows_the_environment(opdiff: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.findings = bugs(1)
    assert "\x1b[" not in opdiff("run").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in opdiff("run").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in opdiff("run").out


def test_hostile_text_reaches_no_terminal(
    opdiff: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hostile = "\x1b]0;title\x07\u202e100% [bold]red[/bold]\r\n::error::stolen,a:b"
    fake.findings = [replace(bugs(1)[0], sentence=hostile)]
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    answer = opdiff("run")
    assert answer.code == 1
    for text in (answer.out, answer.err, opdiff("list", "findings").out):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\r" not in text
        assert "[bold]" in text
    commands = [line for line in answer.err.splitlines() if line.startswith("::")]
    assert len(commands) == 1
    assert commands[0].startswith("::error title=opdiff ")
    assert "100%25" in commands[0]
    assert fake.findings[0].id in (tmp_path / "summary.md").read_text()


def test_the_step_summary_stays_below_its_limit(
    opdiff: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("x" * 1_000_000)
    fake.findings = [replace(finding, sentence="long " * 400) for finding in bugs(60)]
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    opdiff("run")
    assert 1_000_000 < summary.stat().st_size <= 1000 * 1024
    summary.write_text("x" * 1_023_500)
    opdiff("run", "--store", "other")
    assert summary.stat().st_size == 1_023_500


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = f"{sys.executable} -m harness.cli list operators | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environment, text=True, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")
