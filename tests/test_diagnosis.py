"""Explanations one by one: what each predicts by its definition, and that noise is explained by nothing."""

from dataclasses import replace

import numpy as np
import pytest

from harness import limits, operator
from harness.case import Case, Described, InputSpec, Returned
from harness.diagnosis import contexts, intervals, kinds, orders, places, precision, results
from harness.diagnosis.integers import wrap
from harness.diagnosis.observation import Observation
from harness.diagnosis.table import diagnose
from harness.formats import numpy_dtype
from harness.meaning import Accuracy
from harness.values import arrays_of


def case_of(key, dtype="float32", regime="rounding", seed=0, shape=(3, 35), **parameters):
    names = operator.get(key).inputs
    inputs = {name: InputSpec(shape, dtype, regime, seed + i, limit=100) for i, name in enumerate(names)}
    return Case(key, inputs, parameters)


def right_of(case):
    outputs = next(iter(operator.get(case.operator).meaning(case, arrays_of(case)).variants.values()))
    return [np.array(output.values[0]).astype(numpy_dtype(output.dtype)) for output in outputs]


def run_of(case, wrong=None, *, again=(), before=None):
    """A run of a case that gives what ``wrong`` makes of the right results."""
    op = operator.get(case.operator)
    arrays = arrays_of(case)
    meaning = op.meaning(case, arrays)
    convention = next(iter(meaning.variants))
    with np.errstate(all="ignore"):
        got = tuple(wrong(array) if wrong else array for array in right_of(case))
    outcome = Returned(got, again=again)
    return Observation(
        op,
        case,
        arrays,
        convention,
        meaning.variants[convention],
        Accuracy(),
        outcome,
        right=wrong is None,
        same=wrong is not None,
        before=before,
    )


def runs_of(case, wrong, count=3):
    """Runs of a case with several sets of values."""
    seeds = [{n: replace(spec, seed=spec.seed + 10 * k) for n, spec in case.inputs.items()} for k in range(count)]
    return [run_of(replace(case, inputs=inputs), wrong) for inputs in seeds]


def name_of(case, wrong, **options):
    found = diagnose(runs_of(case, wrong), **options)
    return found and found.name


def put(value, *place):
    def wrong(array):
        changed = array.copy()
        changed[place] = value
        return changed

    return wrong


@pytest.mark.parametrize(
    ("key", "dtype", "wrong", "name"),
    [
        ("cos", "float32", np.negative, "sign reversed"),
        ("exp", "float32", np.zeros_like, "all zeros"),
        ("exp", "float32", lambda a: np.full_like(a, np.nan), "all NaN"),
        ("exp", "float32", lambda a: a[:, ::-1], "operand reversed"),
        ("exp", "float32", lambda a: np.roll(a, 1, axis=0), "operand rotated"),
        ("exp", "float32", lambda a: orders.shifted(a, 1, -1), "result shifted"),
        ("exp", "float32", lambda a: a * np.float32(2), "constant factor"),
        ("exp", "float32", lambda a: a * np.float32(34 / 35), "constant factor"),
        ("exp", "float32", lambda a: a * np.float32(1.001), "constant factor"),
        ("exp", "float32", lambda a: a + np.float32(1), "constant offset"),
        ("sin", "float32", np.negative, "sign of an operand"),
        ("sin", "float32", np.abs, "sign lost"),
        ("exp", "float32", lambda a: a.astype(np.float16).astype(a.dtype), "result rounded"),
        ("exp", "float64", lambda a: a.astype(np.float32).astype(a.dtype), "result rounded"),
        ("exp", "float32", lambda a: np.clip(a, -2, 2), "result cut"),
        ("exp", "float32", put(0, ..., slice(32, None)), "tail"),
        ("exp", "float32", put(0, ..., slice(5, None, 8)), "one lane"),
        ("exp", "float32", put(0, ..., 0), "first element"),
        ("multiply", "int32", lambda a: wrap(a.astype(np.float64), "int8").astype(a.dtype), "integer wrapped"),
    ],
)
def test_what_became_of_a_result_is_named(key, dtype, wrong, name):
    assert name_of(case_of(key, dtype, "rounding"), wrong) == name


