"""The nightly script, run for real: quiet over the same versions, loud on what is new, and honest about what was lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nights import ROOT, Nights

from benchmarks.nights import PATCH


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


@pytest.mark.timeout(900)
def test_seven_nights_are_quiet_and_a_new_bug_on_the_eighth_stands_alone(nights: Nights) -> None:
    first = nights.night(1)
    assert first.returncode == 1, first.stderr  # the old framework's bug is new, once
    known = [finding["id"] for finding in nights.report()["findings"]]
    assert known
    reason = ("--reason", "the bias of the last channel is forgotten; we add it ourselves")
    assert nights.opdiff("baseline", "add", *known, *reason).returncode == 0
    for seed in range(2, 8):
        night = nights.night(seed)
        assert night.returncode == 0, night.stdout + night.stderr
        report = nights.report()
        assert report["sections"]["new"] == 0
        assert {finding["id"] for finding in report["findings"]} <= set(known)
    eighth = nights.night(8, bug="wrong dtype")
    assert eighth.returncode == 1, eighth.stderr
    report = nights.report()
    new = [finding for finding in report["findings"] if finding["section"] == "new"]
    assert {finding["fingerprint"]["framework"] for finding in new} == {"young"}
    assert {finding["fingerprint"]["kind"] for finding in new} == {"dtype"}
    assert report["findings"][: len(new)] == new  # on top of the report
    assert report["headline"] == f"{len(new)} new findings"
    ninth = nights.night(9)
    assert ninth.returncode == 0, ninth.stderr
    runs = [run["id"] for run in nights.opdiff_json("list", "runs")]
    assert len(runs) == 9
    changes = {one["id"]: one["change"] for one in nights.opdiff_json("diff", runs[1], runs[0])}
    assert {changes[finding["id"]] for finding in new} == {"fixed"}


def test_a_new_finding_of_a_known_cause_is_shown_and_does_not_fail_the_night(nights: Nights) -> None:
    nights.words = "conv:aligned --targets old --cases 100"
    assert nights.night(1).returncode == 1
    causes = nights.report()["causes"]
    assert causes
    strongest = [cause["findings"][0] for cause in causes]
    assert nights.opdiff("baseline", "add", *strongest, "--cause", "--reason", "we add it ourselves").returncode == 0
    nights.words = "conv:nominal --targets old --cases 100"
    second = nights.night(2)
    assert second.returncode == 0, second.stdout + second.stderr
    report = nights.report()
    assert {finding["fingerprint"]["operator"] for finding in report["findings"]} >= {"conv:nominal"}
    assert (report["sections"]["new"], report["headline"]) == (0, "Nothing new")
    (nights.folder / "opdiff-baseline.toml").unlink()
    shutil.rmtree(nights.folder / ".opdiff")
    assert nights.night(2).returncode == 1  # it is the baseline that covers them


def test_a_shard_that_left_nothing_is_lost_and_said(nights: Nights) -> None:
    assert nights.night(1, "shard", "1/3").returncode == 0
    assert nights.night(1, "shard", "3/3").returncode == 0
    night = nights.night(1, "report", "3")
    assert night.returncode == 3
    assert "shard 2 left no store" in night.stderr
    assert "shard 2/3: no run" in night.stdout
    assert (nights.folder / "opdiff-report.html").exists()
    report = nights.report()
    assert report["run"]["lost"] == ["shard 2/3: no run"]
    assert report["run"]["cases"] >= 400  # nothing of the others is lost


def test_the_shards_of_a_night_are_what_one_run_draws(nights: Nights, tmp_path: Path) -> None:
    """Two shards of as many blocks each as the one run has of all."""
    nights.words, nights.count = "conv:aligned --targets old --cases 96", 2
    assert nights.night(5).returncode == 1
    together = nights.report()
    shards = [nights.opdiff_json("list", "runs", "--store", f".opdiff-shards/{number}")[0] for number in (1, 2)]
    assert together["run"]["cases"] == sum(shard["cases"] for shard in shards)
    shutil.rmtree(nights.folder / ".opdiff")
    assert nights.opdiff("run", *nights.words.split()[:3], "--cases", "192", "--seed", "5").returncode == 1
    alone = nights.report()
    assert {one["id"] for one in together["findings"]} == {one["id"] for one in alone["findings"]}


def test_running_the_report_again_changes_nothing(nights: Nights) -> None:
    nights.words, nights.count = "conv:aligned --targets old --cases 60", 2
    assert nights.night(3).returncode == 1
    before = nights.report()
    again = nights.night(3, "report", "2")
    assert (again.returncode, "nothing is new" in again.stderr) == (1, True)
    assert nights.report() == before


def test_the_words_are_checked(nights: Nights) -> None:
    for words in (("shard", "2"), ("shard", "0/2"), ("shard",), ("report", "two"), ("evening",)):
        night = nights.night(1, *words)
        assert (night.returncode, night.stderr.startswith("nightly: ")) == (2, True), words
    assert nights.night(1, "report", "2").returncode == 2  # no shard ran
    assert nights.night(1, "shard", "3/2").returncode == 2
    frameworks = subprocess.run(
        ["bash", str(ROOT / ".ci" / "frameworks"), "weekly"], capture_output=True, text=True, check=False
    )
    assert (frameworks.returncode, "expected released or nightly" in frameworks.stderr) == (2, True)


def test_the_benchmark_tells_new_causes_from_new_findings(nights: Nights) -> None:
    kept = nights.folder / "kept"
    words = ("--nights", "1", "--folder", str(kept), "--run", "conv --targets old --cases 60")
    ended = [nights.benchmark(*words, "--seed", seed) for seed in "12"]
    first, second = (one.stderr.split() for one in ended)
    number, _, met, fresh, covered, new, causes, code, _ = map(int, first)
    assert (number, met == fresh == new > 0, covered, 0 < causes <= new, code) == (1, True, 0, True, 1)
    number, _, met, fresh, covered, new, causes, code, _ = map(int, second)
    assert (number, met > 0, covered == fresh, new, causes, code) == (2, True, True, 0, 0, 0)
    assert "# Nothing new" in (kept / "report.md").read_text()


@pytest.mark.frameworks
def test_the_bug_that_the_benchmark_plants_in_torch(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(PATCH)
    text = """if True:
        import torch
        ones = torch.ones(1, 2, 1, 1)
        for groups in (1, 2):
            kernel = torch.ones(2, 2 // groups, 1, 1)
            print(torch.nn.functional.conv2d(ones, kernel, torch.ones(2), groups=groups).flatten().tolist())
    """
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", text], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.stdout == "[3.0, 3.0]\n[2.0, 1.0]\n", ended.stderr


@pytest.mark.frameworks
def test_a_night_on_real_frameworks(nights: Nights) -> None:
    nights.words = "exp conv_transpose:aligned --targets torch,tensorflow --cases 40"
    night = nights.night(20260131)
    assert night.returncode in (0, 1), night.stderr
    report = nights.report()
    assert report["run"]["cases"] >= 40
    assert {cell["target"] for cell in report["matrix"]} >= {"torch:cpu:eager", "tensorflow:cpu:eager"}
    page = (nights.folder / "opdiff-report.html").read_text()
    assert "conv_transpose" in page
