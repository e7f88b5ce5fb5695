"""Findings of one root cause are grouped, those of two are not; a cause keeps its key whatever a run, a version or shrinking changes."""

from __future__ import annotations

import itertools
import json
import random
import re
from dataclasses import replace
from pathlib import Path

import causes
import pytest
from causes import scores
from causes.__main__ import KEPT, again

from harness.case import Case, Disagreement, InputSpec, Kind, Raised, Target, Unsupported
from harness.causes import group, key_of, strength
from harness.check import check, judge_all
from harness.compare import judge
from harness.discovery import adapters
from harness.meaning import Accuracy, Meaning, Rule
from harness.normalise import normalise
from harness.operator import get
from harness.records import FindingRecord, Fingerprint, OutcomeSummary, Severity
from harness.workers import make_pool

FIXTURES = [fixture for file in causes.files() for fixture in causes.read(file)]
HELD = [fixture for fixture in FIXTURES if fixture.held]
MESSAGES = json.loads((causes.FOLDER / "messages.json").read_text())


def finding(
    framework: str = "torch",
    call: str = "torch.erf(x)",
    below: str | None = None,
    *,
    operator: str = "erf",
    quantity: str = "value",
    kind: str = "value",
    cause: str = "y: wrong values",
    mode: str = "eager",
    **changes,
) -> FindingRecord:
    """A finding of ``framework`` in ``call``; ``below`` is the verdict on the framework that Keras runs on."""
    target = Target(framework, "cpu", mode)
    outcomes = [OutcomeSummary(str(target), "returned", call=row(call), verdict="disagreed")]
    if below is not None:
        native = Target(framework.removeprefix("keras-"), "cpu", mode)
        text = row("torch.erf(x)")
        outcomes.append(OutcomeSummary(str(native), "returned", call=text, verdict=below))
    record = FindingRecord(
        fingerprint=Fingerprint(operator, quantity, kind, framework, cause),
        severity="bug",
        sentence=f"{target} is wrong",
        case=Case(operator, {"x": InputSpec((2, 3), "float32")}, {}, quantity),
        target=target,
        targets=(str(target),),
        outcomes=tuple(outcomes),
    )
    return replace(record, **changes)


def row(call: str) -> str:
    """The source of a plain operator's row."""
    return f"def f({call.partition('.')[0]}, x):\n    return {call}\n"


def together(*findings: FindingRecord) -> bool:
    return len({key_of(each) for each in findings}) == 1


# The recorded findings.


def test_pairs_by_hand():
    # Expected: a-a and b-b are pairs. Given: 1-1-1 makes three pairs, of which a-a is right.
    found = scores.figures(["a", "a", "b", "b"], [1, 1, 1, 2])
    assert (found.right, found.together, found.expected) == (1, 3, 2)
    assert (found.precision, found.recall) == (1 / 3, 1 / 2)


def test_recorded_findings_are_many_real_and_small():
    assert len(FIXTURES) >= 200
    assert len({fixture.finding.id for fixture in FIXTURES}) == len(FIXTURES)
    assert len(HELD) >= len(FIXTURES) / 4
    assert not {fixture.group for fixture in HELD} & {fixture.group for fixture in FIXTURES if not fixture.held}
    assert sum(file.stat().st_size for file in causes.files()) < 1_000_000
    page = (Path(__file__).parents[1] / "docs" / "findings.md").read_text()
    entries = {int(number) for number in re.findall(r"^## (\d+)$", page, re.M)}
    assert {fixture.entry for fixture in FIXTURES} <= entries | {0}


def test_a_fixture_is_written_as_it_was_read(tmp_path):
    for file in causes.files():
        causes.write(tmp_path / file.name, causes.read(file))
        assert (tmp_path / file.name).read_bytes() == file.read_bytes()


@pytest.mark.parametrize("fixtures", [FIXTURES, HELD], ids=["all", "held out"])
def test_grouping_of_recorded_findings(fixtures, record_property):
    found = scores.of(fixtures)
    record_property("figures", str(found))
    assert found.precision >= 0.95, found
    assert found.recall >= 0.90, found


def test_figures_notice_a_grouping_that_is_too_coarse_or_too_fine():
    expected = [fixture.group for fixture in FIXTURES]
    coarse = [(each.finding.fingerprint.framework, each.finding.fingerprint.cause) for each in FIXTURES]
    assert scores.figures(expected, coarse).precision < 0.95
    assert scores.figures(expected, [each.finding.id for each in FIXTURES]).recall < 0.90


