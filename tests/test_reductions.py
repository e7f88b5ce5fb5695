"""Reductions: references against second implementations, special values, refusals, structures, planted bugs."""

import math
from collections import Counter

import numpy as np
import pytest
import scipy.special
from reduced import OPERATORS, case_of, judged, only, random, values

from harness.case import GRADIENT, Case, InputSpec, Kind, Returned, Target
from harness.check import judge_all
from harness.compare import judge
from harness.draw import draw_block
from harness.formats import FLOATS as FORMATS
from harness.formats import numpy_dtype
from harness.meaning import Accuracy, Rule
from harness.values import arrays_of

SECOND = {
    "sum": lambda x, **axis: np.add.reduce(x, **axis),
    "mean": np.average,
    "prod": np.multiply.reduce,
    "max": np.maximum.reduce,
    "min": np.minimum.reduce,
    "logsumexp": scipy.special.logsumexp,
    "nansum": np.nansum,
    "nanmean": np.nanmean,
    "nanprod": np.nanprod,
    "nanmax": np.nanmax,
    "nanmin": np.nanmin,
    "ptp": np.ptp,
    "nanvar": lambda x, axis: np.nanvar(x, axis=axis, ddof=1),
    "nanstd": lambda x, axis: np.nanstd(x, axis=axis, ddof=1),
    "nanquantile": lambda x, axis: np.nanquantile(x, 0.3, axis=axis),
}
PARAMETERS = {"ddof": 1, "q": 0.3, "interpolation": "linear"}


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), (-1, 1)])
@pytest.mark.parametrize("key", SECOND)
@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:All-NaN", "ignore:Degrees of freedom")
def test_reference_agrees_with_numpy_or_scipy(key, axis):
    x = random(3, 4, 5)
    if key.startswith("nan"):
        x[0, 1, 2:] = x[2] = np.nan
    got = only(key, x, axis=axis, **PARAMETERS)
    np.testing.assert_allclose(got.astype(float), SECOND[key](x, axis=axis), rtol=1e-13)


@pytest.mark.parametrize("ddof", [0, 1])
def test_variance_of_a_large_offset_does_not_cancel(ddof):
    x = np.array([4.0, 7.0, 13.0, 16.0]) + 1e9
    assert only("var", x, ddof=ddof) == pytest.approx(90 / (4 - ddof), rel=1e-12)
    assert only("std", x, ddof=ddof) == pytest.approx(math.sqrt(90 / (4 - ddof)), rel=1e-12)


def test_mean_and_median_of_integers_are_floats_or_integers():
    x = np.array([-3, 0, 0, -4], np.int16)
    assert values("mean", x) == {"a real number": -1.75, "a whole number": -1}
    assert values("median", x) == {"lower": -3, "midpoint": -1.5}
    dtypes = {
        name: outputs[0].dtype
        for name, outputs in OPERATORS["mean"].meaning(case_of("mean", (4,), "int16"), {"x": x}).variants.items()
    }
    assert dtypes == {"a real number": "float32", "a whole number": "int16"}
    assert judged("mean", np.full(200, 100, np.int8), np.int8(7)).disagreement is None, "a sum beyond int8 is open"


def test_elements_are_converted_before_they_are_reduced():
    x = np.array([100, 100, 100], np.int8)
    assert only("sum_dtype", x, to="int32") == 300
    assert only("sum_dtype", x, to="int8") == 44
    assert only("prod_dtype", x, to="float32") == 1e6
    assert only("cumsum_dtype", np.array([2**24 + 1, 1], np.int32), axis=0, to="float32").tolist() == [2**24, 2**24 + 1]
    assert only("mean_dtype", np.array([1, 2], np.int8), to="float16") == 1.5


@pytest.mark.parametrize("order", ["3", "0.5", "0", "-inf"])
def test_norms_of_further_orders_agree_with_numpy(order):
    x = random(4, 5)
    x[1, 2] = 0
    expected = [np.linalg.norm(line, float(order)) for line in x]
    np.testing.assert_allclose(only("norm_of_order", x, axis=1, order=order).astype(float), expected, rtol=1e-13)


