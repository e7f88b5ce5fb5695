"""Poolings against naive loops and values by hand, their conventions and refusals, and planted bugs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from moved import cases_of, drawn, gradients, meaning, refusal, values

from harness import operator
from harness.case import GRADIENT, VALUE, Case, InputSpec, Kind, Raised, Target
from harness.compare import judge
from harness.formats import kind_of
from harness.meaning import Accuracy, Rule
from harness.operators.pooling import values as readings
from harness.values import generate

ROW = np.array([[[1.0, 2.0, 3.0, 4.0, 5.0]]])
PLAIN = {"kernel": (2,), "stride": (2,), "padding": ((0, 0),)}


def naive(x, p, function):
    """Windows in loops: ``function`` of the elements of each and of how many taps there are."""
    rank = len(p["kernel"])
    dilation = p.get("dilation") or (1,) * rank
    own = list(zip(x.shape[2:], p["kernel"], p["stride"], dilation, p["padding"], strict=True))
    outs = [(n + lo + hi - d * (k - 1) - 1) // s + 1 for n, k, s, d, (lo, hi) in own]
    y = np.zeros((*x.shape[:2], *outs))
    for b, c, *o in itertools.product(*map(range, y.shape)):
        found = []
        for taps in itertools.product(*map(range, p["kernel"])):
            at = [i * s - lo + t * d for i, t, (_, _, s, d, (lo, _)) in zip(o, taps, own, strict=True)]
            if all(0 <= i < n for i, n in zip(at, x.shape[2:], strict=True)):
                found.append(float(x[(b, c, *at)]))
        y[(b, c, *o)] = function(found, int(np.prod(p["kernel"])))
    return y


FUNCTIONS = {
    "max_pool:aligned": lambda case: lambda found, taps: max(found, default=-np.inf),
    "min_pool:aligned": lambda case: lambda found, taps: min(found, default=np.inf),
    "sum_pool:aligned": lambda case: lambda found, taps: sum(found),
    "avg_pool:aligned": lambda case: (
        lambda found, taps: sum(found) / (taps if case.parameters["include_pad"] else max(len(found), 1))
    ),
}


@pytest.mark.parametrize("key", FUNCTIONS)
def test_values_are_those_of_loops(key):
    compared = 0
    for case, arrays, found in cases_of(key, 100):
        if case.quantity != VALUE or case.regime not in ("rounding", "exact") or "hostile" in case.parameters:
            continue
        if found.rule is Rule.REFUSE or not found.variants or arrays["x"].size > 400 or kind_of(case.dtype) != "float":
            continue
        expected = next(iter(found.variants.values()))[0]
        wanted = (
            naive(arrays["x"].astype(np.float64), case.parameters, FUNCTIONS[key](case))
            if 0 not in expected.shape
            else None
        )
        if wanted is None:
            continue
        free = np.zeros(wanted.shape, bool) if expected.free is None else expected.free
        assert expected.shape == wanted.shape
        assert np.allclose(expected.values[0][~free].astype(np.float64), wanted[~free], rtol=1e-12, atol=1e-12), case
        compared += 1
    assert compared > 25


def test_windows_of_one_row_by_hand():
    assert values("max_pool:aligned", {"x": ROW}, **PLAIN, dilation=(1,)).tolist() == [[[2, 4]]]
    assert values("avg_pool:aligned", {"x": ROW}, **PLAIN, include_pad=True).tolist() == [[[1.5, 3.5]]]
    padded = {"kernel": (3,), "stride": (2,), "padding": ((1, 1),)}
    assert np.allclose(values("avg_pool:aligned", {"x": ROW}, **padded, include_pad=True), [[[1, 3, 3]]])
    assert np.allclose(values("avg_pool:aligned", {"x": ROW}, **padded, include_pad=False), [[[1.5, 3, 4.5]]])
    apart = {"kernel": (2,), "stride": (1,), "padding": ((0, 0),), "dilation": (3,)}
    assert values("sum_pool:aligned", {"x": ROW}, **apart).tolist() == [[[5, 7]]]


def test_a_window_of_nothing_but_padding_is_minus_infinity():
    found = meaning("max_pool:aligned", {"x": ROW}, kernel=(1,), stride=(1,), padding=((1, 0),), dilation=(1,))
    assert found.rule is Rule.EITHER
    assert next(iter(found.variants.values()))[0].values[0][0, 0, 0] == -np.inf


def test_nan_propagates_or_is_left_open():
    x = np.array([[[1.0, np.nan, 3.0, 4.0]]])
    found = meaning("max_pool:aligned", {"x": x}, **PLAIN, dilation=(1,)).variants
    assert np.isnan(found[readings.PROPAGATES][0].values[0][0, 0, 0])
    assert found[readings.PROPAGATES][0].free is None
    assert found[readings.AS_IT_COMES][0].free.tolist() == [[[True, False]]]


def test_ceil_mode_by_hand():
    words = {"kernel": (3,), "stride": (2,), "padding": (0,), "ceil_mode": True, "dilation": (1,)}
    assert values("max_pool:nominal", {"x": ROW[..., :4]}, **words).tolist() == [[[3, 4]]]
    # torch.nn.AvgPool1d, Note: a window may go off-bounds behind if it starts inside; what lies beyond the padding is not counted.
    words = {"kernel": (2,), "stride": (2,), "padding": (0,), "ceil_mode": True}
    averages = values("avg_pool:nominal", {"x": ROW}, **words, count_include_pad=True, divisor_override=None)
    assert averages.tolist() == [[[1.5, 3.5, 5]]]


def test_ceil_mode_lets_no_window_start_in_the_padding_behind():
    words = {"kernel": (2,), "stride": (2,), "padding": (1,), "ceil_mode": True, "dilation": (1,)}
    assert values("max_pool:nominal", {"x": ROW[..., :3]}, **words).shape == (1, 1, 2)


def test_the_words_of_averages_have_conventions():
    words = {"kernel": (2,), "stride": None, "padding": "same", "ceil_mode": False}
    found = meaning("avg_pool:nominal", {"x": ROW}, **words, count_include_pad=None, divisor_override=None).variants
    last = {name: outputs[0].values[0][0, 0, -1] for name, outputs in found.items()}
    assert last == {
        "stride as the kernel, padding counts": 2.5,
        "stride as the kernel, padding does not count": 5.0,
        "stride 1, padding counts": 2.5,
        "stride 1, padding does not count": 5.0,
    }


def test_adaptive_windows_overlap():
    assert np.allclose(values("adaptive_avg_pool", {"x": ROW}, output_size=(3,)), [[[1.5, 3, 4.5]]])
    assert values("adaptive_max_pool", {"x": ROW}, output_size=(2,)).tolist() == [[[3, 5]]]
    assert values("global_avg_pool", {"x": ROW}).tolist() == [[[3]]]


def test_the_root_of_powers_by_hand():
    x = np.array([[[3.0, 4.0, 6.0, 8.0, 2.0]]])
    found = values("lp_pool", {"x": x}, norm=2.0, kernel=(2,), stride=(2,), ceil_mode=True)
    assert np.allclose(found, [[[5, 10, 2]]])


def test_the_root_of_a_negative_sum_is_open():
    found = meaning("lp_pool", {"x": -ROW}, norm=3.0, kernel=(2,), stride=(2,), ceil_mode=False)
    assert found.variants[""][0].free.all()


def test_an_index_is_any_of_the_largest():
    x = np.array([[[5.0, 5.0, 1.0, 2.0]]])
    found = meaning("max_pool_index", {"x": x}, **PLAIN, dilation=(1,)).variants[""]
    y = found[0].values[0]
    assert found[1].property.of([y, np.array([[[0, 3]]])]).max() == 0
    assert found[1].property.of([y, np.array([[[1, 3]]])]).max() == 0
    assert found[1].property.of([y, np.array([[[2, 3]]])]).max() > 1
    assert found[1].property.of([y, np.array([[[1, -1]]])]).max() > 1


def test_gradient_of_ties_per_convention():
    x = np.array([[[2.0, 2.0, 1.0, 3.0]]])
    shares = {name: gradients("max_pool:aligned", {"x": x}, np.array([[[4.0, 1.0]]]), name, **PLAIN, dilation=(1,))[0] for name in
              (readings.FIRST, readings.LAST, readings.EVENLY, readings.EVERY)}  # fmt: skip
    assert {name: g[0, 0].tolist() for name, g in shares.items()} == {
        readings.FIRST: [4, 0, 0, 1],
        readings.LAST: [0, 4, 0, 1],
        readings.EVENLY: [2, 2, 0, 1],
        readings.EVERY: [4, 4, 0, 1],
    }


@pytest.mark.parametrize("key", ["avg_pool:aligned", "sum_pool:aligned", "adaptive_avg_pool", "global_avg_pool"])
def test_gradient_is_the_adjoint_of_the_value(key):
    compared = 0
    for case, arrays, found in cases_of(key, 50):
        if case.quantity != GRADIENT or found.rule is Rule.REFUSE or case.dtype not in ("float32", "float64"):
            continue
        gradient = next(iter(found.variants.values()))[0].values[0]
        x = {"x": arrays["x"]}
        value = next(iter(meaning(key, x, **case.parameters).variants.values()))[0].values[0]
        value = np.where(np.isnan(value), 0, value)
        assert np.isclose(
            float((value * arrays["cotangent"]).sum()), float((gradient * arrays["x"]).sum()), rtol=1e-5, atol=1e-5
        ), case
        compared += 1
    assert compared > 10


@pytest.mark.parametrize(
    ("key", "parameters", "words"),
    [
        ("max_pool:aligned", {**PLAIN, "kernel": (0,), "dilation": (1,)}, "kernel (0,): must be at least 1"),
        ("avg_pool:aligned", {**PLAIN, "stride": (-1,), "include_pad": True}, "stride (-1,): must be at least 1"),
        (
            "max_pool:nominal",
            {"kernel": (2,), "stride": (1,), "padding": "full", "ceil_mode": False, "dilation": None},
            "padding 'full'",
        ),
        (
            "max_pool:nominal",
            {"kernel": (2,), "stride": (1,), "padding": (-1,), "ceil_mode": False, "dilation": None},
            "must not be negative",
        ),
        ("adaptive_avg_pool", {"output_size": (-1,)}, "must not be negative"),
    ],
)
def test_what_must_be_refused(key, parameters, words):
    assert words in refusal(key, {"x": ROW}, **parameters)


def test_a_window_above_the_input_is_refused_or_empty():
    found = meaning("max_pool:aligned", {"x": ROW}, kernel=(7,), stride=(1,), padding=((0, 0),), dilation=(1,))
    assert found.rule is Rule.EITHER
    assert found.variants[""][0].shape == (1, 1, 0)


def test_structures_reach_every_kind_of_padding_and_rank():
    cases = drawn("max_pool:aligned")
    assert {case.parameters["padding_is"] for case in cases} == {"none", "half", "same", "one side", "beyond"}
    assert {len(case.parameters["kernel"]) for case in cases} == {1, 2, 3}
    assert any(0 in case.inputs["x"].shape[:1] for case in cases)
    assert any(max(case.parameters["dilation"]) > 1 for case in cases)
    assert 10 < sum("hostile" in case.parameters for case in cases) < 150


def test_structures_in_words_reach_every_word():
    cases = drawn("avg_pool:nominal")
    assert {case.parameters["words"] for case in cases} == {"valid", "same", "numbers"}
    assert {case.parameters["count_include_pad"] for case in cases} == {None, True, False}
    assert {case.parameters["divisor_override"] for case in cases} == {None, 1, 2, 7}
    assert {case.parameters["ceil_mode"] for case in cases} == {True, False}


def test_elements_are_put_back_where_they_were():
    x = np.array([[[5.0, 6.0]]])
    facts = {"kernel": (2,), "stride": None, "padding": (0,)}
    assert values("max_unpool", {"x": x}, index=(3, 0), output_size=None, **facts).tolist() == [[[6, 0, 0, 5]]]
    assert values("max_unpool", {"x": x}, index=(3, 4), output_size=(5,), **facts).tolist() == [[[0, 0, 0, 5, 6]]]
    (back,) = gradients("max_unpool", {"x": x}, np.array([[[1.0, 2, 3, 4]]]), index=(3, 0), output_size=None, **facts)
    assert back.tolist() == [[[4, 1]]]
    assert "4 places" in refusal("max_unpool", {"x": x}, index=(3, 4), output_size=None, **facts)


def test_an_adaptive_index_is_any_of_the_largest():
    x = np.array([[[5.0, 1.0, 5.0, 2.0]]])
    found = meaning("adaptive_max_pool_index", {"x": x}, output_size=(1,)).variants[""]
    assert [found[1].property.of([found[0].values[0], np.array([[[i]]])]).max() > 1 for i in range(4)] == [
        False, True, False, True,
    ]  # fmt: skip


def test_the_gradient_of_a_root_of_powers_by_hand():
    x, facts = np.array([[[3.0, 4.0, 0.0, 0.0, -3.0, 4.0]]]), {"kernel": (2,), "stride": (2,), "ceil_mode": False}
    (found,) = gradients("lp_pool", {"x": x}, np.array([[[1.0, 1.0, 5.0]]]), norm=2.0, **facts)
    assert np.allclose(found, [[[0.6, 0.8, 0, 0, -3, 4]]])
    open_ = meaning("lp_pool", {"x": -x[..., :2], "cotangent": np.ones((1, 1, 1))}, GRADIENT, norm=3.0, **facts)
    assert open_.variants[""][0].free.all()


def test_the_gradient_of_a_root_of_powers_is_that_of_differences():
    compared = 0
    for case, arrays, found in cases_of("lp_pool", 60):
        if case.quantity != GRADIENT or found.rule is not Rule.COMPUTE or case.dtype != "float64":
            continue
        expected = found.variants[""][0]
        free = np.zeros(expected.shape, bool) if expected.free is None else expected.free
        direction, step = (
            np.where(free, 0, np.random.default_rng(1).normal(size=expected.shape)),
            2.0**-18,
        )
        ends = [meaning("lp_pool", {"x": arrays["x"] + side * step * direction}, **case.parameters) for side in (1, -1)]
        high, low = (np.nan_to_num(end.variants[""][0].values[0]) for end in ends)
        wanted = float(((high - low) / (2 * step) * arrays["cotangent"]).sum())
        assert abs(wanted - float((expected.values[0] * direction).sum())) < 1e-4 * (1 + np.abs(direction).sum())
        compared += 1
    assert compared > 3


def test_the_smallest_gets_the_cotangent():
    x = {"x": np.array([[[2.0, 1.0, 4.0, 3.0]]])}
    (found,) = gradients("min_pool:aligned", x, np.array([[[5.0, 7.0]]]), **PLAIN, dilation=(1,))
    assert found.tolist() == [[[0, 5, 0, 7]]]


def test_a_huge_result_of_an_empty_batch_is_not_computed():
    facts = {"kernel": (2,), "stride": (1,), "padding": ((0, 2**31),), "dilation": (1,)}
    found = meaning("max_pool:aligned", {"x": np.zeros((0, 1, 5))}, **facts)
    assert found.rule is Rule.EITHER
    assert "above the stated limit" in found.reason


@pytest.mark.parametrize("key", ["max_pool:aligned", "max_pool_index"])
@pytest.mark.parametrize(
    "cause", ["max_pool1d() padding should be at most half", "pad should be smaller than or equal to half"]
)
@pytest.mark.parametrize(
    ("kernel", "padding", "known"),
    [((4, 1), ((5, 5), (0, 0)), True), ((4, 1), ((2, 2), (0, 0)), False), ((1, 4), ((0, 0), (3, 3)), True)],
)
def test_torch_documents_padding_up_to_half_of_a_dilated_kernel(key, cause, kernel, padding, known):
    x = InputSpec((4, 3, 12, 12), "float32")
    case = Case(key, {"x": x}, {"kernel": kernel, "stride": (1, 1), "padding": padding, "dilation": (3, 3)}, VALUE)
    found = meaning(key, {"x": generate(x)}, **case.parameters)
    assert found.rule is Rule.COMPUTE
    refused = Raised("RuntimeError", f"{cause} of kernel size, but got")
    judgement = judge(operator.get(key), case, Target.parse("torch:cpu:eager"), found, refused, Accuracy())
    assert judgement.disagreement.kind is Kind.RAISED
    assert (judgement.known is not None) == known
