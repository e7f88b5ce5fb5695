"""Scripts as they stand in reports, run on the frameworks: they fail while the finding is there; compiled code by the form's rules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from issue_texts import fences, recorded

from harness import operator
from harness.case import GRADIENT, Case, InputSpec, Kind, Target
from harness.draw import draw_block
from harness.meaning import Rule
from harness.records import FindingRecord, Fingerprint, OutcomeSummary
from harness.values import arrays_of
from reports.bug_report import bug_report
from reports.bug_report.compiled import TOLERANCES, compiled_script, qualification
from reports.bug_report.rules import check_compiled, widened

pytestmark = pytest.mark.frameworks

ONE = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


def run(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A script in an interpreter of its own that sees nothing of opdiff."""
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | ONE
    return subprocess.run(
        [sys.executable, "-I", str(path)], env=environment, cwd=folder, text=True, capture_output=True
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("torch", "expected -0.13758769968125972 within 0.000379"),
        ("torch_compiled", "Mismatched elements: 1 / 4"),
        ("tensorflow", "Incompatible shapes: [1,2] vs. [1,3]"),
        ("jax", "is nan; expected"),
        ("keras_torch", "y has the shape (); expected (1,)"),
        ("keras_tensorflow", "expected 3.141592653589793"),
    ],
)
def test_the_script_of_a_report_fails_as_the_finding_says(name: str, words: str, tmp_path: Path) -> None:
    (script,) = fences(bug_report(recorded(name)).text(), "python")
    done = run(script, tmp_path)
    assert done.returncode == 1
    assert words in done.stderr


def test_a_difference_within_the_default_tolerances_does_not_qualify(tmp_path: Path) -> None:
    finding = recorded("torch_compiled_accurate")
    report = bug_report(finding)
    reason = "does not qualify: within the default tolerances from eager (rtol 1.3e-06, atol 1e-05)"
    assert report.cautions == (f"Do not file this as a fuzzer's report about torch.compile: it {reason}.",)
    assert "does not qualify" in report.body
    done = run(fences(report.body, "python")[0], tmp_path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "ok: compiled code agrees with eager by the rules")


# What qualifies, by what is stored.


def test_a_wrong_value_qualifies() -> None:
    finding = recorded("torch_compiled")
    assert qualification(finding).sentence.startswith("qualifies by what is stored: beyond the default tolerances")
    assert "topic: fuzzer" in " ".join(bug_report(finding).checklist)


def _stored(finding: FindingRecord, target: str, **changes: object) -> FindingRecord:
    """The finding with another outcome of one target."""
    outcomes = (replace(one, **changes) if one.target == target else one for one in finding.outcomes)  # type: ignore[arg-type]
    return replace(finding, outcomes=tuple(outcomes))


def test_what_stored_results_say_by_the_rules() -> None:
    finding = recorded("torch_compiled")
    eager, compiled = "torch:cpu:eager", "torch:cpu:compiled"
    exact = 79.23987230619117
    for value, holds, words in (
        (exact * (1 + 5e-7), False, "within the default tolerances"),
        (exact * (1 + 5e-5), False, "within 0.0001 of eager"),
        (exact * 1.01, True, "beyond the default tolerances"),
    ):
        judged = qualification(_stored(finding, compiled, arrays=([value, "nan", "nan", "nan"],)))
        assert (judged.holds, words in judged.reason) == (holds, True)
    wide = _stored(finding, eager, arrays=([exact * 1.01, "nan", "nan", "nan"],))
    judged = qualification(_stored(wide, compiled, arrays=([exact * 0.99, "nan", "nan", "nan"],)))
    assert judged.sentence == (
        "does not qualify: no farther from the float64 result than eager (torch._dynamo.utils.same)"
    )
    assert qualification(_stored(finding, eager, verdict="disagreed")).reason.startswith(
        "eager is wrong on this case too"
    )
    alone = replace(finding, outcomes=tuple(one for one in finding.outcomes if one.target != eager))
    assert qualification(alone).sentence == "may qualify: eager was not run on this case; the script compares with it"
    assert qualification(_stored(finding, compiled, arrays=(None,))).reason.startswith("not all results are stored")
    raised = replace(finding, fingerprint=replace(finding.fingerprint, kind=Kind.RAISED))
    assert qualification(raised).sentence == "qualifies by what is stored: eager is right, and no tolerance is involved"


