"""Scripts of plain operators and the harness: the same bits or the same exception, and the same verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from both_ways import JUDGE, both_ways, said
from scripted import execute_script, finding

from harness import discovery, operator
from harness.case import GRADIENT, Case, InputSpec, Raised, Target
from harness.check import judge_all
from harness.draw import draw_block
from harness.records import Status
from harness.workers import make_pool
from reports.reproducer import script
from reports.reproducer.program import adapter_of

pytestmark = pytest.mark.frameworks

PLAIN = sorted(key for key, op in operator.load().items() if op.family != "convolution")
WORKERS = ("torch", "tensorflow", "jax", "keras-torch", "keras-tensorflow", "keras-jax")


def cases_of(key: str) -> list[Case]:
    """A value and, where there is one, a gradient of the last structure of a small block."""
    op = operator.get(key)
    plain = [d.case for d in draw_block(op.structures(), key, 4, 1, 4) if not d.case.parameters.get("hostile")]
    if not plain:
        return []
    sets = op.cases(plain[-1], 32)
    gradients = [case for case in sets if case.quantity == GRADIENT]
    return [sets[0], *gradients[:1]]


def asked_of(name: str) -> list[tuple[Case, Target]]:
    """All operators on torch; on each other framework one in five, so that every operator is on two."""
    info = discovery.adapters()[name]
    lacks = set(adapter_of(info).lacks)
    others = WORKERS[1:]
    keys = PLAIN if name == "torch" else PLAIN[others.index(name) :: len(others)]
    found = []
    for key in keys:
        for case in cases_of(key):
            if lacks & {spec.layout for spec in case.inputs.values()}:
                continue
            for mode in ("eager", "abstract") if case.quantity != GRADIENT else ("eager",):
                if operator.get(key).select(info.table, case, mode) is not None:
                    found.append((case, Target(name, "cpu", mode)))
    return found


@pytest.mark.parametrize("name", WORKERS)
def test_script_and_harness_give_the_same(name: str, tmp_path: Path) -> None:
    asked = asked_of(name)
    assert len(asked) > 20
    for (case, target), answer, outcome in both_ways(asked, tmp_path):
        assert answer == said(outcome), (case, str(target))


def disagreements(asked: list[tuple[Case, Target]], folder: Path) -> tuple[int, list[str]]:
    """How many cases were judged on torch, and those of which script and harness say different things."""
    frameworks = discovery.adapters()
    with make_pool([target for _, target in asked], timeout=120.0) as pool:
        pool.start()
        outcomes = pool.run("torch:cpu", [(case, "eager") for case, _ in asked])
    judged: list[Case] = []
    verdicts, texts = [], []
    for (case, target), outcome in zip(asked, outcomes, strict=True):
        judgement = judge_all(case, {target: outcome}, frameworks).judgements[target]
        if isinstance(outcome, Raised):
            continue
        judged.append(case)
        verdicts.append(judgement.status in (Status.AGREED, Status.OTHER_CONVENTION))
        texts.append(script(finding(case, str(target))))
    (folder / "programs.json").write_text(json.dumps(texts))
    done = execute_script(folder, JUDGE)
    assert done.returncode == 0, done.stderr[-2000:]
    said_so = [line == "@True" for line in done.stdout.splitlines() if line.startswith("@")]
    wrong = [judged[i].key for i, (one, other) in enumerate(zip(verdicts, said_so, strict=True)) if one != other]
    return len(verdicts), wrong


def test_the_script_says_what_the_harness_says(tmp_path: Path) -> None:
    """On torch, for every operator, right or wrong."""
    judged, wrong = disagreements(
        [(case, target) for case, target in asked_of("torch") if target.mode == "eager"], tmp_path
    )
    assert wrong == []
    assert judged > 100


def test_the_script_of_special_numbers_says_what_the_harness_says(tmp_path: Path) -> None:
    """Masks among a property's facts, and zeros with a sign in references wider than float64."""
    asked = []
    for key in ("complex_exp", "complex_sqrt", "asin", "atan", "expm1", "argmax"):
        op = operator.get(key)
        for drawn in draw_block(op.structures(), key, 4, 1, 4):
            if drawn.case.parameters.get("hostile") or drawn.case.inputs["x"].size > 200:
                continue
            found = (
                case for case in op.cases(drawn.case, 32) if case.regime == "special" and case.quantity != GRADIENT
            )
            layouts = {spec.layout for spec in drawn.case.inputs.values()}
            asked += [(case, Target("torch")) for case in list(found)[:1] if "reversed" not in layouts]
    signed = InputSpec((150,), "float64", "special", 32)
    asked += [(Case(key, {"x": signed}, {}), Target("torch")) for key in ("asin", "atan", "expm1")]
    judged, wrong = disagreements(asked, tmp_path)
    assert wrong == []
    assert judged > 10
