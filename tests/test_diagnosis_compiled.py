"""The diagnosis of what is wrong in compiled code alone: by the frameworks' own compilers, and by a campaign."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras_process
import pytest
from planted.adapter import CompiledOnly
from running import Silent, planted_pool

from harness import campaign, operator
from harness.adapters.base import Adapter
from harness.case import Case, Target
from harness.check import Checked, judge_all
from harness.diagnosis.findings import diagnosed
from harness.diagnosis.probing import Prober
from harness.draw import STRIDE, block_seed, draw_block
from harness.execute import execute
from harness.operator import Call
from harness.records import FindingRecord, Fingerprint
from harness.store import Store

KEY = "exp"


def doubled(module: Any, x: Any) -> Any:
    """exp, and twice that in what is compiled."""
    compiled = "torch" in module.__name__ and module.compiler.is_compiling()
    if not compiled and module.__name__ == "jax":
        compiled = isinstance(x, module.core.Tracer)
    y = module.exp(x) if "torch" in module.__name__ else module.numpy.exp(x)
    return y + y if compiled else y


def judged(adapter: Adapter, case: Case, targets: list[Target]) -> Checked:
    """The case in the modes of some targets, in this process."""
    outcomes = {target: execute(adapter, case, target.mode) for target in targets}
    return judge_all(case, outcomes, {adapter.name: type(adapter)})


def values(op: operator.Operator) -> Iterator[tuple[Case, Case]]:
    """Structures of a few numbers and their first cases."""
    for drawn in draw_block(op.structures(), KEY, 0, 0, STRIDE):
        for case in op.cases(drawn.case, block_seed(KEY, 0, 0))[:1]:
            if case.quantity == "value" and case.dtype == "float32" and 1 < case.inputs["x"].size < 100:
                yield drawn.case, case


def check_explained(name: str) -> None:
    """exp is twice what it must be in compiled code, by a framework's own compiler: it is said, and that eager mode is right."""
    adapter = keras_process.adapter_of(name)("cpu")
    if name == "torch":  # The code itself takes seconds per shape.
        adapter.module.compile = functools.partial(adapter.module.compile, backend="aot_eager")
    op = operator.get(KEY)
    op.calls[:] = [Call(adapter.table, doubled)]
    eager, target = Target(name), Target(name, "cpu", "compiled")
    structure, case = next(values(op))
    shown = judged(adapter, case, [eager, target])
    (wrong,) = shown.disagreements
    assert wrong.target == target
    finding = FindingRecord(
        Fingerprint.of(case, wrong), "bug", wrong.sentence, case, target, (str(target),), detail=dict(wrong.detail)
    )
    prober = Prober(
        lambda cases: [judged(adapter, each, [target]) for each in cases],
        target,
        {name: type(adapter)},
        finding.fingerprint,
        "y",
        float("inf"),
    )
    assert prober.costly
    found = diagnosed(replace(finding, minimal=False), prober, shown, shown, [structure])
    assert found.marks == ()
    assert found.detail["diagnosis"]["name"] == "constant factor", found.sentence
    assert "2 times the right result" in found.sentence
    assert found.sentence.endswith(f"; in mode eager {name} is right")


@pytest.mark.frameworks
@pytest.mark.parametrize("name", ["torch", "jax"])
def test_what_a_compiler_makes_wrong_is_explained(name: str) -> None:
    keras_process.passes("test_diagnosis_compiled", "check_explained", name)


def test_a_campaign_explains_what_is_wrong_in_compiled_code_alone(tmp_path: Path) -> None:
    targets = (Target("planted"), Target("planted", "cpu", "compiled"))
    plan = campaign.Plan(("conv:aligned",), targets, 0, seconds=60.0, cases=60)
    with Store.open(tmp_path) as store:
        run = campaign.run(
            plan,
            store,
            Silent(),
            make_pool=lambda plan: planted_pool("kernel flipped", adapter="CompiledOnly"),
            frameworks={"planted": CompiledOnly},
        )
        found = store.findings(run.id)
    assert {one.target for one in found} == {targets[1]}
    assert all(one.sentence.endswith("; in mode eager planted is right") for one in found)
    numbers = [one for one in found if one.fingerprint.kind == "value"]
    assert {one.fingerprint.quantity for one in numbers} == {"value", "gradient"}
    assert all("the result is the one for w flipped along its spatial axes" in one.sentence for one in numbers)