def test_the_tail_says_which_elements():
    found = diagnose(runs_of(case_of("exp"), put(0, ..., slice(32, None))))
    assert found.sentence == (
        "wrong elements are only among the last 3 of 35 along axis -1, the tail after 32, a multiple of 32 lanes"
        ", or wrong elements are only among the last 3 of 35 along axis -1, the tail after 32, a multiple of 16 lanes"
        ", or something else that fits as well"
    )


def test_another_parameter_is_named_with_its_value():
    case = case_of("sum", regime="exact", axis=0, keepdims=False, shape=(6, 6))

    def run(seed):
        inputs = {"x": replace(case.inputs["x"], seed=seed)}
        other = right_of(replace(case, inputs=inputs).with_parameters(axis=1))[0]
        return run_of(replace(case, inputs=inputs), lambda array: other)

    found = diagnose([run(1), run(2)])
    assert found.name == "parameter axis"
    assert "the result is the one for axis = 1 in place of 0" in found.sentence


def test_operands_exchanged():
    case = case_of("subtract", shape=(4, 9))
    assert name_of(case, np.negative) == "operands exchanged"  # y - x, which is also the opposite of x - y


def test_another_operator():
    case = case_of("floor", shape=(64,))
    runs = [run_of(replace(case, inputs={"x": replace(case.inputs["x"], seed=seed)})) for seed in range(3)]
    wrong = [replace(run, outcome=Returned((np.ceil(run.arrays["x"]),)), right=False, same=True) for run in runs]
    assert "the result is that of ceil" in diagnose(wrong).sentence


def test_memory_that_is_not_written_and_stale_results():
    case = case_of("exp", shape=(9,))
    pattern = np.frombuffer(bytes([~limits.PATTERN & 0xFF]) * 4, np.float32)[0]
    first = run_of(case, put(1e-3, 4), again=(put(pattern, 4)(right_of(case)[0]),))
    assert diagnose([first, first]).name == "uninitialised memory"
    before = run_of(replace(case, inputs={"x": replace(case.inputs["x"], seed=99)}))
    stale = run_of(case, lambda array: before.outcome.arrays[0], before=before)
    assert diagnose([stale, stale]).name == "stale result"


def test_kinds_of_inputs_are_those_that_are_wrong_and_no_others():
    case = case_of("exp", regime="special", shape=(256,))

    def runs(where):
        seeds = [replace(case, inputs={"x": replace(case.inputs["x"], seed=seed)}) for seed in range(3)]
        right = [run_of(one) for one in seeds]
        marked = [np.where(where(run.arrays["x"]), np.float32(7), run.outcome.arrays[0]) for run in right]
        return [
            replace(run, outcome=Returned((m,)), right=False, same=True) for run, m in zip(right, marked, strict=True)
        ]

    def zeros_only(array):
        """Exactly the zeros: a few other numbers would be a kind of their own."""
        return array == 0

    found = diagnose(runs(zeros_only))
    assert found.sentence == "the result is wrong exactly where x is zero"
    assert diagnose(runs(lambda array: (array == 0) & (np.arange(array.size) % 2 == 0))).sentence != found.sentence


