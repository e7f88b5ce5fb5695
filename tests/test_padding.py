"""Padding against NumPy's own pad, its refusals and conventions, and planted bugs."""

from __future__ import annotations

import numpy as np
import pytest
from moved import cases_of, drawn, gradients, meaning, refusal, same, values

from harness import operator
from harness.case import VALUE, Case, InputSpec
from harness.meaning import Rule

NUMPY = {
    "pad_reflect": "reflect",
    "pad_symmetric": "symmetric",
    "pad_edge": "edge",
    "pad_wrap": "wrap",
    "pad_constant": "constant",
}
X = np.arange(1.0, 5.0)


@pytest.mark.parametrize("key", NUMPY)
def test_values_are_those_of_numpy(key):
    compared = 0
    for case, arrays, found in cases_of(key):
        pads = case.parameters["pads"]
        if case.quantity != VALUE or not found.variants or min(map(min, pads)) < 0:
            continue
        extra = {"constant_values": case.parameters["value"]} if key == "pad_constant" else {}
        wanted = np.pad(arrays["x"], pads, mode=NUMPY[key], **extra)
        expected = next(iter(found.variants.values()))[0]
        assert same(expected.values[0].astype(wanted.dtype), wanted), case
        compared += 1
    assert compared > 40


@pytest.mark.parametrize(
    ("key", "pads", "wanted"),
    [
        ("pad_reflect", (2, 3), [3, 2, 1, 2, 3, 4, 3, 2, 1]),
        ("pad_symmetric", (2, 1), [2, 1, 1, 2, 3, 4, 4]),
        ("pad_edge", (1, 2), [1, 1, 2, 3, 4, 4, 4]),
        ("pad_wrap", (1, 2), [4, 1, 2, 3, 4, 1, 2]),
    ],
)
def test_one_row_by_hand(key, pads, wanted):
    assert values(key, {"x": X}, pads=(pads,)).tolist() == wanted


def test_reflecting_beyond_the_size_may_be_refused_or_repeats():
    found = meaning("pad_reflect", {"x": X}, pads=((4, 0),))
    assert found.rule is Rule.EITHER
    assert found.variants["repeat"][0].values[0].tolist() == [3, 4, 3, 2, 1, 2, 3, 4]
    assert found.variants["refuse"][0].property.of([X]) > 1


def test_negative_widths_may_be_refused_or_crop():
    found = meaning("pad_reflect", {"x": X}, pads=((-1, 1),))
    assert found.rule is Rule.EITHER
    assert found.variants["crop"][0].values[0].tolist() == [2, 3, 4, 3]


@pytest.mark.parametrize(
    ("pads", "crop", "first"),
    [
        ((2, -1), [3, 4, 1, 2, 3], [2, 3, 1, 2, 3]),
        ((-3, 2), [4, 1, 2], [4, 4, 4]),
        ((-1, -1), [2, 3], [2, 3]),
    ],
)
def test_a_period_with_a_negative_width_is_that_of_all_elements_or_of_those_left(pads, crop, first):
    found = meaning("pad_wrap", {"x": X}, pads=(pads,))
    assert {name: found.variants[name][0].values[0].tolist() for name in ("crop", "crop first")} == {
        "crop": crop,
        "crop first": first,
    }


def test_nothing_left_has_no_period():
    assert set(meaning("pad_wrap", {"x": X}, pads=((-4, 2),)).variants) == {"crop", "refuse"}
    assert set(meaning("pad_reflect", {"x": X}, pads=((-1, 1),)).variants) == {"crop", "refuse"}


def test_torch_continues_what_negative_widths_leave():
    call = operator.get("pad_wrap").select("torch", drawn_pad(((0, 0), (2, -1))), "eager")
    assert call.convention(drawn_pad(((0, 0), (2, -1)))) == "crop first"
    assert call.convention(drawn_pad(((0, 0), (5, 1)))) == "refuse"


def drawn_pad(pads):
    return Case("pad_wrap", {"x": InputSpec((2, 4), "float32")}, {"pads": pads})


def test_interior_padding_by_hand():
    padded = values("pad_interior", {"x": X[:3]}, config=((1, -1, 1),), value=9.0)
    assert padded.tolist() == [9, 1, 9, 2, 9]


def test_interior_padding_against_loops():
    for case, arrays, found in cases_of("pad_interior"):
        if case.quantity != VALUE or found.rule is not Rule.COMPUTE or arrays["x"].ndim != 1:
            continue
        ((low, high, gap),) = case.parameters["config"]
        row = []
        for i, element in enumerate(arrays["x"]):
            row += [case.parameters["value"]] * gap * (i > 0) + [element]
        constant = [case.parameters["value"]]
        row = constant * max(low, 0) + row + constant * max(high, 0)
        row = row[max(-low, 0) : len(row) - max(-high, 0)]
        assert same(found.variants[""][0].values[0].astype(arrays["x"].dtype), np.array(row, arrays["x"].dtype)), case


def test_gradient_adds_what_was_repeated():
    (edge,) = gradients("pad_edge", {"x": X}, np.ones(7), pads=((1, 2),))
    (reflect,) = gradients("pad_reflect", {"x": X}, np.arange(7.0), pads=((2, 1),))
    assert edge.tolist() == [2, 1, 1, 3]
    assert reflect.tolist() == [2, 1 + 3, 0 + 4 + 6, 5]


def test_gradient_is_the_adjoint_of_the_value():
    rng = np.random.default_rng(0)
    x, v = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    for key in ("pad_reflect", "pad_symmetric", "pad_wrap", "pad_edge"):
        pads = ((0, 2), (2, 1))
        cotangent = rng.normal(size=(5, 7))
        (gradient,) = gradients(key, {"x": x}, cotangent, pads=pads)
        assert np.isclose((np.asarray(values(key, {"x": v}, pads=pads)) * cotangent).sum(), (v * gradient).sum())


@pytest.mark.parametrize(
    ("key", "parameters", "words"),
    [
        ("pad_constant", {"pads": ((0, 1), (0, 1)), "value": 0.0}, "pads of 2 axes"),
        ("pad_constant", {"pads": ((-3, -2),), "value": 0.0}, "less than nothing"),
        ("pad_interior", {"config": ((0, 0, -1),), "value": 0.0}, "a gap is not negative"),
        ("pad_interior", {"config": ((-5, 0, 0),), "value": 0.0}, "less than nothing"),
    ],
)
def test_what_must_be_refused(key, parameters, words):
    assert words in refusal(key, {"x": X}, **parameters)


def test_an_empty_axis_has_nothing_to_repeat_but_takes_a_constant():
    empty = np.zeros((2, 0))
    assert "nothing to repeat" in refusal("pad_wrap", {"x": empty}, pads=((0, 0), (1, 0)))
    assert values("pad_constant", {"x": empty}, pads=((0, 0), (1, 1)), value=3.0).tolist() == [[3, 3], [3, 3]]


def test_a_result_beyond_memory_is_no_promise():
    assert meaning("pad_constant", {"x": X}, pads=((2**62, 0),), value=0.0).rule is Rule.EITHER


@pytest.mark.parametrize("key", ["pad_reflect", "pad_constant"])
def test_structures_reach_every_width(key):
    reached = {case.parameters["indices_are"] for case in drawn(key)}
    assert reached == {"inside", "at the limit", "beyond", "negative", "zero"}
    assert {"width", "too many"} <= {case.parameters.get("hostile") for case in drawn(key)}