def _argmax(regime: str, compiled: int) -> FindingRecord:
    """The index of the largest of three numbers as compiled code gives it: of 1, 1, 1 or of 1, 2, 3."""
    case = Case("argmax", {"x": InputSpec((3,), "float32", regime)}, {"axis": 0, "keepdims": False})
    target, first = Target("torch", "cpu", "compiled"), 0 if regime == "ones" else 2
    mark = Fingerprint("argmax", "value", "value", "torch", "y: wrong values")
    result = OutcomeSummary(str(target), "returned", "", ((),), ("int64",), (compiled,), verdict="disagreed")
    outcomes = (
        OutcomeSummary("oracle (first)", "oracle", "", ((),), ("int64",), (first,)),
        replace(result, target="torch:cpu:eager", arrays=(first,), verdict="agreed"),
        result,
    )
    return FindingRecord(mark, "bug", "gives another index", case, target, (str(target),), {}, outcomes)


def test_indices_among_ties_are_not_compared() -> None:
    assert qualification(_argmax("ones", 1)).sentence == (
        "does not qualify: x[y] is the extreme: indices among ties are not compared"
    )
    assert qualification(_argmax("arange", 0)).holds is True
    (block,) = fences(bug_report(_argmax("arange", 0)).body, "python")
    assert "assert_close" not in block
    assert "check_property" in block


def test_a_kind_without_results_keeps_its_own_script() -> None:
    finding = recorded("torch_compiled")
    died = replace(finding, fingerprint=replace(finding.fingerprint, kind=Kind.DIED), script="import torch")
    with pytest.raises(ValueError, match="nothing to compare"):
        compiled_script(died)
    report = bug_report(died)
    assert fences(report.body, "python") == ["import torch\n"]
    assert "there are no results to compare" in report.body
    assert any("security policy" in wish for wish in report.checklist)


def test_each_family_has_scripts_by_the_rules(tmp_path: Path) -> None:
    """One operator in four, with code that is compiled to what it was: all agree, values and gradients."""
    target, programs = Target("torch", "cpu", "compiled"), {}
    for key in sorted(operator.load())[::4]:
        for case in _cases(key):
            mark = Fingerprint(key, case.quantity, "value", "torch", "cause")
            finding = FindingRecord(mark, "bug", "differs", case, target, (str(target),))
            programs[f"{key} {case.quantity}"] = compiled_script(finding).replace(COMPILED, "lambda *x: function(*x)")
    assert len(programs) > 60
    (tmp_path / "programs.json").write_text(json.dumps(programs))
    done = run(RUNNER, tmp_path)
    assert done.returncode == 0, done.stderr
    said = [json.loads(line[1:]) for line in done.stdout.splitlines() if line.startswith("@")]
    assert [answer for answer in said if answer[1][0] != "ok"] == []
    assert len(said) == len(programs)


def _cases(key: str) -> list[Case]:
    """A value and a gradient of one structure that torch computes."""
    op = operator.get(key)
    for drawn in draw_block(op.structures(), key, 4, 1, 6):
        case = drawn.case
        layouts = {spec.layout for spec in case.inputs.values()}
        plain = (
            not case.parameters.get("hostile") and "reversed" not in layouts and case.dtype in ("float32", "float64")
        )
        if plain and op.select("torch", case, "compiled") is not None:
            cases = op.cases(case, 32)
            if op.meaning(cases[0], arrays_of(cases[0])).rule is Rule.COMPUTE:
                return [cases[0], *[one for one in cases if one.quantity == GRADIENT][:1]]
    return []


# The rules on real tensors, and with compiled code that was made wrong.


