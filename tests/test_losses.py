"""Softmax and losses: against SciPy and naive loops; refusals, special rows; derivatives against finite differences; planted bugs."""

import numpy as np
import pytest
from formulas import assert_gradients, cases, of_family, values
from scipy import special

from harness import operator
from harness.case import Case, InputSpec
from harness.draw import draw_block
from harness.meaning import Accuracy, Rule

KEYS = of_family("loss")


def meaning_at(key, arrays, **parameters):
    specs = {name: InputSpec(array.shape, array.dtype.name) for name, array in arrays.items()}
    return operator.get(key).meaning(Case(key, specs, parameters), arrays)


def reduce(loss, reduction, weight=None):
    if reduction == "mean":
        return loss.sum() / weight.sum() if weight is not None else loss.mean()
    return {"none": loss, "sum": loss.sum()}[reduction] if reduction != "last" else loss.mean(-1)


@pytest.mark.parametrize(("key", "second"), [("softmax", special.softmax), ("log_softmax", special.log_softmax)])
def test_softmax_agrees_with_scipy(key, second):
    checked = 0
    for case, arrays, meaning in cases(key, count=40):
        expected = second(arrays["x"].astype(np.float64), axis=case.parameters["axis"])
        np.testing.assert_allclose(values(meaning)[0].astype(np.float64), expected, rtol=1e-12, atol=1e-300)
        checked += 1
    assert checked


def naive_cross_entropy(x, target, w, smoothing, ignored):
    """Losses and weights, position by position."""
    positions = list(np.ndindex(target.shape))
    loss, weight = np.zeros(target.shape), np.zeros(target.shape)
    for p in positions:
        row = x[(p[0], slice(None), *p[1:])].astype(np.float64)
        logs = row - special.logsumexp(row)
        if target[p] == ignored:
            continue
        weights = np.ones(len(row)) if w is None else w.astype(np.float64)
        weight[p] = weights[target[p]]
        loss[p] = -(1 - smoothing) * weight[p] * logs[target[p]] - smoothing / len(row) * (weights * logs).sum()
    return loss, weight


def test_cross_entropy_agrees_with_naive_loops():
    checked = 0
    for case, arrays, meaning in cases("cross_entropy", count=60):
        p = case.parameters
        loss, weight = naive_cross_entropy(
            arrays["x"], arrays["target"], arrays.get("w"), p["label_smoothing"], p["ignore_index"]
        )
        with np.errstate(all="ignore"):
            expected = reduce(loss, p["reduction"], weight)
        np.testing.assert_allclose(values(meaning)[0].astype(np.float64), expected, rtol=1e-11, atol=1e-12)
        checked += 1
    assert checked > 20


def logistic(x, t):
    return np.logaddexp(0, x) - t * x


SECOND = {
    "mse_loss": lambda x, t: (x - t) ** 2,
    "l1_loss": lambda x, t: np.abs(x - t),
    "huber_loss": lambda x, t, delta: special.huber(delta, x - t),
    "smooth_l1_loss": lambda x, t, beta: special.huber(beta, x - t) / beta if beta else np.abs(x - t),
    "squared_hinge_loss": lambda x, t: np.maximum(0, 1 - t * x) ** 2,
    "kl_div": lambda x, t, log_target: np.exp(t) * (t - x) if log_target else special.xlogy(t, t) - t * x,
    "bce_with_logits": logistic,
}


@pytest.mark.parametrize("key", sorted(SECOND))
def test_losses_of_pairs_agree_with_a_second_implementation(key):
    checked = 0
    for case, arrays, meaning in cases(key, count=40):
        parameters = dict(case.parameters)
        reduction = parameters.pop("reduction")
        x, t = (arrays[name].astype(np.float64) for name in ("x", "target"))
        if key == "squared_hinge_loss" and np.isin(t, (0, 1)).all():
            continue
        expected = reduce(SECOND[key](x, t, **parameters), reduction)
        np.testing.assert_allclose(values(meaning)[0].astype(np.float64), expected, rtol=1e-9, atol=1e-12)
        checked += 1
    assert checked


