"""Usage and configuration errors: the argument, its value and the rule; help."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import ROOT, Fake, Run, check_schema, in_process


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


def test_a_bad_configuration_never_exits_with_zero(opdiff: Run, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.opdiff]\nseeds = 1\n")
    for arguments in (("run",), ("list", "operators"), ("run", "--format", "json")):
        answer = opdiff(*arguments)
        assert answer.code == 2
        assert "unknown key 'seeds'; did you mean 'seed'?" in answer.err + answer.out


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from harness import cli\n"
        "try: cli.main(['run', '--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('numpy','sqlalchemy','hypothesis','rich','jinja2','torch') if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, text=True, capture_output=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_without_a_command_the_help_is_an_error(tmp_path: Path) -> None:
    done = in_process([], tmp_path)
    assert done.returncode == 2
    assert "Usage: opdiff" in done.stderr
    done = in_process(["--version"], tmp_path)
    assert (done.returncode, done.stdout.split()[0]) == (0, "opdiff")