def test_the_tolerances_are_those_of_torch() -> None:
    torch = pytest.importorskip("torch")
    from torch.testing._comparison import default_tolerances

    for name, tolerances in TOLERANCES.items():
        assert default_tolerances(getattr(torch, name)) == tolerances
    assert default_tolerances(torch.int32) == (0.0, 0.0)


def test_the_comparison_is_that_of_the_rules() -> None:
    torch = pytest.importorskip("torch")
    from torch._dynamo.utils import same

    exact = torch.tensor([1.0, 1e30, float("nan"), float("inf")], dtype=torch.float64)
    eager = exact.to(torch.float32)
    check_compiled(torch, same, eager, eager * (1 + 1e-6), exact)
    with pytest.raises(AssertionError, match="Mismatched elements: 2 / 4"):
        check_compiled(torch, same, eager, eager * 1.01, exact)
    check_compiled(torch, same, eager * 1.01, eager * 0.99, exact)  # no farther than eager
    with pytest.raises(AssertionError, match="dtype"):
        check_compiled(torch, same, eager, eager.half(), exact)
    with pytest.raises(AssertionError, match="shape"):
        check_compiled(torch, same, eager, eager[:2], exact)
    with pytest.raises(AssertionError, match="Mismatched elements: 3 / 4"):
        check_compiled(torch, same, eager, torch.full((4,), torch.inf), exact)
    assert widened(torch, torch.ones(2, dtype=torch.bfloat16)).dtype == torch.float64
    assert widened(torch, torch.ones(2, dtype=torch.complex64)).dtype == torch.complex128
    assert widened(torch, torch.ones(2, dtype=torch.int8)).dtype == torch.int8


COMPILED = "torch.compile(function, dynamic=False)"
RUNNER = """
import json
for name, text in json.load(open("programs.json")).items():
    names = {"__name__": name}
    try:
        exec(compile(text, name, "exec"), names)
        answer = "ok"
    except AssertionError as error:
        answer = str(error)
    same = all(map(names["torch"].equal, names["eager"], names["compiled"]))
    print("@" + json.dumps([name, [answer, same]]), flush=True)
"""


def test_scripts_of_compiled_code_that_was_made_wrong(tmp_path: Path) -> None:
    """In one process, because the import of torch costs seconds."""
    acosh = compiled_script(recorded("torch_compiled"))
    assert COMPILED in acosh
    x = next(line for line in acosh.splitlines() if line.startswith("x = "))
    dropout = acosh.replace("torch.acosh(x)", "torch.nn.functional.dropout(x, 0.5)").replace(
        x, "x = np.ones(64, 'float32')"
    )
    seed = next(line for line in dropout.splitlines() if "torch.manual_seed(0)" in line)
    programs = {
        "ties": compiled_script(_argmax("ones", 1)).replace(COMPILED, "lambda x: function(x) + 1"),
        "wrong index": compiled_script(_argmax("arange", 0)).replace(COMPILED, "lambda x: function(x) * 0"),
        "accurate": acosh.replace(COMPILED, "lambda x: function(x) * (1 + 5e-7)"),
        "wrong value": acosh.replace(COMPILED, "lambda x: function(x) * 1.01"),
        "random": dropout,
        "random without a seed": dropout.replace(seed, ""),
    }
    (tmp_path / "programs.json").write_text(json.dumps(programs))
    done = run(RUNNER, tmp_path)
    assert done.returncode == 0, done.stderr
    said = dict(json.loads(line[1:]) for line in done.stdout.splitlines() if line.startswith("@"))
    assert {name: (answer == "ok", same) for name, (answer, same) in said.items()} == {
        "ties": (True, False),
        "wrong index": (False, False),
        "accurate": (True, False),
        "wrong value": (False, False),
        "random": (True, True),
        "random without a seed": (True, False),
    }
    assert "x[y] is the extreme does not hold" in said["wrong index"][0]
    assert np.isfinite(float(done.stdout.split("error of eager against the float64 baseline: ")[1].split()[0]))
