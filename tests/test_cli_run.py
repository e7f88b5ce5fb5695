"""`opdiff run`: exit codes, targets, interrupts and how to go on, precedence. The campaign is a fake."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from commands import INFOS, Fake, Run, bugs, check_schema
from samples import sample_findings

from harness import campaign, discovery, operator
from harness.campaign import Plan, Progress
from harness.case import Target
from harness.cli.options import ExitCode
from harness.records import RunRecord, Severity
from harness.store import Store


def test_a_run_without_findings(opdiff: Run, fake: Fake) -> None:
    answer = opdiff("run", "--seed", "7")
    assert answer.code == 0
    assert "seed 7" in answer.err
    assert "seed 7" in answer.out
    assert "Nothing new" in answer.out
    (plan,) = fake.plans
    assert set(plan.operators) >= {"conv:aligned", "conv_transpose:nominal"}
    assert plan.seconds == 60.0
    assert plan.cases is None
    assert not plan.named
    assert {str(t) for t in plan.targets if t.device == "cpu"} == {
        f"{framework}:cpu:{mode}" for framework in ("torch", "jax", "keras-torch") for mode in ("eager", "abstract")
    }


def test_new_bugs_make_it_one(opdiff: Run, fake: Fake) -> None:
    fake.findings = bugs(2)
    answer = opdiff("run")
    assert answer.code == 1
    assert all(finding.id in answer.out and finding.sentence[:60] in answer.out for finding in fake.findings)
    assert all(finding.id in answer.err for finding in fake.findings)
    assert opdiff("run", "--exit-zero", "--store", "other").code == 0


def test_ambiguities_and_known_differences_never_fail_a_run(opdiff: Run, fake: Fake) -> None:
    fake.findings = [finding for finding in sample_findings(24) if finding.severity != Severity.BUG]
    assert {finding.severity for finding in fake.findings} == {Severity.AMBIGUITY, Severity.KNOWN}
    answer = opdiff("run")
    assert answer.code == 0
    assert "Ambiguities (" in answer.out
    assert "Known differences (" in answer.out


def test_a_lost_target_is_a_fault_and_named(opdiff: Run, fake: Fake) -> None:
    fake.lost, fake.findings = ("torch:cpu",), bugs(1)
    answer = opdiff("run", "--exit-zero")
    assert answer.code == 3
    assert "lost during the run: torch:cpu" in answer.out


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (campaign.TargetUnavailable("torch:cuda:eager", "no card"), 2),
        (campaign.AccountingError("3 planned, 2 booked"), 3),
        (campaign.NothingRan("no target is available"), 4),
        (RuntimeError("a defect"), 3),
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_errors_have_their_codes(opdiff: Run, fake: Fake, error: Exception, code: int, form: str) -> None:
    fake.error = error
    answer = opdiff("run", "--format", form)
    assert answer.code == code
    if form == "json":
        check_schema("error", answer.json)
        assert answer.json["exit_code"] == code
        assert str(error) in answer.json["error"]
    else:
        assert not answer.out
        assert str(error) in answer.err


def test_an_interrupt_says_how_to_go_on(opdiff: Run, fake: Fake) -> None:
    fake.error = KeyboardInterrupt()
    answer = opdiff("run", "torch_is_not_an_operator")
    assert answer.code == 2
    answer = opdiff("run", "conv", "--targets", "torch", "--seed", "5", "--shard", "2/3", "--store", "here")
    assert answer.code == 130
    assert "opdiff run --resume 20260101-000000-abcd --store here" in answer.err
    fake.error = None
    assert opdiff("run", "--resume", "20260101", "--store", "here").code == 0
    first, second = fake.plans
    assert (second.operators, second.targets, second.seed, second.shard) == (
        first.operators,
        first.targets,
        first.seed,
        first.shard,
    )
    assert second.resume == "20260101-000000-abcd"
    answer = opdiff("run", "--resume", "20260101", "--store", "here")
    assert answer.code == 2
    assert "is finished" in answer.err


def test_sigterm_is_told_from_sigint(opdiff: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(plan: Plan, store: Store, progress: Progress, **others: Any) -> RunRecord:
        fake.run(plan, store, progress)
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("the signal was not delivered")

    monkeypatch.setattr(campaign, "run", killed)
    answer = opdiff("run", "--format", "json")
    assert answer.code == 143
    assert answer.json["name"] == "terminated"
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_targets_and_devices(opdiff: Run, fake: Fake) -> None:
    assert opdiff("run", "--targets", "torch,jax:cpu:compiled,keras-*:cpu", "--devices", "cuda").code == 0
    assert list(map(str, fake.plans[0].targets)) == [
        "torch:cuda:eager",
        "torch:cuda:abstract",
        "jax:cpu:compiled",
        "keras-torch:cpu:eager",
        "keras-torch:cpu:abstract",
    ]
    assert fake.plans[0].named


def test_no_framework_installed(opdiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "adapters", lambda: {"absent": INFOS["absent"]})
    answer = opdiff("run")
    assert answer.code == 4
    assert "absent: not installed: no_such_package" in answer.err


def test_precedence(opdiff: Run, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.opdiff]\noperators = ['conv']\ntargets = ['jax:cpu']\ntime = '5m'\ntimeout = 3\nseed = 1\nstore = 'kept'\n"
    )
    assert opdiff("run").code == 0
    monkeypatch.setenv("OPDIFF_SEED", "2")
    monkeypatch.setenv("OPDIFF_TIME", "7s")
    assert opdiff("run").code == 0
    assert opdiff("run", "conv_transpose:nominal", "--seed", "3", "--targets", "torch:cpu:eager").code == 0
    assert [plan.seed for plan in fake.plans] == [1, 2, 3]
    assert [plan.seconds for plan in fake.plans] == [300.0, 7.0, 7.0]
    assert [plan.timeout for plan in fake.plans] == [3.0] * 3
    assert [plan.operators for plan in fake.plans] == [("conv:aligned", "conv:nominal")] * 2 + [
        ("conv_transpose:nominal",)
    ]
    assert fake.plans[0].targets == (Target("jax"), Target("jax", "cpu", "abstract"))
    assert (tmp_path / "kept" / "opdiff.sqlite").exists()
    assert not (tmp_path / ".opdiff").exists()
    assert len(opdiff("list", "runs", "--format", "json").json) == 1


def test_run_prints_the_json_report(opdiff: Run, fake: Fake) -> None:
    fake.findings = bugs(1)
    answer = opdiff("run", "--format", "json")
    assert answer.code == 1
    check_schema("report", answer.json)
    assert answer.json["findings"][0]["id"] == fake.findings[0].id


def test_exit_codes_are_those_that_users_were_promised() -> None:
    promised = {"OK": 0, "FOUND": 1, "USAGE": 2, "FAULT": 3, "NOTHING_RAN": 4, "INTERRUPTED": 130, "TERMINATED": 143}
    assert {code.name: code.value for code in ExitCode} == promised


def test_a_run_of_all_operators_takes_them_in_an_order_of_its_seed(opdiff: Run, fake: Fake) -> None:
    for arguments in (("--seed", "1"), ("--seed", "1"), ("--seed", "2"), ("exp", "conv", "--seed", "1")):
        assert opdiff("run", *arguments).code == 0
    first, again, other, named = (plan.operators for plan in fake.plans)
    assert first == again != other
    assert sorted(first) == sorted(other) == sorted(operator.load())
    assert named == ("exp", "conv:aligned", "conv:nominal")
