"""`opdiff report`, `opdiff repro` and `opdiff replay` on stored findings."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from commands import INFOS, Run, check_schema
from samples import SCRIPT

from harness import discovery, replay
from harness.records import FindingRecord
from harness.replay import Replayed
from harness.store import Store


def test_reports_are_written_and_their_paths_printed(opdiff: Run, stored: list[FindingRecord], tmp_path: Path) -> None:
    answer = opdiff("report")
    assert (answer.code, answer.out) == (0, ".opdiff/report.html\n")
    assert stored[0].id in (tmp_path / ".opdiff" / "report.html").read_text()
    names = {kind: f"out/a.{kind}" for kind in ("html", "json", "junit", "markdown")}
    arguments = [word for kind, path in names.items() for word in (f"--{kind}", path)]
    answer = opdiff("report", *arguments, "--run", "20260101", "--format", "json")
    assert answer.code == 0
    check_schema("written", answer.json)
    assert answer.json["written"] == names
    assert all(stored[0].id in Path(path).read_text() for path in names.values())
    answer = opdiff("report", "--run", "nope")
    assert answer.code == 2
    assert "did you mean" in answer.err or "known:" in answer.err
    answer = opdiff("report", "--html", "pyproject.toml/x.html")
    assert answer.code == 0
    assert opdiff("report", "--html", "pyproject.toml/x.html/y.html").code == 3


def test_repro(opdiff: Run, stored: list[FindingRecord], tmp_path: Path) -> None:
    identifier = stored[0].id
    answer = opdiff("repro", identifier[:8])
    assert answer.code == 0
    assert answer.out.rstrip() == SCRIPT.rstrip()
    answer = opdiff("repro", identifier, "-o", "script.py")
    assert (answer.code, answer.out) == (0, "")
    assert (tmp_path / "script.py").read_text().rstrip() == SCRIPT.rstrip()
    answer = opdiff("repro", "zzzz")
    assert answer.code == 2
    assert "unknown finding 'zzzz'" in answer.err


@pytest.mark.parametrize(("still", "code"), [(True, 1), (False, 0)])
def test_replay(
    opdiff: Run, stored: list[FindingRecord], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, still: bool, code: int
) -> None:
    asked: list[Any] = []

    def again(case: Any, targets: Any, fingerprint: Any, **limits: Any) -> Replayed:
        asked.append((case, set(targets), fingerprint))
        return Replayed((), stored[0].outcomes, still, {})

    monkeypatch.setattr(replay, "replay", again)
    everything = {
        name: replace(INFOS["torch"], name=name, modes=("eager", "graph", "compiled", "abstract"))
        for name in {outcome.target.split(":")[0] for outcome in stored[0].outcomes}
    }
    monkeypatch.setattr(discovery, "adapters", lambda: everything)
    answer = opdiff("replay", stored[0].id)
    assert answer.code == code
    assert ("still there" if still else "gone") in answer.out
    answer = opdiff("repro", stored[0].id, "--format", "json")
    check_schema("case", answer.json)
    (tmp_path / "case.json").write_text(answer.out)
    answer = opdiff("replay", "case.json", "--format", "json")
    assert answer.code == code
    check_schema("replay", answer.json)
    assert asked[0] == asked[1]
    assert asked[0][0] == stored[0].case
    assert asked[0][2] == stored[0].fingerprint
    case = {**json.loads((tmp_path / "case.json").read_text())["case"], "parameters": {}}
    (tmp_path / "other.json").write_text(json.dumps({"case": case, "targets": []}))
    monkeypatch.setattr(replay, "replay", lambda case, *others, **limits: case.parameters["stride"])
    answer = opdiff("replay", "other.json")
    assert answer.code == 2
    assert "cannot take its parameters: KeyError: 'stride'" in answer.err
    (tmp_path / "case.json").write_bytes(b"\x80\x04N.")
    answer = opdiff("replay", "case.json")
    assert answer.code == 2
    assert "a pickle" in answer.err


def test_a_finding_whose_script_cannot_be_written(
    opdiff: Run, stored: list[FindingRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its adapter cannot be imported here."""

    def refuse(finding: FindingRecord) -> str:
        raise ModuleNotFoundError("No module named 'nowhere'")

    monkeypatch.setattr("reports.reproducer.script", refuse)
    other = replace(stored[0], fingerprint=replace(stored[0].fingerprint, cause="another"), script="")
    with Store.open(Path(".opdiff")) as store:
        store.save_finding(store.run().id, other)
    answer = opdiff("repro", other.id)
    assert (answer.code, answer.out) == (2, "")
    assert "no script can be written: No module named 'nowhere'" in answer.err
