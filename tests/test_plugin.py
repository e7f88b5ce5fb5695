"""The pytest plug-in, on a framework that costs no import: what passes, what fails and what it shows, what is skipped or refused."""

from __future__ import annotations

import fnmatch
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from plugged import HEAD, RIGHT, WRONG, findings, opdiff, run, script_in, user

from harness.case import Kind
from harness.store import Store

__all__ = ["user"]
pytest_plugins = ["pytester"]


def test_the_plug_in_is_an_entry_point() -> None:
    points = {point.name: point.value for point in importlib.metadata.entry_points(group="pytest11")}
    assert points["opdiff"] == "harness.testing.plugin"


def test_a_right_operator_passes_without_configuration(user: pytest.Pytester) -> None:
    user.makepyfile(test_own=RIGHT)
    result = run(user)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["run *, seed 0: 1 operator, 100 cases on 1 target; store .opdiff"])
    with Store.open(user.path / ".opdiff", write=False) as store:
        [record] = store.runs()
        assert (record.state, record.operators, record.cases) == ("finished", ("test_own.test_softsign",), 100)
        assert store.findings() == []


def test_a_wrong_operator_fails_with_case_identifier_and_script(user: pytest.Pytester) -> None:
    user.makepyfile(test_own=WRONG)
    result = run(user)
    result.assert_outcomes(failed=1)
    [identifier] = findings(user.path / ".opdiff")
    result.stdout.fnmatch_lines(
        [
            f"finding {identifier}: value, value, reproduced 3 of 3 times",
            "*small:cpu:eager gives y[[]3[]] = 1.5; the float32 result is 0.5*",
            "*smallest case: test_own.test_softsign: x float32[[]4[]] ones",
            f"*again: opdiff replay {identifier} --import test_own.py",
            "*seed 0:*",
        ]
    )
    script = user.path / "reproducer.py"
    script.write_text(script_in(result.stdout.str()))
    assert "harness" not in script.read_text()
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "y[3] is 1.5; expected 0.5" in ran.stderr
    framework = user.path / "small_framework.py"
    framework.write_text(framework.read_text().replace("+= 1", "+= 0"))
    assert subprocess.run([sys.executable, script], check=False).returncode == 0


def test_a_stored_finding_is_replayed_where_its_module_is_imported(user: pytest.Pytester) -> None:
    user.makepyfile(test_own=WRONG)
    run(user, "--opdiff-cases", "12")
    [identifier] = findings(user.path / ".opdiff")
    again = opdiff(user, "replay", identifier, "--import", "test_own.py")
    assert (again.returncode, again.stdout.splitlines()[-1]) == (1, f"{identifier}: still there")
    alone = opdiff(user, "replay", identifier)
    assert alone.returncode == 2
    assert "unknown operator 'test_own.test_softsign': it is defined in module test_own" in alone.stderr
    assert "--import" in alone.stderr
    (user.path / "pyproject.toml").write_text('[tool.opdiff]\nimports = ["test_own.py"]\n')
    assert opdiff(user, "replay", identifier).returncode == 1
    assert re.search("test_own.test_softsign +outside +small ", opdiff(user, "list", "operators").stdout)
    script = opdiff(user, "repro", identifier)
    assert (script.returncode, "import small_framework as small" in script.stdout) == (0, True)


def test_what_an_earlier_session_found_runs_again_and_is_fixed(user: pytest.Pytester) -> None:
    user.makepyfile(test_own=WRONG)
    run(user, "--opdiff-seed", "5", "--opdiff-cases", "12").assert_outcomes(failed=1)
    [identifier] = findings(user.path / ".opdiff")
    user.makepyfile(test_own=RIGHT)
    run(user, "--opdiff-cases", "4").assert_outcomes(passed=1)
    changes = opdiff(user, "diff", *_runs(user))
    assert re.search(rf"^fixed +{identifier} ", changes.stdout, re.MULTILINE), changes.stdout


def _runs(user: pytest.Pytester) -> list[str]:
    with Store.open(user.path / ".opdiff", write=False) as store:
        return [record.id for record in reversed(store.runs())]


def test_a_crash_is_a_finding_and_pytest_goes_on(user: pytest.Pytester) -> None:
    user.makepyfile(test_own=RIGHT.replace("small.softsign(x)", "small.crash(x)"), test_two=RIGHT)
    result = run(user, "--opdiff-cases", "8")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        ["finding *: died, value*", "*small:cpu:eager*SIGABRT*", "*smallest case: * x float32[[]4[]]*"]
    )
    with Store.open(user.path / ".opdiff", write=False) as store:
        assert [finding.fingerprint.kind for finding in store.findings()] == [Kind.DIED]


