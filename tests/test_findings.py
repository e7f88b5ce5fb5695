"""docs/findings.md: every script still shows its finding on the pinned releases, and every reported defect is a row that explains it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pytest
from forking import Done, Forking
from last_words import FRESH, LAST_WORDS
from scripted import conv, transposed

from harness import operator
from harness.case import Case, Described, Died, InputSpec, Outcome, Returned, Target
from harness.compare import Judgement, judge
from harness.meaning import Accuracy
from harness.values import generate

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "docs" / "findings"
PAGE = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")


def differing() -> list[str]:
    """Frameworks that are installed in another version than the tested one. TensorFlow has two distributions: one is enough."""
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line)
    installed = {}
    for name in ("torch", "tensorflow", "tensorflow-cpu", "keras", "tf_keras", "jax"):
        try:
            installed[name] = version(name).split("+")[0]
        except PackageNotFoundError:
            installed[name] = "none"
    tensorflow = {installed.pop("tensorflow"), installed.pop("tensorflow-cpu")} - {"none"}
    installed["tensorflow"] = ", ".join(sorted(tensorflow)) or "none"
    return [f"{name} {found}, tested {pinned[name]}" for name, found in installed.items() if found != pinned[name]]


def processor() -> str:
    """What Linux says of the processors."""
    path = Path("/proc/cpuinfo")
    return path.read_text() if path.exists() else ""


def surroundings() -> dict[str, str]:
    """The environment of a script: nothing that turns a framework's switches, and no accelerator."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "TF_ENABLE", "KERAS"))}
    return {**kept, "CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"}


def framework(script: str) -> str:
    """The framework that a script imports, Keras with its backend: ``keras-jax``; nothing where only processes of its own import one."""
    backend = re.search(r'^os\.environ\["KERAS_BACKEND"\] = "(\w+)"$', script, re.M)
    imported = re.search(r"^(?:import|from) (jax|tensorflow|torch)\b", script, re.M)
    return f"keras-{backend[1]}" if backend else imported[1] if imported else ""


@pytest.fixture(scope="module")
def fork() -> Iterator[Callable[[str], Forking]]:
    """By the name of a framework the process that has imported it, which is started when it is first asked for."""
    with ExitStack() as running:

        @cache
        def started(name: str) -> Forking:
            module, _, backend = name.partition("-")
            return running.enter_context(Forking([module], surroundings() | {"KERAS_BACKEND": backend or "tensorflow"}))

        yield started


def run_fresh(path: Path, folder: Path) -> Done:
    """A script in an interpreter of its own, as a reader runs it."""
    command = [sys.executable, "-I", str(path)]
    done = subprocess.run(command, env=surroundings(), cwd=folder, capture_output=True, text=True, timeout=200)
    return Done(done.returncode, done.stdout, done.stderr)


def check_finding(name: str, done: Done) -> None:
    assert done.returncode == 1, f"{name} exits with {done.returncode}\n{done.stderr}"
    assert LAST_WORDS[name] in done.stderr, done.stderr
    assert "control" not in re.sub(r"^ .*", "", done.stderr, flags=re.M), done.stderr  # source lines are indented


@pytest.mark.frameworks
@pytest.mark.parametrize("name", LAST_WORDS)
def test_a_finding_is_still_there(name: str, tmp_path: Path, fork: Callable[[str], Forking]) -> None:
    if differing():
        pytest.skip(f"the findings are those of the pinned releases: {'; '.join(differing())}")
    if "bfloat16" in name and "avx512_bf16" not in processor():
        pytest.skip("the bfloat16 findings need a processor with AVX512_BF16")
    path = SCRIPTS / f"{name}.py"
    imported = framework(path.read_text(encoding="utf-8"))
    done = fork(imported).run(path, tmp_path) if imported and name not in FRESH else run_fresh(path, tmp_path)
    check_finding(name, done)


def test_a_framework_has_a_finding_that_an_interpreter_of_its_own_shows() -> None:
    found = {name: framework((SCRIPTS / f"{name}.py").read_text(encoding="utf-8")) for name in LAST_WORDS}
    assert {found[name] for name in FRESH} == set(found.values()) - {""}


def test_a_script_turns_no_switch_before_the_import_that_is_not_turned_for_all() -> None:
    """What a framework reads when it is imported must be the same in the process that is forked."""
    for name in LAST_WORDS:
        script = (SCRIPTS / f"{name}.py").read_text(encoding="utf-8")
        backend = framework(script).partition("-")[2]
        turned = dict(re.findall(r'^os\.environ\["(\w+)"\] = "(.*)"$', script, re.M))
        assert turned.items() <= (surroundings() | {"KERAS_BACKEND": backend}).items(), name