def test_updating_rewrites_what_was_recorded_and_never_the_expected_group():
    old = next(each for each in FIXTURES if each.finding.fingerprint.kind == "raised")

    def refuses(case, targets):
        return judge_all(
            case, {target: Raised("RuntimeError", "other words, 7", 0.0, "a.py:f") for target in targets}, adapters()
        )

    new = again(old, refuses)
    assert (new.group, new.entry, new.held) == (old.group, old.entry, old.held)
    assert new.finding.case == old.finding.case
    assert new.finding.fingerprint == replace(old.finding.fingerprint, cause="RuntimeError: other words, N")
    assert new.finding.detail["message"] == "other words, 7"
    assert {each.text for each in new.finding.outcomes} == {"RuntimeError: other words, 7"}
    assert (
        again(old, lambda case, targets: judge_all(case, dict.fromkeys(targets, Unsupported("")), adapters())) is None
    )


@pytest.mark.frameworks
def test_the_recorded_findings_are_those_of_the_framework():
    own = [
        each
        for each in FIXTURES
        if each.finding.target == Target("torch") and each.finding.fingerprint.kind not in KEPT
    ]
    first = {each.finding.fingerprint.kind: each for each in own}
    assert len(first) >= 3
    with make_pool([Target("torch")]) as pool:
        pool.start()
        for fixture in first.values():
            new = again(fixture, lambda case, targets: check(case, targets, pool, adapters()))
            assert new.finding.fingerprint == fixture.finding.fingerprint
            assert key_of(new.finding) == key_of(fixture.finding)


# One cause.


def test_keras_inherits_what_the_framework_below_gives():
    torch = finding()
    assert together(torch, finding("keras-torch", "keras.ops.erf(x)", below="disagreed"))
    assert together(torch, finding("keras-torch", "keras.ops.erf(x)", below="known"))
    assert not together(torch, finding("keras-torch", "keras.ops.erf(x)", below="agreed"))
    assert not together(torch, finding("keras-torch", "keras.ops.erf(x)"))


def test_a_framework_that_refuses_is_no_source_of_wrong_numbers():
    through = finding("keras-torch", "keras.ops.erf(x)", below="known")
    refused = replace(through.outcomes[1], status="raised")
    assert not together(finding(), replace(through, outcomes=(through.outcomes[0], refused)))


def test_environments_backends_modes_and_devices_are_one_cause():
    assert together(finding("jax", "jax.numpy.gcd(x, y)"), finding("jax-x64", "jax.numpy.gcd(x, y)"))
    assert together(
        *(finding(f"keras-{name}", "keras.ops.sparsemax(x)") for name in ("torch", "tensorflow", "jax", "jax-x64"))
    )
    assert together(finding(mode="eager"), finding(mode="compiled"), replace(finding(), targets=("torch:cuda:eager",)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("torch.nn.functional.conv1d(x)", "torch.nn.functional.conv3d(x)"),
        ("tf.nn.conv2d_transpose(x)", "tf.nn.conv3d_transpose(x)"),
        ("jax.numpy.fft.fft(x)", "jax.numpy.fft.fftn(x)"),
        ("tf.signal.rfft(x)", "tf.signal.rfft2d(x)"),
        ("keras.ops.segment_max(x, i)", "keras.ops.segment_sum(x, i)"),
        ("jax.numpy.nanmedian(x)", "jax.numpy.median(x)"),
        ("x.at[i].add(u)", "x.at[i].mul(u)"),
        ("tf.image.resize(x, n)", "tf.cast(tf.transpose(tf.image.resize(x, n), p), x.dtype)"),
    ],
)
def test_variants_of_one_function_are_one_cause(one, other):
    assert together(finding(call=one), finding(call=other, operator="another"))


def test_value_and_gradient_are_one_cause():
    gradient = finding(quantity="gradient", cause="x: beyond the error bound")
    assert together(finding(), gradient, finding(kind="not_finite", cause="y: NaN or infinity"))
    shape = finding("keras-torch", "keras.ops.correlate(x, w)", kind="shape", cause="shape of y: axis 0")
    mismatch = (
        "RuntimeError: Mismatch in shape: grad_output[N] has a shape of torch.Size([N]) and output[N] has another."
    )
    assert together(shape, finding("keras-torch", "keras.ops.correlate(x, w)", kind="raised", cause=mismatch))