def test_rows_without_a_finite_score_have_no_softmax():
    """IEEE 754: -inf - (-inf) and inf - inf are NaN, and so is every quotient by their sum."""
    for row in ([-np.inf, -np.inf], [np.inf, 1.0], [np.nan, 1.0]):
        for key in ("softmax", "log_softmax"):
            assert np.isnan(values(meaning_at(key, {"x": np.array([row], np.float32)}, axis=-1))[0]).all()
    found = values(meaning_at("softmax", {"x": np.array([[-np.inf, 3.0]], np.float32)}, axis=-1))[0]
    assert found.tolist() == [[0.0, 1.0]]


def test_large_scores_do_not_overflow():
    meaning = meaning_at("log_softmax", {"x": np.array([[1e4, 0.0]], np.float32)}, axis=-1)
    assert values(meaning)[0].tolist() == [[0.0, -1e4]]
    bound = meaning.variants[""][0].bound("float32", Accuracy())
    assert (bound < 1e-2).all()


def test_the_mean_of_an_empty_batch_is_nan_and_of_ignored_positions_too():
    x = np.zeros((0, 3), np.float32)
    empty = {"x": x, "target": np.zeros(0, np.int64)}
    parameters = {"reduction": "mean", "ignore_index": 1, "label_smoothing": 0.0}
    assert np.isnan(values(meaning_at("cross_entropy", empty, **parameters))[0])
    ignored = {"x": np.ones((2, 3), np.float32), "target": np.array([1, 1])}
    assert np.isnan(values(meaning_at("cross_entropy", ignored, **parameters))[0])
    assert values(meaning_at("cross_entropy", ignored, **{**parameters, "reduction": "sum"}))[0] == 0


def test_conventions_of_clipping():
    """-log of 0 is clamped at 100 by one, and becomes -log(1e-7) = 16.118 by the other."""
    arrays = {"x": np.zeros(1, np.float32), "target": np.ones(1, np.float32)}
    meaning = meaning_at("binary_cross_entropy", arrays, reduction="sum")
    assert values(meaning, "log clamped at -100")[0] == pytest.approx(100)
    assert values(meaning, "clipped to 1e-7")[0] == pytest.approx(-np.log(1e-7))


def test_wrong_shapes_and_axes_are_refused():
    x = np.zeros((2, 3), np.float32)
    assert meaning_at("softmax", {"x": x}, axis=2).rule is Rule.REFUSE
    assert meaning_at("softmax", {"x": x}, axis=-3).rule is Rule.REFUSE
    assert meaning_at("glu", {"x": x}, axis=1).rule is Rule.REFUSE
    assert meaning_at("mse_loss", {"x": x, "target": np.zeros((2, 4), np.float32)}, reduction="sum").rule is Rule.REFUSE
    wrong = {"x": x, "target": np.zeros(3, np.int64)}
    assert meaning_at("cross_entropy", wrong, reduction="sum").rule is Rule.REFUSE


def test_the_strategy_reaches_every_class():
    seen = {"hostile": set(), "w": set(), "ignored": set(), "empty": set(), "reduction": set()}
    op = operator.get("cross_entropy")
    for block in range(6):
        for drawn in draw_block(op.structures(), op.key, 1, block):
            case = drawn.case
            seen["hostile"].add(case.parameters.get("hostile"))
            seen["w"].add("w" in case.inputs)
            seen["ignored"].add(case.parameters["ignore_index"])
            seen["empty"].add(case.inputs["x"].size == 0)
            seen["reduction"].add(case.parameters["reduction"])
    assert seen["hostile"] == {None, "batch"}
    assert seen["w"] == seen["empty"] == {True, False}
    assert seen["ignored"] == {-100, 0, 1, -1}
    assert seen["reduction"] == {"none", "mean", "sum"}


def test_gradients_agree_with_finite_differences():
    assert_gradients([key for key in KEYS if key != "binary_cross_entropy"])