def test_median_of_numbers_by_hand():
    x = np.array([[3.0, np.nan, 1.0, 2.0], [np.nan, 5.0, 4.0, np.nan], [np.nan] * 4])
    readings = values("nanmedian", x, axis=1)
    np.testing.assert_array_equal(readings["lower"].astype(float), [2, 4, np.nan])
    np.testing.assert_array_equal(readings["midpoint"].astype(float), [2, 4.5, np.nan])


@pytest.mark.parametrize(("index", "right"), [(2, True), (0, False), (1, False), (3, False), (-1, False)])
def test_index_of_the_largest_number(index, right):
    found = judged("nanargmax", np.array([1.0, np.nan, 3.0], np.float32), np.array(index))
    assert (found.disagreement is None) is right
    assert judged("nanargmax", np.array([np.nan], np.float32), np.array(-1)).disagreement is None


@pytest.mark.parametrize(
    ("key", "accumulator"), [("var", "float32"), ("mean", "float32"), ("std", "float64"), ("sum", "float64")]
)
def test_of_these_keras_computes_two_in_float32_on_torch(key, accumulator):
    """keras.ops.std is torch.std of float64, whose errors of 1e-7 are wrong."""
    op = OPERATORS[key]
    case = Case(key, {"x": InputSpec((4,), "float64")}, {"axis": None, "keepdims": False, "ddof": 0})
    facts = op.accuracy(Target("keras-torch"), op.select("keras", case, "eager"), case)
    assert facts.accumulator("float64") == accumulator
    assert ("gradient float64" in facts.ulps) is (accumulator == "float32")
    assert any(row.name == "float64 in float32" for row in op.known) is (accumulator == "float32")


@pytest.mark.parametrize(
    ("key", "x", "index", "right"),
    [
        ("nanargmin", [np.nan, np.inf], 0, True),  # NumPy: "the results cannot be trusted"
        ("nanargmin", [np.nan, np.inf], 1, True),
        ("nanargmin", [np.nan, np.inf], -1, False),
        ("nanargmin", [np.nan, np.inf], 2, False),
        ("nanargmin", [np.nan, np.inf, 5], 0, False),
        ("nanargmin", [np.nan, -np.inf], 0, False),
        ("nanargmax", [np.nan, np.inf], 0, False),
        ("nanargmax", [np.nan, -np.inf], 0, True),
    ],
)
def test_index_in_a_row_of_nan_and_the_infinity_that_loses(key, x, index, right):
    found = judged(key, np.array(x, np.float32), np.array(index))
    assert (found.disagreement is None) is right


def test_default_of_ddof_is_a_convention():
    readings = values("var", np.array([1.0, 2.0, 3.0]), ddof=None)
    assert readings == {"ddof 0": pytest.approx(2 / 3), "ddof 1": pytest.approx(1.0)}


def test_median_of_an_even_count_is_a_convention():
    assert values("median", np.array([3.0, 1.0, 2.0, 10.0])) == {"lower": 2.0, "midpoint": 2.5}
    assert only("median", np.array([3.0, 1.0, 2.0])) == 2.0


