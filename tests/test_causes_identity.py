"""A finding and a cause keep their identity whatever a run, a version, a device or shrinking changes."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import causes
import pytest

from harness.case import Case, Disagreement, InputSpec, Kind, Raised, Target
from harness.causes import group, key_of
from harness.compare import judge
from harness.meaning import Accuracy, Meaning, Rule
from harness.normalise import normalise
from harness.operator import get
from harness.records import FindingRecord, Fingerprint

FIXTURES = [fixture for file in causes.files() for fixture in causes.read(file)]
MESSAGES = json.loads((causes.FOLDER / "messages.json").read_text())


def refusal_of(
    message: str, shape: tuple[int, ...], dtype: str, target: Target, quantity: str = "value"
) -> Fingerprint:
    """The identity of a planted refusal of exp."""
    case = Case("exp", {"x": InputSpec(shape, dtype, "ones", seed=sum(shape))}, {}, quantity)
    judged = judge(get("exp"), case, target, Meaning(Rule.COMPUTE), Raised("RuntimeError", message), Accuracy())
    return Fingerprint.of(case, judged.disagreement)


def test_identity_is_that_of_the_defect():
    """One defect, met with other sizes, dtypes, places, devices and modes, before and after shrinking."""
    found = {
        refusal_of(
            f"\"exp_cpu\" not implemented for '{words}', shape {list(shape)}, at /opt/{words}/exp.cpp:{line}",
            shape,
            dtype,
            target,
        ).id
        for words, dtype, line in (("Half", "float16", 12), ("BFloat16", "bfloat16", 3407))
        for shape in ((2, 3), (7,), (1, 1, 1, 1))
        for target in (Target("torch"), Target("torch", "cuda"), Target("torch", "cuda", "compiled"))
    }
    assert len(found) == 1


def test_identity_tells_operators_quantities_frameworks_kinds_and_causes_apart():
    message, target = "no kernel", Target("torch")
    one = refusal_of(message, (2,), "float32", target)
    others = [
        refusal_of("no memory", (2,), "float32", target),
        refusal_of(message, (2,), "float32", Target("jax")),
        refusal_of(message, (2,), "float32", target, "gradient"),
        replace(one, operator="expm1"),
        replace(one, kind="bad_refusal"),
    ]
    assert len({each.id for each in [one, *others]}) == 6


def test_an_ambiguity_is_the_same_whichever_side_is_looked_at():
    case = Case("gelu:nominal", {"x": InputSpec((3,), "float32")}, {})
    sides = [Disagreement(Target(name), Kind.AMBIGUITY, "erf | tanh", "") for name in ("jax", "torch")]
    assert len({Fingerprint.of(case, side) for side in sides}) == 1


def _elsewhere(text: str) -> str:
    """The same target on another device."""
    return text.replace(":cpu:", ":cuda:")


def _other_run(one: FindingRecord) -> FindingRecord:
    """The same finding as another run, version and device keep it, shrunk to another case."""
    inputs = {
        name: replace(spec, shape=(*spec.shape, 7), seed=99, layout="reversed")
        for name, spec in one.case.inputs.items()
    }
    numbers = {"got": 1.5, "expected": 2.5, "bound": 1e-9, "index": [0, 4], "wrong": 3, "of": 77, "lost": 0.75}
    return replace(
        one,
        case=replace(one.case, inputs=inputs, parameters={**one.case.parameters, "stride": (5, 5)}),
        target=Target.parse(_elsewhere(str(one.target))),
        targets=(*map(_elsewhere, one.targets), "torch:cuda:eager"),
        outcomes=tuple(
            replace(each, target=_elsewhere(each.target), text="another", shapes=((7,),)) for each in one.outcomes
        ),
        detail={**one.detail, **{name: value for name, value in numbers.items() if name in one.detail}},
        count=one.count + 41,
        reproduced=2,
        attempts=10,
        minimal=not one.minimal,
        seed=5,
        block=9,
        versions={"torch": "9.9.9"},
        environment={"cpu": "another"},
        first_run="a",
        last_run="b",
        first_seen="2001",
        last_seen="2002",
        marks=("flaky", "not minimal"),
        script="another",
        sentence="another",
    )


def test_the_key_of_a_cause_depends_on_no_run_version_device_or_shape():
    for fixture in FIXTURES:
        assert key_of(_other_run(fixture.finding)) == key_of(fixture.finding), fixture


def test_the_key_of_a_cause_depends_on_nothing_else_that_was_found():
    findings = [fixture.finding for fixture in FIXTURES]
    keys = {one.id: cause.key for cause in group(findings) for one in cause.findings}
    random.Random(3).shuffle(findings)
    some = findings[::3]
    assert {one.id: cause.key for cause in group(some) for one in cause.findings} == {
        one.id: keys[one.id] for one in some
    }


@pytest.mark.parametrize("pair", MESSAGES, ids=[f"{pair['framework']}: {pair['name']}" for pair in MESSAGES])
def test_messages_with_other_sizes_places_and_addresses_are_the_same_text(pair):
    assert pair["one"] != pair["other"]
    assert normalise(pair["one"]) == normalise(pair["other"])


def test_messages_of_different_defects_stay_apart():
    texts = [normalise(pair["one"]) for pair in MESSAGES]
    assert len(set(texts)) == len(texts)
