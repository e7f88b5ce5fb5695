"""``opdiff bug-report``: what it writes and refuses, and that nothing is posted."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ROOT, Run, check_schema, fake, opdiff  # noqa: F401 - fixtures
from issue_texts import RECORDED, recorded

from harness.records import FindingRecord, RunRecord
from harness.store import Store
from reports.bug_report import bug_report


@pytest.fixture
def kept(tmp_path: Path) -> list[FindingRecord]:
    """A store in the current folder with recorded findings."""
    findings = [recorded(name) for name in (*RECORDED, "known", "ambiguity")]
    run = RunRecord("20260101-000000-aaaa", 1, ("acosh",), ("torch:cpu:eager",), started="2026-01-01T00:00:00+00:00")
    with Store.open(tmp_path / ".opdiff") as store:
        store.begin(run)
        for finding in findings:
            store.save_finding(run.id, finding)
    return findings


def test_the_command(opdiff: Run, kept: list[FindingRecord], tmp_path: Path) -> None:  # noqa: F811
    finding = kept[0]
    answer = opdiff("bug-report", finding.id[:9])
    assert answer.code == 0
    assert answer.out.rstrip() == bug_report(finding, others=kept).text().rstrip()
    answer = opdiff("bug-report", finding.id, "--for", "pytorch", "-o", "issue.md")
    assert (answer.code, answer.out) == (0, "")
    assert (tmp_path / "issue.md").read_text() == bug_report(finding, others=kept).text()
    answer = opdiff("bug-report", finding.id, "--format", "json")
    assert answer.code == 0
    check_schema("bug-report", answer.json)
    assert answer.json["body"] == bug_report(finding).body
    accurate = recorded("torch_compiled_accurate")
    answer = opdiff("bug-report", accurate.id, "-o", "issue.md")
    assert answer.code == 0
    assert "caution: Do not file this as a fuzzer's report" in answer.err


def test_the_command_refuses(opdiff: Run, kept: list[FindingRecord]) -> None:  # noqa: F811
    said = {
        ("bug-report", "zzzz"): "unknown finding 'zzzz'",
        ("bug-report", kept[0].id, "--for", "jax"): "blames torch, not JAX",
        ("bug-report", kept[0].id, "--for", "mxnet"): "'mxnet' is not one of",
        ("bug-report", recorded("known").id): "already reported or documented",
        ("bug-report", recorded("ambiguity").id): "an ambiguity",
        ("bug-report", kept[0].id, "--store", "nowhere"): "there is none",
        ("bug-report", kept[0].id, "--baseline", "nowhere.toml"): "cannot be read",
    }
    for arguments, words in said.items():
        answer = opdiff(*arguments)
        assert answer.code == 2
        assert words in answer.err
        assert answer.out == ""
    answer = opdiff("bug-report", "zzzz", "--format", "json")
    check_schema("error", answer.json)
    assert opdiff("bug-report", kept[0].id, "-o", "no/such/folder.md").code == 3


def test_the_baseline_of_the_folder_is_asked(opdiff: Run, kept: list[FindingRecord]) -> None:  # noqa: F811
    assert (
        opdiff("baseline", "add", kept[0].id, "--reason", "slow", "--upstream", "https://example.invalid/7").code == 0
    )
    answer = opdiff("bug-report", kept[0].id, "--format", "json")
    assert answer.json["cautions"][:1] == [
        "Do not file this: the baseline says that it is reported: https://example.invalid/7"
    ]


NETWORK = {
    "socket",
    "ssl",
    "http",
    "urllib.request",
    "ftplib",
    "smtplib",
    "requests",
    "httpx",
    "aiohttp",
    "webbrowser",
    "subprocess",
}
OFFLINE = """
import sys

def watch(event, arguments):
    if event.split(".")[0] in ("socket", "urllib", "webbrowser", "subprocess") and event != "socket.gethostname":
        raise SystemExit(f"{event} {arguments}")

import harness.cli, harness.discovery
from reports import bug_report
harness.discovery.adapters()
sys.addaudithook(watch)
harness.cli.main(sys.argv[1:])
"""


def test_nothing_is_posted(kept: list[FindingRecord], tmp_path: Path) -> None:
    files = [*(ROOT / "reports" / "bug_report").glob("*.py"), ROOT / "harness" / "cli" / "bug_report.py"]
    assert len(files) > 5
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            assert not NETWORK & {*names, *(name.split(".")[0] for name in names)}
    for finding in kept[1:3]:
        command = [sys.executable, "-c", OFFLINE, "bug-report", finding.id, "--store", str(tmp_path / ".opdiff")]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, env=environment, text=True, capture_output=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert finding.id in done.stdout
