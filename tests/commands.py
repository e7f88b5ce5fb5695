"""Commands for tests: called as the entry point does, with a campaign that stores what a run would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from samples import SCRIPT, sample_findings, sample_run, sample_statistics

from harness import campaign, cli, discovery
from harness.campaign import Plan, Progress
from harness.records import FindingRecord, RunRecord, Severity
from harness.store import Store

ROOT = Path(__file__).parents[1]

INFOS = {
    name: discovery.AdapterInfo(name, f"nowhere:{name}", name, ("eager", "compiled", "abstract"), ("cpu", "cuda"))
    for name in ("torch", "jax", "keras-torch")
} | {"absent": discovery.AdapterInfo("absent", "nowhere:a", "a", ("eager",), ("cpu",), requires=("no_such_package",))}


@dataclass
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Fake:
    """A campaign that stores sample findings and remembers its plan."""

    findings: list[FindingRecord] = field(default_factory=list)
    error: BaseException | None = None
    lost: tuple[str, ...] = ()
    plans: list[Plan] = field(default_factory=list)

    def run(self, plan: Plan, store: Store, progress: Progress, **others: Any) -> RunRecord:
        self.plans.append(plan)
        record = replace(
            sample_run(self.findings),
            id="20260101-000000-abcd",
            seed=plan.seed,
            operators=plan.operators,
            targets=tuple(map(str, plan.targets)),
            new=tuple(finding.id for finding in self.findings),
            lost=self.lost,
            plan={"targets": list(map(str, plan.targets)), "shard": list(plan.shard)},
        )
        store.begin(replace(record, state="running"))
        progress.started(record)
        for finding in self.findings:
            progress.found(store.save_finding(record.id, finding), True)
        if self.error:
            store.finish(replace(record, state="interrupted"))
            raise self.error
        store.save_statistics(record.id, sample_statistics())
        store.finish(record)
        progress.advanced(record, sample_statistics())
        progress.finished(record)
        return record


Run = Callable[..., Answer]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Fake:
    """The fake campaign, in a folder and an environment of its own."""
    for name in (
        "CI",
        "GITHUB_ACTIONS",
        "NO_COLOR",
        "FORCE_COLOR",
        *(n for n in os.environ if n.startswith("OPDIFF_")),
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(discovery, "adapters", lambda: INFOS)
    made = Fake()
    monkeypatch.setattr(campaign, "run", made.run)
    return made


@pytest.fixture
def opdiff(fake: Fake, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as the entry point does."""

    def run(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as ended:
            cli.main(list(arguments))
        said = capsys.readouterr()
        return Answer(int(ended.value.code or 0), said.out, said.err)

    return run


def bugs(count: int) -> list[FindingRecord]:
    """Sample findings that make a run fail."""
    return [f for f in sample_findings(4 * count) if f.severity == Severity.BUG][:count]


@pytest.fixture
def stored(opdiff: Run, fake: Fake) -> list[FindingRecord]:
    """A store with a run of three findings."""
    fake.findings = [replace(finding, script=SCRIPT) for finding in bugs(3)]
    opdiff("run")
    return fake.findings


def check_schema(name: str, document: Any) -> None:
    schema = json.loads((ROOT / "reports" / "schemas" / f"{name}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)


def in_process(arguments: list[str], folder: Path, **facts: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "harness.cli", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, **facts)