def test_a_limit_of_magnitude_is_that_of_the_numbers_that_were_seen():
    case = case_of("exp", shape=(512,))
    runs = [run_of(replace(case, inputs={"x": replace(case.inputs["x"], seed=seed)})) for seed in range(3)]
    wrong = [
        replace(
            run,
            outcome=Returned((np.where(np.abs(run.arrays["x"]) > 3, np.inf, run.outcome.arrays[0]),)),
            right=False,
            same=True,
        )
        for run in runs
    ]
    sizes = np.abs(np.concatenate([run.arrays["x"] for run in runs]))
    least, most = sizes[sizes > 3].min(), sizes[sizes <= 3].max()
    explanations = [one for one in kinds.magnitudes(wrong) if one.sentence.startswith("elements with |x|")]
    assert [one.sentence for one in explanations] == [
        f"elements with |x| of at least {least:.4g} are wrong, those with at most {most:.4g} are right"
    ]
    assert all(explanations[0].holds(run) for run in wrong)
    assert explanations[0].holds(runs[0]) is False  # numbers beyond the limit, and right


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("key", "dtype"), [("exp", "float32"), ("sin", "float64"), ("sqrt", "bfloat16")])
def test_noise_is_explained_by_nothing(key, dtype, seed):
    random = np.random.default_rng(seed)

    def noisy(array):
        return (array.astype(np.float64) + random.standard_normal(array.shape)).astype(array.dtype)

    assert name_of(case_of(key, dtype, shape=(7, 11)), noisy) is None


@pytest.mark.parametrize("seed", range(20))
def test_a_wrong_element_somewhere_gives_no_claim_of_lanes(seed):
    random = np.random.default_rng(seed)

    def wrong(array):
        changed = array.copy()
        changed[tuple(random.integers(n) for n in array.shape)] = random.standard_normal() * 100
        return changed

    assert name_of(case_of("exp", shape=(5, 35)), wrong) is None


def test_one_wrong_outcome_is_not_enough_and_a_right_one_can_contradict():
    case = case_of("exp")
    doubled = runs_of(case, lambda array: array * np.float32(2))
    assert diagnose(doubled[:1]) is None
    assert diagnose(doubled).name == "constant factor"
    assert diagnose([*doubled, run_of(replace(case, inputs={"x": replace(case.inputs["x"], seed=77)}))]) is None


def test_a_shape_is_told_apart_by_structures_not_by_values():
    def described(shape):
        case = case_of("exp", shape=shape)
        return replace(run_of(case, lambda array: array), outcome=Described((shape[:-1],), ("float32",)))

    assert diagnose([described((2, 3, 4)), described((2, 3, 4))]) is None
    found = diagnose([described((2, 3, 4)), described((5, 6))])
    assert (found.name, found.sentence) == ("axes lost", "the shape of y lacks its last axis")


def test_an_infinite_bound_lets_nothing_pass():
    case = case_of("relu", regime="special", shape=(512,))
    largest = np.float32(np.finfo(np.float32).max)
    runs = runs_of(case, lambda array: np.where(np.isinf(array), largest, array))
    found = diagnose(runs)
    assert "y holds the largest finite number where an infinity is right" in found.sentence
    held = [one.sentence for row in (results.factors, results.offsets) for one in row(runs) if one.holds(runs[0])]
    assert held == []


def test_rounding_to_eleven_digits():
    given = np.array([1 + 2**-10, 1 + 2**-11, 1 + 3 * 2**-11, -3.0, 0.0], np.float32)
    assert precision.rounded_tf32(given).tolist() == [1 + 2**-10, 1.0, 1 + 2**-9, -3.0, 0.0]


def test_integers_wrap():
    given = np.array([127, 128, -129, 256, 300], np.float64)
    assert wrap(given, "int8").tolist() == [127, -128, 127, 0, 44]
    assert wrap(given, "uint8").tolist() == [127, 128, 127, 0, 44]


def test_masks_of_places():
    run = run_of(case_of("exp", shape=(2, 10)), put(0, ..., slice(8, None)))
    tails = [one for one in places.tails([run]) if one.holds(run)]
    assert [one.sentence for one in tails] == [
        "wrong elements are only among the last 2 of 10 along axis -1, the tail after 8, a multiple of 8 lanes",
        "wrong elements are only among the last 2 of 10 along axis -1, the tail after 8, a multiple of 4 lanes",
    ]


