"""Scaled dot product attention: against naive loops, its conventions, refusals, derivatives, planted bugs."""

import numpy as np
from formulas import assert_gradients, cases, values
from scipy import special

from harness import operator
from harness.case import Case, InputSpec, Target
from harness.draw import draw_block
from harness.meaning import Accuracy, Rule
from harness.operators import functions
from harness.operators.attention import FORMULAS
from harness.operators.tracked import Tracked, arithmetic

KEY = "scaled_dot_product_attention"


def meaning_at(arrays, **parameters):
    specs = {name: InputSpec(array.shape, array.dtype.name) for name, array in arrays.items()}
    given = {"causal": False, "scale": None, "grouped": False, **parameters}
    return operator.get(KEY).meaning(Case(KEY, specs, given), arrays)


def naive(x, k, v, mask, bias, causal, scale):
    """Query by query."""
    batch, heads, queries, depth = x.shape
    y = np.zeros((*x.shape[:3], v.shape[-1]))
    for b, h, i in np.ndindex(batch, heads, queries):
        own = h * k.shape[1] // heads
        row = np.array([x[b, h, i] @ key for key in k[b, own]]) * (1 / np.sqrt(depth) if scale is None else scale)
        if bias is not None:
            row = row + bias[b % len(bias), h % bias.shape[1], i]
        if mask is not None:
            row = np.where(mask[b % len(mask), h % mask.shape[1], i], row, -np.inf)
        if causal:
            row[i + 1 :] = -np.inf
        with np.errstate(all="ignore"):
            y[b, h, i] = special.softmax(row) @ v[b, own] if len(row) else 0
    return y


def test_values_agree_with_naive_loops():
    checked = 0
    for case, arrays, meaning in cases(KEY, count=60):
        if arrays["x"].size > 2000:
            continue
        wide = {n: a.astype(np.float64) if a.dtype != bool else a for n, a in arrays.items()}
        p = case.parameters
        expected = naive(wide["x"], wide["k"], wide["v"], wide.get("mask"), wide.get("bias"), p["causal"], p["scale"])
        np.testing.assert_allclose(values(meaning)[0].astype(np.float64), expected, rtol=1e-9, atol=1e-10)
        checked += 1
    assert checked > 10


def test_a_softmax_in_float32_is_right_on_jax_only():
    """JAX computes the softmax of float64 in float32: its error is beyond the bound of float64, and another scale is far outside."""
    generator = np.random.default_rng(3)
    arrays = {name: generator.standard_normal((1, 2, 5, 4)) for name in ("x", "k", "v")}
    expected = meaning_at(arrays).variants[next(iter(FORMULAS))][0]
    case = Case(
        KEY,
        {name: InputSpec(a.shape, "float64") for name, a in arrays.items()},
        {"causal": False, "scale": None, "grouped": False},
    )
    op = operator.get(KEY)
    scores = np.einsum("bhle,bhse->bhls", arrays["x"], arrays["k"])
    narrow = special.softmax((scores / 2).astype(np.float32), -1).astype(float) @ arrays["v"]
    error = np.abs(narrow - np.asarray(expected.values[0], float))
    bounds = {
        name: expected.bound("float64", op.accuracy(Target(name), op.select(name.split("-")[0], case, "eager"), case))
        for name in ("jax-x64", "torch")
    }
    assert (error <= bounds["jax-x64"]).all()
    assert (error > bounds["torch"]).any()
    other = special.softmax(scores, -1) @ arrays["v"]
    assert np.median(np.abs(other - narrow)) > 1000 * np.median(bounds["jax-x64"])


def test_a_query_without_keys_follows_one_of_three_conventions():
    one = np.ones((1, 1, 1, 2), np.float32)
    v = np.array([[[[1.0, 2.0], [3.0, 6.0]]]], np.float32)
    arrays = {"x": one, "k": np.ones((1, 1, 2, 2), np.float32), "v": v, "mask": np.zeros((1, 1, 1, 2), bool)}
    meaning = meaning_at(arrays)
    first = "aligned at the first position, "
    assert np.isnan(values(meaning, first + "NaN")[0]).all()
    assert values(meaning, first + "zeros")[0].ravel().tolist() == [0, 0]
    assert values(meaning, first + "mean")[0].ravel().tolist() == [2, 4]