@pytest.mark.parametrize("method", ["linear", "lower", "higher", "midpoint"])
@pytest.mark.parametrize("q", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_quantile_agrees_with_numpy(method, q):
    x = random(7, 6)
    got = only("quantile", x, axis=1, q=q, interpolation=method)
    np.testing.assert_allclose(got.astype(float), np.quantile(x, q, axis=1, method=method), rtol=1e-14)


def test_quantile_takes_either_neighbour_where_the_position_is_uncertain():
    # 0.3 * 10 is 2.9999999999999996 in float64 and 3.0000001192092896 in float32.
    case = case_of("quantile", (11,), q=0.3, interpolation="lower")
    x = np.arange(11, dtype=np.float32)
    (output,) = OPERATORS["quantile"].meaning(case, {"x": x}).variants[""]
    assert {float(value) for value in output.values} == {2.0, 3.0}


def test_quantile_between_two_elements_is_neither_of_them():
    case = case_of("quantile", (4,), q=0.5, interpolation="midpoint")
    (output,) = OPERATORS["quantile"].meaning(case, {"x": np.array([1, 2, 4, 8], np.float32)}).variants[""]
    assert [float(value) for value in output.values] == [3.0]


def test_integer_sums_wrap_in_each_dtype_that_the_result_may_have():
    x = np.full(3, 100, np.int8)
    assert values("sum", x) == {"int8": 44, "int32": 300, "int64": 300}
    assert values("prod", np.full(2, 200, np.uint8)) == {
        "uint8": 64,
        "uint32": 40000,
        "uint64": 40000,
        "int32": 40000,
        "int64": 40000,
    }


EMPTY = {
    "sum": 0,
    "prod": 1,
    "mean": np.nan,
    "logsumexp": -np.inf,
    "var": np.nan,
    "any": 0,
    "all": 1,
    "count_nonzero": 0,
    "norm": 0,
}


@pytest.mark.parametrize("key", EMPTY)
def test_nothing_reduces_to_the_identity(key):
    dtype = "bool" if key in ("any", "all") else "float32"
    got = only(key, np.zeros((2, 0), dtype), axis=1, ddof=0, order="2")
    np.testing.assert_array_equal(got.astype(float), np.full(2, EMPTY[key], float))


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ("argmax", Rule.REFUSE),
        ("max", Rule.EITHER),
        ("quantile", Rule.EITHER),
        ("nanmax", Rule.EITHER),
        ("ptp", Rule.EITHER),
    ],
)
def test_what_has_no_identity_may_refuse_nothing(key, rule):
    case = case_of(key, (2, 0), axis=1, q=0.5, interpolation="linear")
    assert OPERATORS[key].meaning(case, arrays_of(case)).rule is rule


SPECIAL = [  # The Python array API standard (2023.12), special cases of the functions, except where another source is named
    ("sum", [1.0, np.nan], np.nan),
    ("sum", [np.inf, -np.inf], np.nan),  # IEEE 754-2019, 7.2
    ("sum", [np.inf, 1.0], np.inf),
    ("prod", [0.0, np.inf], np.nan),  # IEEE 754-2019, 7.2
    ("mean", [np.nan, 1.0], np.nan),
    ("max", [np.nan, np.inf], np.nan),
    ("min", [-np.inf, np.nan], np.nan),
    ("logsumexp", [-np.inf, -np.inf], -np.inf),
    ("logsumexp", [np.inf, 1.0], np.inf),
    ("nanmax", [np.nan, -np.inf], -np.inf),
    ("nanmean", [np.nan, np.nan], np.nan),
    ("nansum", [np.nan, np.nan], 0.0),
    ("median", [np.nan, 1.0, 2.0], np.nan),  # numpy.median
    ("count_nonzero", [np.nan, -0.0, 0.0, np.inf], 2),
]


@pytest.mark.parametrize(("key", "x", "expected"), SPECIAL)
def test_special_values(key, x, expected):
    np.testing.assert_array_equal(only(key, np.array(x, np.float32)).astype(float), expected)


def test_index_among_ties_is_free_but_not_beside_them():
    x = np.array([1.0, 3.0, 3.0, np.float32(2)], np.float32)
    assert judged("argmax", x, np.array(1)).fits == ("first", "any of ties")
    assert judged("argmax", x, np.array(2)).fits == ("any of ties",)
    assert judged("argmax", x, np.array(3)).disagreement
    assert judged("argmax", x, np.array(4)).disagreement