def test_the_same_refusal_in_many_operators_is_one_cause():
    refusals = [
        finding(
            call=f"torch.{name}(x)",
            operator=name,
            kind="raised",
            cause=f"NotImplementedError: \"{name}_cpu\" not implemented for 'UIntN'",
        )
        for name in ("gcd", "lcm", "cummax", "less", "bitwise_not", "sort")
    ]
    assert together(*refusals)
    rule = "axis [N]: names an axis twice"
    described = [
        finding(
            f"keras-{backend}",
            f"keras.ops.{name}(x)",
            operator=name,
            kind="described_invalid",
            cause=rule,
            mode="abstract",
        )
        for backend, name in itertools.product(("torch", "jax"), ("sum", "max", "nanmedian"))
    ]
    assert together(*described)


def test_one_rule_of_dtypes_in_many_operators_is_one_cause():
    halves = [
        finding(
            "keras-torch",
            f"keras.ops.{name}(x)",
            operator=name,
            kind="dtype",
            cause="described dtype of y",
            mode="abstract",
            detail={"got_dtype": got, "expected_dtype": expected},
        )
        for name, got, expected in [
            ("exp", "float32", "float64"),
            ("add", "int32", "int64"),
            ("fft", "complex64", "complex128"),
        ]
    ]
    assert together(*halves)
    wider = replace(halves[0], detail={"got_dtype": "float32", "expected_dtype": "float16"})
    assert not together(halves[0], wider)
    assert not together(wider, replace(wider, outcomes=finding(call="keras.ops.log(x)").outcomes[:0]))


def test_known_differences_of_one_source_are_one_cause():
    source = "keras-team/keras#23429"
    rows = [
        finding(
            "keras-jax",
            f"keras.ops.{name}(x)",
            operator=name,
            severity="known",
            reason="first shape",
            source=source,
            kind=kind,
        )
        for name, kind in [("bitwise_and", "shape"), ("bitwise_xor", "described_invalid")]
    ]
    assert together(*rows)
    assert not together(rows[0], replace(rows[1], source="keras-team/keras#23230"))


def test_an_ambiguity_is_one_cause_however_clearly_a_case_tells_it():
    causes_of = ["erf | tanh", "erf | erf = tanh | tanh"]
    assert together(*(finding("*", operator="gelu:nominal", kind="ambiguity", cause=cause) for cause in causes_of))
    assert not together(
        finding("*", kind="ambiguity", cause="erf | tanh"), finding("*", kind="ambiguity", cause="lower | midpoint")
    )


# Two causes.


def test_wrong_numbers_in_unrelated_functions_are_apart():
    assert not together(finding(), finding(call="torch.lgamma(x)", operator="lgamma"))
    assert not together(finding(), finding("jax", "jax.lax.erf(x)"))
    assert not together(finding(), finding(kind="shape", cause="shape of y: axis 0"))
    assert not together(finding(), finding(cause="y: sign of zero"))


def test_words_that_any_function_may_say_do_not_join_functions():
    overflow = "OverflowError: Python integer N out of bounds for DTYPE"
    one = finding("jax", "jax.numpy.bincount(x)", operator="bincount", kind="raised", cause=overflow)
    other = finding("jax", "x.at[i].add(u)", operator="scatter_add", kind="raised", cause=overflow)
    assert not together(one, other)


def test_what_a_composed_call_ends_with_is_not_the_function_that_is_wrong():
    text = "@lstm.call('tensorflow')\ndef _(tf, x):\n    y = tf.raw_ops.LSTMBlockCell(x=x)\n    return tf.stack([y.h, y.cs])\n"
    stacked = finding("tensorflow", "tf.stack((x, y))", operator="stack")
    composed = finding("tensorflow", operator="lstm_cell:aligned")
    composed = replace(composed, outcomes=(replace(composed.outcomes[0], call=text),))
    assert not together(stacked, composed)


def test_a_diagnosis_stands_in_the_title_and_changes_no_key():
    known = finding(detail={"diagnosis": {"name": "another window", "sentence": "shifted by one"}})
    assert together(known, finding())
    assert group([known])[0].title == "torch: wrong numbers from torch.erf: another window"


