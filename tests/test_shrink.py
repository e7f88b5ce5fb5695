"""Shrinking keeps the disagreement, ends, stays within its budget, and leaves little."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from test_draw import to_case

from harness import operator
from harness.case import COTANGENT, GRADIENT, Case, InputSpec
from harness.draw import Drawn, draw_block
from harness.shrink import shrink, simplify_values
from harness.values import generate
from strategies import convolution

STRATEGIES = {
    "forward": convolution.forward().map(to_case),
    "transposed": convolution.transposed().map(to_case),
}
DRAWN = {name: [d for b in range(10) for d in draw_block(s, name, 0, b)] for name, s in STRATEGIES.items()}


def plain(case: Case) -> bool:
    return "hostile" not in case.parameters


def kernel(case: Case) -> tuple[int, ...]:
    return case.inputs["w"].shape[2:]


def rank(case: Case) -> int:
    return len(case.parameters["stride"])


def elements(case: Case) -> int:
    return sum(math.prod(max(length, 1) for length in spec.shape) for spec in case.inputs.values())


# What a planted bug depends on, and the elements of x, w and b in the smallest case by hand (forward, transposed).
BUGS = {
    "stride above 1": (lambda c: plain(c) and max(c.parameters["stride"]) > 1, (2, 2)),
    "a dilation that matters": (
        lambda c: plain(c) and any(d > 1 and k > 1 for d, k in zip(c.parameters["dilation"], kernel(c), strict=True)),
        (4, 3),
    ),
    "groups": (lambda c: plain(c) and c.parameters["groups"] > 1, (4, 4)),
    "two dimensions": (lambda c: plain(c) and rank(c) == 2, (2, 2)),
    "strides of dimensions exchanged": (
        lambda c: plain(c) and rank(c) == 2 and len(set(c.parameters["stride"])) == 2,
        (2, 2),
    ),
    "bias in three dimensions": (lambda c: plain(c) and rank(c) == 3 and "b" in c.inputs, (3, 3)),
    "sixteen channels": (lambda c: plain(c) and c.inputs["w"].shape[0] >= 16, (17, 32)),
    "even kernel in bfloat16": (lambda c: plain(c) and c.dtype == "bfloat16" and kernel(c)[-1] % 2 == 0, (3, 3)),
    "empty batch": (lambda c: plain(c) and c.inputs["x"].size == 0, (2, 2)),
    "huge stride": (lambda c: "hostile" in c.parameters and max(c.parameters["stride"], default=0) >= 2**31, (2, 2)),
}


def sightings(form: str, bug: str, count: int) -> list[Drawn]:
    """Drawn cases that show the bug, the largest first."""
    shown = [drawn for drawn in DRAWN[form] if BUGS[bug][0](drawn.case)]
    return sorted(shown, key=lambda drawn: -elements(drawn.case))[:count]


@pytest.mark.parametrize("form", STRATEGIES)
@pytest.mark.parametrize("bug", BUGS)
def test_shrinking_keeps_the_bug_and_leaves_at_most_twice_the_best_by_hand(form, bug):
    still, smallest = BUGS[bug]
    found = sightings(form, bug, 3)
    assert found
    for drawn in found:
        shrunk = shrink(STRATEGIES[form], drawn.choices, still, probes=1000, seconds=60)
        assert still(shrunk.structure)
        assert shrunk.minimal
        assert elements(shrunk.structure) <= 2 * smallest[form == "transposed"], shrunk.structure


@pytest.mark.parametrize("bug", ["a dilation that matters", "strides of dimensions exchanged", "sixteen channels"])
def test_thirty_probes_are_enough_for_most_of_it(bug):
    still, smallest = BUGS[bug]
    for form in STRATEGIES:
        for drawn in sightings(form, bug, 3):
            shrunk = shrink(STRATEGIES[form], drawn.choices, still, probes=30, seconds=60)
            assert still(shrunk.structure)
            assert shrunk.probes <= 30
            assert elements(shrunk.structure) <= max(20, 4 * smallest[form == "transposed"]), shrunk.structure


@pytest.mark.parametrize("probes", [1, 2, 7, 30])
def test_the_cap_on_probes_holds_and_is_told(probes):
    still = BUGS["strides of dimensions exchanged"][0]
    (drawn,) = sightings("forward", "strides of dimensions exchanged", 1)
    asked: list[str] = []

    def counting(case: Case) -> bool:
        asked.append(case.key)
        return still(case)

    shrunk = shrink(STRATEGIES["forward"], drawn.choices, counting, probes=probes, seconds=60)
    assert len(asked) == len(set(asked)) == shrunk.probes == probes
    assert not shrunk.minimal
    assert still(shrunk.structure)
    assert elements(shrunk.structure) <= elements(drawn.case)


def test_without_time_nothing_is_probed():
    drawn = DRAWN["forward"][5]
    shrunk = shrink(STRATEGIES["forward"], drawn.choices, lambda case: True, probes=30, seconds=0.0)
    assert (shrunk.structure, shrunk.probes, shrunk.minimal) == (drawn.case, 0, False)


def test_a_disagreement_that_is_gone_leaves_the_original():
    drawn = DRAWN["transposed"][17]
    shrunk = shrink(STRATEGIES["transposed"], drawn.choices, lambda case: False, probes=30, seconds=60)
    assert (shrunk.structure, shrunk.probes, shrunk.minimal) == (drawn.case, 1, False)


def test_a_disagreement_that_shows_once_only_leaves_the_original():
    drawn = DRAWN["forward"][9]
    answers = iter([True])
    shrunk = shrink(STRATEGIES["forward"], drawn.choices, lambda case: next(answers, False), probes=500, seconds=60)
    assert shrunk.structure == drawn.case


def test_the_same_run_gives_the_same_result():
    still = BUGS["a dilation that matters"][0]
    (drawn,) = sightings("forward", "a dilation that matters", 1)
    runs = [shrink(STRATEGIES["forward"], drawn.choices, still, probes=200, seconds=60) for _ in range(2)]
    assert runs[0] == runs[1]


def test_an_error_of_the_predicate_is_not_swallowed():
    def broken(case: Case) -> bool:
        raise OSError("pool closed")

    with pytest.raises(OSError, match="pool closed"):
        shrink(STRATEGIES["forward"], DRAWN["forward"][3].choices, broken, probes=5, seconds=60)


def test_choices_from_elsewhere_are_refused():
    with pytest.raises(ValueError, match="choices of 3 bytes"):
        shrink(STRATEGIES["forward"], b"\xff\xff\xff", lambda case: True, probes=5, seconds=60)


def valued() -> Case:
    inputs = {
        "x": InputSpec((3, 2, 5), "float32", "rounding", 11, "strided"),
        "w": InputSpec((4, 2, 3), "float32", "rounding", 12, "transposed"),
        "b": InputSpec((4,), "float32", "rounding", 13),
    }
    return Case("conv:aligned", inputs, {"stride": (1,), "batched": True})


def test_values_become_ones_when_they_do_not_matter():
    simple = simplify_values(valued(), lambda case: True)
    assert {name: (spec.regime, spec.shape, spec.layout) for name, spec in simple.inputs.items()} == {
        "x": ("ones", (1, 2, 5), "contiguous"),
        "w": ("ones", (4, 2, 3), "contiguous"),
    }


def test_values_keep_what_matters():
    def still(case: Case) -> bool:
        last = case.inputs.get("b")
        return case.inputs["w"].layout == "transposed" and last is not None and last.regime in ("arange", "rounding")

    simple = simplify_values(valued(), still)
    assert still(simple)
    assert {name: spec.regime for name, spec in simple.inputs.items()} == {"x": "zeros", "w": "zeros", "b": "arange"}
    assert simple.inputs["x"].shape == (1, 2, 5)


def test_a_single_one_may_have_to_stand_last():
    def still(case: Case) -> bool:
        x = case.inputs["x"]
        return x.regime == "rounding" or (x.regime == "one_hot" and x.seed == x.size - 1)

    simple = simplify_values(valued(), still)
    assert simple.inputs["x"] == InputSpec((1, 2, 5), "float32", "one_hot", 9)


def test_a_gradient_keeps_its_cotangent_in_step_with_the_batch():
    case = valued()
    cotangent = InputSpec((3, 4, 3), "float32", "rounding", 14)
    case = replace(case, inputs={**case.inputs, COTANGENT: cotangent}, quantity=GRADIENT)
    simple = simplify_values(case, lambda case: case.inputs["x"].shape[0] == case.inputs[COTANGENT].shape[0])
    assert simple.inputs["x"].shape[0] == simple.inputs[COTANGENT].shape[0] == 1


def test_nothing_simpler_leaves_the_case_and_respects_the_cap():
    asked: list[Case] = []

    def never(case: Case) -> bool:
        asked.append(case)
        return False

    assert simplify_values(valued(), never) == valued()
    whole = len(asked)
    assert whole == len({case.key for case in asked}) == 3 + 1 + 3 * 5
    assert simplify_values(valued(), never, probes=4) == valued()
    assert len(asked) == whole + 4


def test_a_function_that_fails_at_one_value_is_shown_with_that_value_alone():
    case = Case("exp", {"x": InputSpec((5,), "float32", "rounding", 7)}, {})
    culprit = float(generate(case.inputs["x"])[3])

    def still(candidate: Case) -> bool:
        return culprit in generate(candidate.inputs["x"]).tolist()

    simple = simplify_values(case, still, pointwise=True)
    assert simple.inputs["x"] == InputSpec((1,), "float32", "full", points=(culprit,))
    assert simplify_values(case, still).inputs["x"].regime == "rounding"


def test_two_values_that_fail_together_are_shown_alone():
    case = Case("pow", {name: InputSpec((3, 4), "float32", "rounding", seed) for seed, name in enumerate("xy")}, {})
    x, y = (generate(spec)[1, 2] for spec in case.inputs.values())

    def still(candidate: Case) -> bool:
        one, other = (generate(spec) for spec in candidate.inputs.values())
        return one.shape == other.shape and bool(((one == x) & (other == y)).any())

    simple = simplify_values(case, still, pointwise=True, probes=200)
    assert {(spec.shape, spec.regime) for spec in simple.inputs.values()} == {((1,), "full")}
    assert [float(generate(spec)[0]) for spec in simple.inputs.values()] == [x, y]
    assert {spec.shape for spec in simplify_values(case, still).inputs.values()} == {(3, 4)}


def test_the_operators_that_act_on_single_elements_say_so():
    """Without it a finding on one of them keeps all the elements that its case was drawn with."""
    elementwise = [op for op in operator.load().values() if op.family in ("activation", "elementwise")]
    assert {op.key for op in elementwise if not op.pointwise} == {"glu", "prelu", "sparsemax"}  # these look at axes
    assert not operator.get("sum").pointwise