def test_index_of_nan():
    x = np.array([1.0, np.nan, 3.0], np.float32)
    assert "first" in judged("argmax", x, np.array(1)).fits
    assert judged("argmax", x, np.array(2)).fits == ("numbers only",)
    assert judged("argmax", x, np.array(0)).disagreement


def test_cotangent_of_ties_is_a_convention():
    x = np.array([3.0, 1.0, 3.0])
    readings = values("max", x, quantity=GRADIENT, cotangent=4.0)
    assert {name: value.tolist() for name, value in readings.items()} == {
        "ties share evenly": [2.0, 0.0, 2.0],
        "the first of ties": [4.0, 0.0, 0.0],
        "every one of ties": [4.0, 0.0, 4.0],
    }


class Framework:
    """A framework by its table of calls and the dtypes that it narrows."""

    def __init__(self, table, **narrow):
        self.table, self.narrow = table, narrow


@pytest.mark.parametrize(("dtype", "other", "ambiguous"), [("int64", "int32", False), ("uint8", "uint8", True)])
def test_a_narrowed_dtype_is_no_convention(dtype, other, ambiguous):
    """JAX documents to narrow 64-bit integers without x64: the sum of int64 in int32 is no reading of the words."""
    case = case_of("cumsum", (3,), dtype, "exact", axis=0)
    x = arrays_of(case)["x"].astype(np.int64)
    outcomes = {
        Target("torch"): Returned((x.cumsum(),)),
        Target("jax"): Returned((x.cumsum().astype(other),)),
    }
    frameworks = {"torch": Framework("torch"), "jax": Framework("jax", int64="int32", uint64="uint32")}
    kinds = [found.kind for found in judge_all(case, outcomes, frameworks).disagreements]
    assert kinds == ([Kind.AMBIGUITY] if ambiguous else [])


def test_known_differences_of_dtypes_name_both():
    case = case_of("sum", (3,), "float64")
    known = OPERATORS["sum"].known_difference
    target = Target("keras-torch")
    assert known(case, target, Kind.DTYPE, "dtype of y: float32 for float64")
    assert known(case, target, Kind.DTYPE, "dtype of y: float16 for float64") is None
    assert known(case, Target("keras-tensorflow"), Kind.DTYPE, "dtype of y: float32 for float64") is None


def test_the_known_gradient_of_cumprod_is_that_of_zeros():
    known = OPERATORS["cumprod"].known_difference
    for regime, explained in (("zeros", True), ("rounding", False)):
        case = case_of("cumprod", (3,), "float32", regime, GRADIENT, axis=0)
        assert bool(known(case, Target("tensorflow"), Kind.VALUE, "x: wrong values")) is explained


REFUSED = [((2, 3), 2), ((2, 3), -3), ((2, 3), (0, 0)), ((2, 3), (0, -2)), ((2, 3), 2**31), ((), 1), ((), (0, 0))]


@pytest.mark.parametrize(("shape", "axis"), REFUSED)
def test_axes_that_are_refused(shape, axis):
    case = case_of("sum", shape, axis=axis)
    meaning = OPERATORS["sum"].meaning(case, arrays_of(case))
    assert meaning.rule is Rule.REFUSE
    assert "axis" in meaning.reason


def test_no_axis_is_a_convention():
    readings = values("sum", np.array([[1.0, 2.0], [3.0, 4.0]]), axis=())
    assert readings["() is every axis"] == 10
    np.testing.assert_array_equal(readings["() is no axis"], [[1, 2], [3, 4]])


NAIVE = ["sum", "mean", "var", "std", "norm", "logsumexp", "cumsum", "logcumsumexp"]