def test_the_gradient_of_a_mean_may_flow_through_the_scores():
    """Two keys that do not count: with scores chosen the queries have no gradient, with large numbers added that of equal weights."""
    arrays = {
        "x": np.ones((1, 1, 1, 1)),
        "k": np.array([1.0, 3.0]).reshape(1, 1, 2, 1),
        "cotangent": np.ones((1, 1, 1, 1)),
    }
    arrays.update(v=np.array([2.0, 6.0]).reshape(1, 1, 2, 1), mask=np.zeros((1, 1, 1, 2), bool))
    specs = {name: InputSpec(array.shape, array.dtype.name) for name, array in arrays.items()}
    case = Case(KEY, specs, {"causal": False, "scale": 1.0, "grouped": False}, "gradient")
    meaning = operator.get(KEY).meaning(case, arrays)
    first = "aligned at the first position, mean"
    assert values(meaning, first)[0].item() == 0
    # d/dx of softmax([x, 3 x]) @ [2, 6] at equal weights: the covariance of keys and values, 1 * 2
    assert values(meaning, f"{first}, through the scores")[0].item() == 2
    assert values(meaning, first)[2].ravel().tolist() == [0.5, 0.5]


def test_a_causal_mask_of_unequal_lengths_has_two_alignments():
    """One query, two keys: the first position sees the first key only, the last one both."""
    arrays = {"x": np.zeros((1, 1, 1, 1), np.float32), "k": np.zeros((1, 1, 2, 1), np.float32)}
    arrays["v"] = np.array([1.0, 3.0], np.float32).reshape(1, 1, 2, 1)
    meaning = meaning_at(arrays, causal=True)
    assert values(meaning, "aligned at the first position, NaN")[0].item() == 1
    assert values(meaning, "aligned at the last position, NaN")[0].item() == 2


def test_keys_of_another_depth_are_refused():
    x, k = np.zeros((1, 1, 2, 3), np.float32), np.zeros((1, 1, 2, 4), np.float32)
    assert meaning_at({"x": x, "k": k, "v": k}).rule is Rule.REFUSE


def test_the_strategy_reaches_every_class():
    op = operator.get(KEY)
    drawn = [each.case for block in range(6) for each in draw_block(op.structures(), op.key, 1, block)]
    assert {case.parameters.get("hostile") for case in drawn} == {None, "depth"}
    assert {case.parameters["causal"] for case in drawn} == {True, False}
    assert {case.parameters["grouped"] for case in drawn} == {True, False}
    masks = {(frozenset({"mask", "bias"} & set(case.inputs)), case.parameters["causal"]) for case in drawn}
    assert len(masks) == 8
    assert {case.inputs["k"].shape[-1] == case.inputs["v"].shape[-1] for case in drawn} == {True, False}
    assert {case.inputs["bias"].shape[0] for case in drawn if "bias" in case.inputs} == {1, 2, 3}
    lengths = {np.sign(case.inputs["x"].shape[2] - case.inputs["k"].shape[2]) for case in drawn}
    assert lengths == {-1, 0, 1}


def test_heads_are_attention_of_projections():
    checked = set()
    for case, arrays, meaning in cases("multi_head_attention", count=60):
        if arrays["x"].size > 400:
            continue
        wide = {n: a.astype(np.float64) if a.dtype != bool else a for n, a in arrays.items()}
        b = wide.get("b", np.zeros(wide["w"].shape[:3]))
        q, k, v = (
            np.stack([wide[n] @ wide["w"][i, h].T + b[i, h] for h in range(b.shape[1])], 1) for i, n in enumerate("xkv")
        )
        mask = wide["mask"][:, None] if "mask" in wide else None
        y = naive(q, k, v, mask, None, case.parameters["causal"], None)
        expected = sum(y[:, h] @ wide["o"][:, h].T for h in range(b.shape[1])) + wide.get("d", 0)
        np.testing.assert_allclose(values(meaning)[0].astype(np.float64), expected, rtol=1e-9, atol=1e-9)
        checked.add((mask is not None, case.parameters["causal"], "d" in wide))
    assert len(checked) >= 6


def test_gradients_agree_with_finite_differences():
    assert_gradients([KEY, "multi_head_attention"], count=40, without="through the scores")


def test_a_sum_of_products_is_uncertain_where_it_may_overflow_on_its_way():
    how = arithmetic("float32", Accuracy())
    big = np.array([[3e38, 3e38, -3e38, -3e38], [1, 1, -1, -1], [np.inf, 3e38, 3e38, 1]])
    y = functions.einsum("ij,jk->ik", Tracked(how, big), Tracked(how, np.ones((4, 1))))
    assert y.value.ravel().tolist() == [0, 0, np.inf]
    assert np.isinf(y.error).ravel().tolist() == [True, False, True]
