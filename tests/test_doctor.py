"""The doctor: what starts is said with its versions, what does not with the reason."""

from __future__ import annotations

from dataclasses import replace

import pytest
from planted.adapter import Planted

from harness import discovery, doctor
from harness.discovery import AdapterInfo
from reports import terminal

PLANTED = AdapterInfo("planted", "planted.adapter:Planted", Planted.table, Planted.modes, ("cpu", "cuda"))


def test_what_starts_and_what_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    infos = {
        "planted": PLANTED,
        "absent": replace(PLANTED, name="absent", devices=("cpu",), requires=("no_such_package",)),
        "failing": replace(PLANTED, name="failing", devices=("cpu",), path="planted.adapter:NoSuchClass"),
        "broken": AdapterInfo("broken", "a:b", problem="a:b cannot be imported: ImportError: reason"),
    }
    monkeypatch.setattr(discovery, "adapters", lambda: infos)
    monkeypatch.setattr("harness.workers.adapters", lambda: infos)
    monkeypatch.setattr(discovery, "devices_here", lambda: ("cpu",))
    examined = doctor.examine()
    found = {report.worker: report for report in examined.targets}
    assert found["planted:cpu"].started
    assert found["planted:cpu"].seconds > 0
    assert found["planted:cuda"].reason == "this machine shows no cuda device"
    assert found["absent:cpu"].reason == "not installed: no_such_package"
    assert "NoSuchClass" in found["failing:cpu"].reason
    assert "ImportError: reason" in found["broken:cpu"].reason
    text = terminal.doctor(examined)
    for word in (*found, "not installed: no_such_package", examined.sqlite, "numpy"):
        assert word in text


@pytest.mark.parametrize(
    ("version", "noted"), [((3, 7, 0), True), ((3, 51, 2), True), ((3, 51, 3), False), ((3, 6, 23), False)]
)
def test_the_note_on_sqlite(monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], noted: bool) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", version)
    monkeypatch.setattr(doctor, "start_all", lambda: ())
    assert bool(doctor.examine().sqlite_note) == noted


def test_the_machine_is_stated_without_what_changes_between_runs() -> None:
    doctor.environment.cache_clear()
    first = doctor.environment()
    doctor.environment.cache_clear()
    assert doctor.environment() == first
    assert {"system", "cpu", "cores", "memory", "python"} <= set(first)