@pytest.mark.parametrize(
    ("key", "dtype"), [(key, dtype) for key in NAIVE for dtype in ("float32", "float16")] + [("prod", "float32")]
)
def test_a_naive_computation_in_the_dtype_lies_within_the_bound(key, dtype):
    """Sequential sums in the dtype itself are the worst admissible order; 16-bit ones say so by their accumulator."""
    compute = {
        "sum": lambda x: np.add.accumulate(x, axis=-1)[..., -1],
        "mean": lambda x: np.add.accumulate(x, axis=-1)[..., -1] / x.dtype.type(x.shape[-1]),
        "prod": lambda x: np.multiply.accumulate(x, axis=-1)[..., -1],
        "var": lambda x: ((x - x.mean(-1, keepdims=True)) ** 2).sum(-1) / x.dtype.type(x.shape[-1]),
        "std": lambda x: np.sqrt(((x - x.mean(-1, keepdims=True)) ** 2).sum(-1) / x.dtype.type(x.shape[-1])),
        "norm": lambda x: np.sqrt((x * x).sum(-1)),
        "logsumexp": lambda x: x.max(-1) + np.log(np.exp(x - x.max(-1, keepdims=True)).sum(-1)),
        "cumsum": lambda x: np.add.accumulate(x, axis=-1),
        "logcumsumexp": lambda x: np.logaddexp.accumulate(x, axis=-1),
    }[key]
    op = OPERATORS[key]
    for seed in range(20):
        case = Case(
            key,
            {"x": InputSpec((5, 33), dtype, "rounding", seed)},
            {"axis": 1, "keepdims": False, "ddof": 0, "order": "2"},
        )
        arrays = arrays_of(case)
        with np.errstate(all="ignore"):
            got = compute(arrays["x"]).astype(dtype)
        accuracy = Accuracy(accumulate={"float16": "float16"})
        found = judge(op, case, Target("torch"), op.meaning(case, arrays), Returned((got,)), accuracy)
        assert found.disagreement is None, found.disagreement.sentence
        wrong = got.copy()
        wrong.flat[0] += 8 + abs(wrong.flat[0])
        assert judge(op, case, Target("torch"), op.meaning(case, arrays), Returned((wrong,)), accuracy).disagreement


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_steps_of_sixteen_bits_lie_within_the_bound_of_log_sum_exp(dtype):
    """Every step rounded to the dtype, the sum from float32: a sum of nearly one, whose logarithm and the maximum nearly cancel."""
    op, narrow = OPERATORS["logsumexp"], numpy_dtype(dtype)
    wide = np.random.default_rng(3).uniform(0.5, 3, (400, 9))
    x = (wide - np.log(np.exp(wide).sum(-1, keepdims=True))).astype(narrow)
    top = x.max(-1, keepdims=True)
    powers = np.exp((x - top).astype(np.float32)).astype(narrow)
    total = powers.astype(np.float32).sum(-1).astype(narrow)
    got = np.log(total.astype(np.float32)).astype(narrow) + top[:, 0]
    case = case_of("logsumexp", x.shape, dtype, axis=1)
    meaning = op.meaning(case, {"x": x})
    assert judge(op, case, Target("torch"), meaning, Returned((got,)), Accuracy()).disagreement is None
    wrong = got + narrow.type(16 * FORMATS[dtype].roundoff)
    assert judge(op, case, Target("torch"), meaning, Returned((wrong,)), Accuracy()).disagreement


@pytest.mark.parametrize("key", OPERATORS)
def test_structures_reach_every_class(key):
    op = OPERATORS[key]
    structures = [found.case for found in draw_block(op.structures(), key, 5, 0, 300)]
    reached = Counter((name, value) for case in structures for name, value in op.classes(case).items())
    scan = not any("keepdims" in case.parameters for case in structures)
    axes = ["one", "negative"] if scan else ["all", "one", "negative"]
    assert all(reached["axis", axis] for axis in axes), reached
    assert any(case.parameters.get("hostile") for case in structures)
    assert any(0 in case.inputs["x"].shape for case in structures)
    assert {case.dtype for case in structures} >= ({"bool"} if key in ("any", "all") else {"float32", "bfloat16"})
    if not scan:
        assert any(case.inputs["x"].shape == () for case in structures)
    dtypes = {numpy_dtype(case.dtype).itemsize for case in structures}
    assert dtypes
