"""Scripts and harness on real frameworks: the same bits, the same exception, the same verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from both_ways import JUDGE, both_ways, said
from scripted import conv, execute_script, finding, transposed

from harness import discovery, operator
from harness.case import GRADIENT, Case, InputSpec, Kind, Target
from harness.check import judge_all
from harness.draw import draw_block
from harness.meaning import Rule
from harness.operator import with_cotangent
from harness.operators.convolution import products
from harness.values import generate
from harness.workers import make_pool
from reports.reproducer import script

pytestmark = pytest.mark.frameworks

# The same bits or the same exception.


def cases(target: Target) -> list[Case]:
    """Values in three regimes and four dtypes, gradients, refusals, and what the generator must make."""
    rounded = [conv(dtype) for dtype in ("bfloat16", "float16", "float32", "float64")]
    some = [
        *rounded,
        conv(regime="special"),
        transposed(regime="exact"),
        transposed("float64"),
        conv(padding=((2, 0),)),
    ]
    wide = conv()
    wide = replace(wide, inputs={**wide.inputs, "x": InputSpec((2, 2, 400), "float32", "rounding", 9, "strided")})
    refused = [
        conv(stride=(0,)),
        conv(groups=2),
        replace(conv(), inputs={**conv().inputs, "b": InputSpec((2,), "float32")}),
    ]
    if target.mode == "abstract":
        return [*some, wide, *refused]
    gradients = [with_cotangent(conv(dtype), (2, 3, 2), dtype, 8) for dtype in ("float32", "float64")]
    gradients.append(with_cotangent(transposed(), (1, 1, 5, 6), "float32", 8))
    bad = with_cotangent(conv(), (2, 3, 5), "float32", 8)
    few = [conv("float32"), transposed(), gradients[0], bad] if str(target) == "torch:cpu:compiled" else []
    return few or [*some, wide, *refused, *gradients, bad]


def modes() -> list[str]:
    return [f"{info.name}:cpu" for info in discovery.adapters().values() if info.path.startswith("harness.")]


@pytest.mark.parametrize("worker", modes())
def test_script_and_harness_give_the_same(worker: str, tmp_path: Path) -> None:
    info = discovery.adapters()[worker.split(":")[0]]
    asked: list[tuple[Case, Target]] = []
    for mode in info.modes:
        target = Target(info.name, "cpu", mode)
        for case in cases(target):
            if operator.get(case.operator).select(info.table, case, mode) is not None:
                asked.append((case, target))
    assert {target.mode for _, target in asked} == set(info.modes)
    kinds = set()
    for (case, target), answer, outcome in both_ways(asked, tmp_path):
        kinds.add((target.mode, case.quantity, type(outcome).__name__))
        assert answer == said(outcome), (case, str(target))
    for mode in set(info.modes) - {"abstract"}:  # Neither side's silence is taken for agreement.
        assert {(mode, quantity, "Returned") for quantity in ("value", GRADIENT)} <= kinds
    assert any(kind == "Raised" for _, _, kind in kinds)


# Real frameworks.


@pytest.mark.parametrize("target", ["torch:cpu:eager", "torch:cpu:abstract"])
def test_scripts_of_a_framework_that_is_right_pass(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And fail where the definition is planted to be another one."""
    case = conv()
    done = execute_script(tmp_path, script(finding(case, target)))
    assert (done.returncode, done.stdout) == (0, "ok: the result is right\n"), done.stderr
    op = operator.get(case.operator)
    right = op.meaning
    other = conv(stride=(1,))
    monkeypatch.setattr(op, "meaning", lambda case, arrays: right(other, arrays))
    done = execute_script(tmp_path, script(finding(case, target)))
    assert done.returncode == 1
    assert "AssertionError: y has the shape (2, 3, 2); expected (2, 3, 4)" in done.stderr


def test_the_script_says_what_the_harness_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds fifty times too small make many results wrong, so that both verdicts are given."""
    bound = products.summation_bound

    def tight(*facts: Any) -> Any:
        error = bound(*facts)
        return None if error is None else error / 50

    monkeypatch.setattr(products, "summation_bound", tight)
    asked: list[tuple[Case, Target]] = []
    for key in ("conv:aligned", "conv_transpose:aligned", "conv:nominal", "conv_transpose:nominal"):
        op = operator.get(key)
        structures = [drawn.case for drawn in draw_block(op.structures(), key, 3, 2, 20)]
        cases = [
            case
            for structure in structures
            if not structure.parameters.get("hostile")
            for case in op.cases(structure, 5)
        ]
        asked += [(case, Target("torch")) for case in cases if op.select("torch", case, "eager") is not None][:50]
    with make_pool([Target("torch")], timeout=120.0) as pool:
        pool.start()
        outcomes = pool.run("torch:cpu", [(case, target.mode) for case, target in asked])
    texts, right = [], []
    for (case, target), outcome in zip(asked, outcomes, strict=True):
        checked = judge_all(case, {target: outcome}, discovery.adapters())
        if checked.meaning.rule is not Rule.EITHER:
            found = checked.judgements[target].disagreement
            kind = found.kind if found else Kind.ACCEPTED if checked.meaning.rule is Rule.REFUSE else Kind.VALUE
            texts.append(script(finding(case, "torch", kind, detail=found.detail if found else {})))
            right.append(found is None)
    (tmp_path / "programs.json").write_text(json.dumps(texts))
    done = execute_script(tmp_path, JUDGE)
    said_so = [line == "@True" for line in done.stdout.splitlines() if line.startswith("@")]
    assert said_so == right, done.stderr[-2000:]
    assert min(sum(right), len(right) - sum(right)) > 10


WORDS = {"stride": (2,), "dilation": (1,), "groups": 1, "padding": "same", "output_padding": None, "output_size": None}


def test_an_ambiguity_shows_every_framework(tmp_path: Path) -> None:
    arrays = {"x": InputSpec((1, 1, 3), "float32", "arange"), "w": InputSpec((1, 1, 3), "float32", "arange")}
    case = Case("conv_transpose:nominal", arrays, {**WORDS, "batched": True})
    op = operator.get(case.operator)
    conventions = {}
    for info in discovery.adapters().values():
        for mode in info.modes:
            call = op.select(info.table, case, mode)
            if call is not None:
                conventions[f"{info.name}:cpu:{mode}"] = [call.convention(case)]
    meaning = op.meaning(case, {name: generate(spec) for name, spec in arrays.items()})
    detail = {"conventions": conventions, "notes": dict(meaning.notes)}
    text = script(finding(case, kind=Kind.AMBIGUITY, detail=detail))
    done = execute_script(tmp_path, text)
    assert done.returncode == 0, done.stderr
    blocks = [block.split("\n", 1) for block in done.stdout.strip().split("\n\n")]
    shown = {title.split(":")[0]: rest for title, rest in blocks}
    tables = {discovery.adapters()[name.split(":")[0]].table for name in conventions}
    assert {discovery.adapters()[name].table for name in shown} == tables
    for title, rest in blocks:
        convention = title.partition("(")[2].rstrip(")")
        (expected,) = meaning.variants[convention]
        assert f"shape {expected.shape}, float32" in rest
        assert str(expected.values[0].astype(np.float32)) in rest
    assert len({rest for _, rest in blocks}) > 1
    for name, note in meaning.notes.items():
        assert f"{name} elsewhere: " in text
        assert note["agree"].split("(")[0] in text