def test_accumulation_is_a_statement_about_many_errors():
    case = case_of("sum", axis=-1, keepdims=False, shape=(64, 60))

    def half(run):
        total = np.zeros(64, np.float16)
        for column in run.arrays["x"].T:
            total = (total + column.astype(np.float16)).astype(np.float16)
        return total.astype(np.float32) + np.float32(2.0**-14)  # not a number of float16

    def runs(result):
        seeds = [replace(case, inputs={"x": replace(case.inputs["x"], seed=seed)}) for seed in range(2)]
        right = [run_of(one) for one in seeds]
        return [replace(run, outcome=Returned((result(run),)), right=False, same=True) for run in right]

    assert next(one.holds(run) for run in runs(half) for one in precision.narrow_accumulation([run])) is True
    single = runs(lambda run: put(run.outcome.arrays[0][0] * np.float32(1.001), 0)(run.outcome.arrays[0]))
    assert next(one.holds(run) for run in single for one in precision.narrow_accumulation([run])) is False


def test_a_size_is_asked_for_with_several_values():
    case = case_of("exp", regime="ones", shape=(31,))
    length = lambda one: one.inputs["x"].shape[0]  # noqa: E731
    assert contexts.beyond_a_size(case, lambda cases: [length(one) >= 31 for one in cases]) == (
        "with 30 and 15 in place of 31 elements along an axis it is right, with 62 wrong again"
    )
    assert contexts.beyond_a_size(case, lambda cases: [length(one) % 2 == 1 for one in cases]) == ""
    random = case_of("exp", shape=(31,))  # one set of values shows it, whatever the size
    shows = lambda one: one.inputs["x"].seed == 0 and length(one) >= 31  # noqa: E731
    assert contexts.beyond_a_size(random, lambda cases: [shows(one) for one in cases]) == ""


def test_a_size_is_not_asked_for_any_further_once_it_cannot_be():
    case, asked = case_of("exp", regime="ones", shape=(31, 12, 8)), []

    def wrong(cases):
        asked.extend(one.inputs["x"].shape for one in cases)
        return [True for _ in cases]

    assert contexts.beyond_a_size(case, wrong, 1) == ""
    assert asked == [(30, 12, 8)]


def test_an_interval_needs_right_inputs_on_both_sides_and_most_of_it_wrong():
    case = case_of("exp", shape=(64,))
    x = arrays_of(case)["x"]
    at = np.sort(x)
    where = lambda mask: lambda y: np.where(mask, 2 * y, y)  # noqa: E731
    between = lambda first, last: (x >= at[first]) & (x <= at[last])  # noqa: E731
    said = lambda mask: [one.sentence for one in intervals.intervals([run_of(case, where(mask))])]  # noqa: E731
    assert said(between(40, 50)) == [
        f"every wrong element is one with x from {at[40]:.4g} to {at[50]:.4g}, "
        f"those compared with x up to {at[39]:.4g} and from {at[51]:.4g} on are right"
    ]
    assert said(between(40, 63)) == said(between(0, 50)) == []  # from a number on, and up to one
    assert said(between(40, 44)) == []  # few
    assert said(between(10, 50) & (np.arange(64) % 2 == 0)) == []  # not the interval, but something in it
    [explanation] = intervals.intervals([run_of(case, where(between(40, 50)))])
    assert explanation.holds(run_of(case, where(between(42, 45))))
    assert explanation.holds(run_of(case, where(between(30, 45)))) is False
    assert explanation.holds(run_of(case)) is False


def test_how_often_it_shows():
    assert contexts.unsteady(3, 10) == "the same call is wrong in 3 of 10 runs"
    assert contexts.unsteady(3, 3) == contexts.unsteady(0, 3) == ""


def test_factors_come_from_the_sizes_of_the_inputs():
    run = run_of(case_of("exp", shape=(7,)), lambda array: array * np.float32(7 / 6))
    held = [one.sentence for one in results.factors([run]) if one.holds(run)]
    assert held == ["y is 7/6 times the right result"]
