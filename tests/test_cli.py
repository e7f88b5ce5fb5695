"""The command line: exit codes, JSON, messages, precedence. The campaign is a fake that stores what a run would."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from samples import SCRIPT, sample_findings, sample_run, sample_statistics

from harness import campaign, cli, discovery, doctor, documents, replay
from harness.campaign import Plan, Progress
from harness.case import Target
from harness.cli.options import ExitCode
from harness.records import FindingRecord, RunRecord, Severity
from harness.replay import Replayed
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


def check_schema(name: str, document: Any) -> None:
    schema = json.loads((ROOT / "reports" / "schemas" / f"{name}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)


# run


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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "convv"), "unknown operator 'convv'; did you mean 'conv'?"),
        (("run", "--targets", "tork"), "unknown target 'tork'; did you mean 'torch'?"),
        (("run", "--targets", "torch:gpu"), "unknown device 'gpu'"),
        (("run", "--targets", "torch:cpu:graph"), "unknown mode 'graph'"),
        (("run", "--targets", "a*"), "not installed: no_such_package"),
        (("run", "--targets", "torch,,jax"), "expected names between commas"),
        (("run", "--devices", "cpu,tpu"), "unknown device 'tpu'"),
        (("run", "--cases", "0"), "0 is not in the range"),
        (("run", "--seed", "-1"), "not in the range"),
        (("run", "--time", "soon"), "'soon': expected a positive time"),
        (("run", "--time", "0"), "expected a positive time"),
        (("run", "--memory", "3"), "at least 64M"),
        (("run", "--shard", "4/3"), "expected i/n with 1 <= i <= n"),
        (("run", "--resume", "x", "--seed", "1"), "--resume with --seed"),
        (("run", "--resume", "x", "conv"), "--resume with OPERATOR"),
        (("run", "--resume", "x"), "no runs yet"),
        (("run", "--frobnicate"), "--frobnicate"),
        (("rnu",), "unknown command 'rnu'; did you mean 'run'?"),
        (("list", "runz"), "did you mean 'runs'?"),
        (("explain",), "give either CALL or --decode"),
        (("explain", "torch.nn.Conv2d(1, 1, 3)"), "--input is missing"),
        (("explain", "torch.nn.Conv2d(1, 1, 3)", "--input", "1,2,x"), "--input"),
        (("explain", "torch.nn.Conv2dd(1, 1, 3)", "--input", "1,1,5,5"), "did you mean 'torch.nn.Conv2d'"),
        (("replay", "missing.json"), "No such file"),
        (("report", "--format", "yaml"), "'yaml' is not one of"),
    ],
)
def test_usage_errors_name_argument_value_and_rule(
    opdiff: Run, fake: Fake, arguments: tuple[str, ...], message: str
) -> None:
    answer = opdiff(*arguments)
    assert answer.code == 2
    assert message in answer.err
    assert not answer.out
    assert "Traceback" not in answer.err
    if "--format" not in arguments:
        answer = opdiff(*arguments, "--format", "json")
        assert answer.code == 2
        check_schema("error", answer.json)
        assert message in answer.json["error"] or "No such option" in answer.json["error"]
    assert not fake.plans


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


def test_a_bad_configuration_never_exits_with_zero(opdiff: Run, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.opdiff]\nseeds = 1\n")
    for arguments in (("run",), ("list", "operators"), ("run", "--format", "json")):
        answer = opdiff(*arguments)
        assert answer.code == 2
        assert "unknown key 'seeds'; did you mean 'seed'?" in answer.err + answer.out


# the store


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


# reading


@pytest.fixture
def stored(opdiff: Run, fake: Fake) -> list[FindingRecord]:
    """A store with a run of three findings."""
    fake.findings = [replace(finding, script=SCRIPT) for finding in bugs(3)]
    opdiff("run")
    return fake.findings


def test_lists(opdiff: Run, stored: list[FindingRecord]) -> None:
    for name in ("operators", "targets", "runs", "findings"):
        answer = opdiff("list", name, "--format", "json")
        assert answer.code == 0
        check_schema(name, answer.json)
        assert answer.json
        text = opdiff("list", name)
        assert text.code == 0
        first = answer.json[0]
        assert (first.get("id") or first.get("key") or first["target"]) in text.out
    assert {entry["id"] for entry in opdiff("list", "findings", "--format", "json").json} == {f.id for f in stored}
    assert opdiff("list", "findings", "--run", "nope").code == 2
    assert len(opdiff("list", "findings", "--run", "2026", "--format", "json").json) == 3


def test_list_targets_says_why_not(opdiff: Run, fake: Fake) -> None:
    reasons = {entry["target"]: entry for entry in opdiff("list", "targets", "--format", "json").json}
    assert reasons["torch:cpu:compiled"] == {"target": "torch:cpu:compiled", "available": True, "reason": ""}
    assert reasons["absent:cpu:eager"]["reason"] == "not installed: no_such_package"


def test_run_prints_the_json_report(opdiff: Run, fake: Fake) -> None:
    fake.findings = bugs(1)
    answer = opdiff("run", "--format", "json")
    assert answer.code == 1
    check_schema("report", answer.json)
    assert answer.json["findings"][0]["id"] == fake.findings[0].id


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


def test_doctor(opdiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    started = doctor.TargetReport("torch:cpu", True, {"torch": "2.13.0"}, 1.25, modes=("eager",))
    refused = doctor.TargetReport("jax:cpu", False, reason="not installed: jax")
    monkeypatch.setattr(doctor, "start_all", lambda: (started, refused))
    answer = opdiff("doctor", "--format", "json")
    assert answer.code == 0
    check_schema("doctor", answer.json)
    assert [entry["started"] for entry in answer.json["targets"]] == [True, False]
    assert "not installed: jax" in opdiff("doctor").out


def test_explain(opdiff: Run, fake: Fake) -> None:
    call = "torch.nn.ConvTranspose2d(16, 1, 3, stride=2, padding=1)"
    answer = opdiff("explain", call, "--input", "1,16,12,12", "--format", "json")
    assert answer.code == 0
    assert answer.json["output_shape"] == [1, 1, 23, 23]
    assert "23" in opdiff("explain", call, "--input", "1,16,12,12").out


# what a terminal, CI and a pipe get


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


def in_process(arguments: list[str], folder: Path, **facts: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "harness.cli", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, **facts)


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from harness import cli\n"
        "try: cli.main(['run', '--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('numpy','sqlalchemy','hypothesis','rich','jinja2','torch') if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, text=True, capture_output=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = f"{sys.executable} -m harness.cli list operators | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environment, text=True, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_a_command_the_help_is_an_error(tmp_path: Path) -> None:
    done = in_process([], tmp_path)
    assert done.returncode == 2
    assert "Usage: opdiff" in done.stderr
    done = in_process(["--version"], tmp_path)
    assert (done.returncode, done.stdout.split()[0]) == (0, "opdiff")


# the contracts themselves


def test_exit_codes_are_those_that_users_were_promised() -> None:
    promised = {"OK": 0, "FOUND": 1, "USAGE": 2, "FAULT": 3, "NOTHING_RAN": 4, "INTERRUPTED": 130, "TERMINATED": 143}
    assert {code.name: code.value for code in ExitCode} == promised


@pytest.mark.parametrize("name", documents.DOCUMENTS)
def test_schemas_in_the_repository_are_those_of_the_types(name: str) -> None:
    assert (ROOT / "reports" / "schemas" / f"{name}.json").read_bytes() == documents.schema(name)


def test_adapters_of_the_source_tree_are_found() -> None:
    found: Mapping[str, discovery.AdapterInfo] = discovery.adapters()
    assert {"torch", "tensorflow", "jax", "jax-x64", "keras-jax", "tf-keras"} <= set(found)
    assert found["keras-jax"].environment["KERAS_BACKEND"] == "jax"
    assert found["tf-keras"].path == "harness.adapters.tf_keras:TfKeras"
    assert not any(info.problem for info in found.values())