KERNELS = """
import numpy as np

def squash(x, *, factor):
    return (factor * (x / (1 + np.abs(x)))).astype(x.dtype)

def wrong(x):
    return x + (x.size > 3)
"""

WAYS = (
    HEAD
    + """
from hypothesis import strategies as st
from harness.operators.functions import absolute
import own_kernels

def own(x):
    return helper(x)

def helper(x):
    return (x / (1 + np.abs(x))).astype(x.dtype)

@differential(calls={"small": own}, ulps=2)
def test_own_function(x):
    return x / (1 + np.abs(x))

@differential(calls={"small": own_kernels.squash}, ulps=4, parameters={"factor": (0.5, 2.0)})
def test_other_module(x, factor):
    return factor * x / (1 + np.abs(x))

@differential(calls={"small": "own_kernels:squash"}, ulps=4, parameters={"factor": (1.0,)}, shapes=[(2, 3), (0,)])
def test_path(x, factor):
    return factor * x / (1 + np.abs(x))

@differential(calls={"small": "small.softsign(x)"}, formula=True, dtypes=("float32", "float16"))
def test_formula(x):
    return x / (1 + absolute(x))

@differential(calls={"small": "x * x + small.np.zeros_like(y)"}, ulps=0, dtypes=("int32", "uint8"), broadcast=True)
def test_broadcast(x, y):
    return x * x + 0 * y

@differential(
    calls={"small": "small.np.take(x, small.np.zeros(y.shape, int))"}, ulps=0,
    shapes=st.integers(1, 5).map(lambda n: {"x": (n,), "y": (2, n)}),
)
def test_shapes(x, y):
    return np.broadcast_to(x[0], y.shape)
"""
)


def test_calls_bounds_and_shapes_are_given_in_many_ways(user: pytest.Pytester) -> None:
    user.makepyfile(own_kernels=KERNELS, test_own=WAYS)
    result = run(user, "--opdiff-cases", "40")
    result.assert_outcomes(passed=6)
    with Store.open(user.path / ".opdiff", write=False) as store:
        [record] = store.runs()
        assert (len(record.operators), record.cases >= 6 * 40) == (6, True)
        assert {entry.operator for entry in store.statistics(record.id)} == set(record.operators)
        refused = [entry for entry in store.statistics(record.id) if entry.counts.get("agreed_refusal")]
        assert {entry.operator for entry in refused} == {"test_own.test_broadcast"}


def test_the_script_of_a_kernel_in_another_module_imports_it(user: pytest.Pytester) -> None:
    text = RIGHT.replace("small.softsign(x)", "own_kernels:wrong").replace("x / (1 + np.abs(x))", "x")
    user.mkpydir("checks")
    kernels = user.mkdir("kernels") / "own_kernels.py"
    kernels.write_text(KERNELS)
    (user.path / "checks" / "test_own.py").write_text(text)
    (user.path / "pytest.ini").write_text("[pytest]\npythonpath = kernels\nopdiff_cases = 20\n")
    result = run(user)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*again: opdiff replay * --import checks/test_own.py"])
    script = user.path / "reproducer.py"
    script.write_text(script_in(result.stdout.str()))
    assert "# It imports own_kernels: PYTHONPATH must lead there." in script.read_text().splitlines()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(kernels.parent), str(user.path)])}
    ran = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, "AssertionError: y[" in ran.stderr) == (1, True)


def test_processes_of_xdist_write_one_run(user: pytest.Pytester) -> None:
    user.makepyfile(test_one=RIGHT, test_two=WRONG, test_plain="def test_plain():\n    pass\n")
    result = run(user, "-n", "2", "--opdiff-cases", "20")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["run *, seed 0: 2 operators, 40 cases on 1 target; store .opdiff"])
    with Store.open(user.path / ".opdiff", write=False) as store:
        [record] = store.runs()
        [finding] = store.findings(record.id)
        assert record.operators == ("test_one.test_softsign", "test_two.test_softsign")
        assert (record.new, finding.first_run) == ((finding.id,), record.id)