# Identity.


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


# What a reader sees first.


def test_every_finding_is_in_one_cause_in_the_order_given():
    findings = [fixture.finding for fixture in FIXTURES]
    found = group(findings)
    assert sorted(one.id for cause in found for one in cause.findings) == sorted(one.id for one in findings)
    assert [cause.key for cause in found] == list(dict.fromkeys(key_of(one) for one in findings))
    assert group([]) == ()


STRONGER = {
    "a bug": (finding(), finding(severity="known")),
    "the worse kind": (finding(), finding(kind="not_finite", cause="y: NaN or infinity")),
    "an oracle that is not suspect": (finding(), finding(marks=("suspect: oracle",))),
    "reproduced": (finding(reproduced=3, attempts=3), finding()),
    "not run again": (finding(), finding(reproduced=1, attempts=10)),
    "flaky": (finding(reproduced=1, attempts=10), finding(reproduced=0, attempts=3)),
    "at fault": (finding(), finding("keras-torch", "keras.ops.erf(x)", below="disagreed", count=9)),
    "the larger error": (finding(detail={"lost": 0.9}), finding(detail={"lost": 0.2}, count=9)),
    "more cases": (finding(count=2), finding()),
    "the smaller case": (
        finding(case=Case("erf", {"x": InputSpec((1,), "float32")}, {})),
        finding(case=Case("erf", {"x": InputSpec((9,), "float32")}, {})),
    ),
}


@pytest.mark.parametrize("name", STRONGER)
def test_the_strongest_case_comes_first(name):
    stronger, weaker = STRONGER[name]
    assert strength(stronger) < strength(weaker)
    assert group([weaker, stronger])[0].strongest is stronger


def test_kinds_and_severities_of_another_version_come_last():
    unknown = finding(kind="melted", severity="grave")
    assert strength(finding()) < strength(unknown)
    assert group([unknown])[0].title == "torch: melted from torch.erf"


@pytest.mark.parametrize(
    ("findings", "title"),
    [
        ([finding()], "torch: wrong numbers from torch.erf"),
        ([finding(quantity="gradient")], "torch: wrong numbers from the gradient of torch.erf"),
        ([finding("keras-torch", "keras.ops.erf(x)", below="disagreed")], "torch: wrong numbers from torch.erf"),
        (
            [finding("keras-torch", "keras.ops.erf(x)", below="agreed")],
            "Keras on torch: wrong numbers from keras.ops.erf",
        ),
        (
            [finding(f"keras-{backend}", "keras.ops.sparsemax(x)") for backend in ("torch", "jax")],
            "Keras: wrong numbers from keras.ops.sparsemax",
        ),
        (
            [finding(call=f"torch.segment_{name}(x)", kind="died", cause="SIGSEGV") for name in ("max", "min", "sum")],
            "torch: the process ends in torch.segment_max, torch.segment_min and 1 more",
        ),
        (
            [
                finding(
                    "tensorflow",
                    "tf.range(x)",
                    kind="raised",
                    cause="errors_impl.InvalidArgumentError: Dimension N must be >= N [Fill]",
                    detail={"message": "{{function_node x}} Dimension -1 must be >= 0 [Op:Fill] name: y"},
                )
            ],
            "TensorFlow: wrongly refused by tf.range: InvalidArgumentError: Dimension -1 must be >= 0",
        ),
        (
            [finding("*", operator="gelu", kind="ambiguity", cause="erf | tanh", severity=Severity.AMBIGUITY)],
            "gelu: erf or tanh",
        ),
        (
            [finding(severity="known", reason="a meta tensor's axis is not checked", source="pytorch/pytorch#1")],
            "torch: a meta tensor's axis is not checked",
        ),
        (
            [
                finding(
                    "keras-jax",
                    "keras.ops.logsumexp(x)",
                    kind="dtype",
                    cause="described dtype of y",
                    detail={"got_dtype": "float32", "expected_dtype": "float16"},
                )
            ],
            "Keras on JAX: float32 for float16 described by keras.ops.logsumexp",
        ),
    ],
)
def test_titles(findings, title):
    (cause,) = group(findings)
    assert cause.title == title


def test_titles_are_one_short_line():
    for cause in group([fixture.finding for fixture in FIXTURES]):
        assert 0 < len(cause.title) <= 160
        assert cause.title == " ".join(cause.title.split())
