"""The strongest case comes first, under a title that says what is wrong."""

from __future__ import annotations

import causes
import pytest
from causes.planted import finding

from harness.case import Case, InputSpec
from harness.causes import group, key_of, strength
from harness.records import Severity

FIXTURES = [fixture for file in causes.files() for fixture in causes.read(file)]


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


@pytest.mark.parametrize(
    ("cause", "title"),
    [
        ("clipped, then scaled | scaled, then clipped", "clipped, then scaled or scaled, then clipped"),
        ("r z n, reset after = r z n, reset before | z r n, reset after", "r z n or z r n, reset after"),
        ("i f g o | i f g o, default forget bias 1", "i f g o or i f g o, default forget bias 1"),
        ("slope 0.01, left = slope 0.01, right | slope 0.2, left = slope 0.2, right", "slope 0.01 or slope 0.2"),
        ("erf | erf = tanh", "erf or tanh"),
    ],
)
def test_an_ambiguity_names_its_readings_in_full(cause, title):
    (found,) = group([finding("*", operator="op", kind="ambiguity", cause=cause, severity=Severity.AMBIGUITY)])
    assert found.title == f"op: {title}"


def test_titles_are_one_short_line():
    for cause in group([fixture.finding for fixture in FIXTURES]):
        assert 0 < len(cause.title) <= 160
        assert cause.title == " ".join(cause.title.split())