def test_a_target_that_cannot_run_it_is_a_reason_to_skip(user: pytest.Pytester) -> None:
    absent = RIGHT.replace('"small": "small.', '"absent": "absent.')
    broken = RIGHT.replace('"small": "small.', '"broken": "broken.')
    user.makepyfile(test_absent=absent, test_broken=broken, test_one=RIGHT)
    result = run(user, "-rs", "--opdiff-cases", "4")
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines(
        [
            "SKIPPED*no target can run test_absent.test_softsign: not installed: no-such-distribution",
            "SKIPPED*no target can start: broken:cpu: RuntimeError: nothing to run on",
        ]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--opdiff-targets", "smal"], "opdiff: targets 'smal': unknown target 'smal'; did you mean 'small'?"),
        (["--opdiff-targets", "absent"], "opdiff: *absent cannot start: not installed: no-such-distribution"),
        (["--opdiff-targets", "broken"], "*opdiff: target 'broken:cpu' cannot start: RuntimeError: nothing to run on*"),
        (["--opdiff-cases", "many"], "opdiff: cases 'many': expected a whole number from 1*"),
        (["-o", "opdiff_time=soon"], "opdiff: time 'soon': expected a positive time*"),
    ],
)
def test_what_cannot_be_used_is_an_error_and_not_a_result(
    user: pytest.Pytester, arguments: list[str], message: str
) -> None:
    user.makepyfile(test_one=RIGHT.replace("small", "broken") if "broken" in arguments else RIGHT)
    result = run(user, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert any(fnmatch.fnmatch(line.removeprefix("ERROR: "), message) for line in [*result.outlines, *result.errlines])


def test_what_could_not_be_stored_is_kept(user: pytest.Pytester) -> None:
    user.makepyfile(test_one=WRONG)
    (user.path / ".opdiff").write_text("no folder")
    result = run(user, "--opdiff-cases", "12")
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    [kept] = re.findall(r"^what the tests found is kept: opdiff merge (\S+) ", result.stdout.str(), re.MULTILINE)
    assert len(findings(Path(kept))) == 1
    shutil.rmtree(Path(kept).parent)


def test_a_module_that_no_worker_can_import_is_neither_passed_nor_skipped(user: pytest.Pytester) -> None:
    guard = "import os\nif 'OPDIFF_WORKER' in os.environ:\n    raise ImportError('not here')\n"
    user.makepyfile(test_own=guard + RIGHT)
    result = run(user)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*in the worker of small:cpu, test_own cannot be imported: ImportError: not here"])


def test_a_module_that_no_worker_can_import_fails_its_own_tests_alone(user: pytest.Pytester) -> None:
    guard = "import os\nif 'OPDIFF_WORKER' in os.environ:\n    raise ImportError('not here')\n"
    kernel = RIGHT.replace("small.softsign(x)", "no_kernels:softsign")
    user.makepyfile(test_before=RIGHT, test_guarded=guard + RIGHT, test_kernel=kernel, test_own=WRONG)
    result = run(user, "--opdiff-cases", "20")
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines(
        [
            "opdiff: in the worker of small:cpu, test_guarded cannot be imported: ImportError: not here",
            "*no_kernels:softsign cannot be imported: ModuleNotFoundError: No module named 'no_kernels'",
            "test_own.test_softsign: 1 finding in 20 cases on small:cpu:*",
            "run *: 2 operators, 40 cases on 1 target; store .opdiff",
        ]
    )
    assert result.stdout.str().count("cannot be imported") == 2


def test_a_reference_that_fails_is_an_error_of_the_test(user: pytest.Pytester) -> None:
    late = "return x / (1 + np.abs(x)) if x.size < 100 else x.no_such"
    user.makepyfile(test_own=RIGHT.replace("return x / (1 + np.abs(x))", late), test_two=RIGHT)
    result = run(user, "--opdiff-cases", "40")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*ReferenceFailed: reference test_softsign failed on float64*: AttributeError*"])


def test_settings_of_command_line_marker_and_file_and_what_is_no_operator(user: pytest.Pytester) -> None:
    decorated = RIGHT.replace("@differential", "import pytest\n\n@pytest.mark.opdiff(cases=8)\n@differential")
    user.makepyfile(
        test_marked=decorated,
        test_file=RIGHT,
        test_typo=decorated.replace("cases=8", "caess=8"),
        test_other="def test_other(opdiff):\n    opdiff.check('softsign')\n",
    )
    (user.path / "pytest.ini").write_text("[pytest]\nopdiff_cases = 12\naddopts = --strict-markers\n")
    result = run(user)
    result.assert_outcomes(passed=2, failed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*opdiff: marker opdiff: unknown setting 'caess'; did you mean 'cases'?",
            "*TypeError: operator 'softsign': expected what harness.testing.differential declares*",
            "run *: 2 operators, 20 cases on 1 target*",
        ]
    )
    result = run(user, "test_marked.py", "--opdiff-cases", "4")
    result.stdout.fnmatch_lines(["run *: 1 operator, 4 cases*"])


def test_pytest_works_without_it(user: pytest.Pytester) -> None:
    user.makepyfile(test_plain="def test_plain():\n    pass\n")
    run(user, "-p", "no:opdiff").assert_outcomes(passed=1)
    assert not (user.path / ".opdiff").exists()


def test_everyone_else_pays_for_nothing() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import harness.testing.plugin; print(set(sys.modules) - before)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    foreign = {name for name in eval(loaded) if name.partition(".")[0] not in sys.stdlib_module_names}
    assert foreign == {"harness", "harness.testing", "harness.testing.plugin"}