def test_a_forked_script_is_a_process_of_its_own(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    with Forking(["json"], surroundings()) as forking:

        def run(text: str) -> Done:
            script.write_text(text)
            return forking.run(script, tmp_path)

        assert run("import json, os; json.dumps = None; os.environ['A'] = 'b'; print(__name__)") == Done(
            0, "__main__\n", ""
        )
        assert run("import json, os, sys; sys.exit(f'{json.dumps(1)} {os.environ.get(\"A\")}')") == Done(
            1, "", "1 None\n"
        )
        assert run("import os; os.abort()").returncode == -signal.SIGABRT
        failed = run("assert False, 'so it is'")
        assert (failed.returncode, failed.stderr.splitlines()[-1]) == (1, "AssertionError: so it is")
        assert run("import sys; print('harness' in sys.modules)").stdout == "False\n"


def test_every_script_is_run_and_described() -> None:
    scripts = {path.stem for path in SCRIPTS.glob("*.py")}
    assert scripts == set(LAST_WORDS) == set(re.findall(r"\(findings/(\w+)\.py\)", PAGE))


def test_every_reported_row_is_described_with_its_source() -> None:
    rows = {row.name: row for op in operator.load().values() for row in op.known if row.status == "reported"}
    assert rows
    for row in rows.values():
        assert re.split(r";|: | and ", row.source)[0] in PAGE, row.name


def judged(case: Case, target: str, outcome: Outcome) -> Judgement:
    op = operator.get(case.operator)
    arrays = {name: generate(spec) for name, spec in case.inputs.items()}
    return judge(op, case, Target.parse(target), op.meaning(case, arrays), outcome, Accuracy())


def with_inputs(case: Case, **specs: InputSpec) -> Case:
    return replace(case, inputs={**case.inputs, **specs})


def volume(dilation: int) -> Case:
    inputs = {
        "x": InputSpec((1, 1, 3, 3, 3), "float32", "exact", 1),
        "w": InputSpec((1, 1, 3, 3, 3), "float32", "exact", 2),
    }
    parameters = {
        "stride": (1,) * 3,
        "dilation": (dilation,) * 3,
        "groups": 1,
        "window": ((0, 7),) * 3,
        "batched": True,
    }
    return Case("conv_transpose:aligned", inputs, parameters)


CHECK = "mkl_layout_pass.cc:2704] Check failed: INVALID_ARGUMENT: Attr dilations has value 4294967295 out of range for an int32"
ABORTED = Died("SIGABRT", CHECK)
NO_DILATION = Returned((np.zeros((1, 1, 5, 5, 5), np.float32),))
WRONG = Returned((np.zeros((1, 1, 7, 7, 7), np.float32),))
SUM = Described(((2, 3, 2),), ("float32",))
BAD_BIAS = with_inputs(conv(), b=InputSpec((4,), "float32"))
BAD_TRANSPOSED_BIAS = with_inputs(transposed(), b=InputSpec((4,), "float32"))


@pytest.mark.parametrize(
    ("name", "case", "target", "outcome"),
    [
        ("tensorflow-int32-abort", conv(dilation=(2**31,)), "tensorflow", ABORTED),
        ("keras-tensorflow-int32-abort", conv(stride=(2**31,)), "keras-tensorflow", ABORTED),
        ("tf-keras-int32-abort", transposed(stride=(2**31, 1)), "tf-keras", ABORTED),
        ("", conv(dilation=(2**31 - 1,)), "tensorflow", ABORTED),
        ("", conv(dilation=(2**31,)), "torch", ABORTED),
        ("tf-keras-volume-dilation-shape", volume(2), "tf-keras", NO_DILATION),
        ("tf-keras-volume-dilation-value", volume(2), "tf-keras", WRONG),
        ("", volume(1), "tf-keras", WRONG),
        ("", volume(2), "tensorflow", WRONG),
        ("keras-torch-float64-sum", conv("float64"), "keras-torch:cpu:abstract", SUM),
        ("keras-jax-x64-float64-sum", conv("float64"), "keras-jax-x64:cpu:abstract", SUM),
        ("", conv("float64"), "keras-tensorflow:cpu:abstract", SUM),
        ("torch-meta-groups", conv(groups=2), "torch:cpu:abstract", SUM),
        ("torch-meta-bias", BAD_BIAS, "torch:cpu:abstract", SUM),
        ("torch-meta-bias", BAD_TRANSPOSED_BIAS, "torch:cpu:abstract", SUM),
        ("", BAD_BIAS, "jax:cpu:abstract", SUM),
        ("", conv(dilation=(0,)), "torch:cpu:abstract", SUM),
    ],
)
def test_a_reported_row_explains_its_defect_only(name: str, case: Case, target: str, outcome: Outcome) -> None:
    if name == "torch-meta-groups":  # three kernels of one channel in two groups
        case = with_inputs(case, w=InputSpec((3, 1, 3), "float32"))
    judgement = judged(case, target, outcome)
    assert judgement.disagreement, judgement
    assert (judgement.known.name if judgement.known else "") == name, judgement.disagreement.cause
