"""Softmax and losses: against SciPy and naive loops; refusals, special rows; derivatives against finite differences; planted bugs."""

import numpy as np
import pytest
from formulas import assert_gradients, cases, of_family, values
from scipy import special

from harness import operator
from harness.case import Case, InputSpec, Kind, Target
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


def clip(x, most=1.0):
    return np.clip(x, 1e-7, most)


def focal(x, t, gamma):
    p = clip(x, 1 - 1e-7)
    missing = t * (1 - x) + (1 - t) * x
    return missing**gamma * -(t * np.log(p) + (1 - t) * np.log1p(-p))


SECOND = {
    "mse_loss": lambda x, t: (x - t) ** 2,
    "l1_loss": lambda x, t: np.abs(x - t),
    "huber_loss": lambda x, t, delta: special.huber(delta, x - t),
    "smooth_l1_loss": lambda x, t, beta: special.huber(beta, x - t) / beta if beta else np.abs(x - t),
    "squared_hinge_loss": lambda x, t: np.maximum(0, 1 - t * x) ** 2,
    "kl_div": lambda x, t, log_target: np.exp(t) * (t - x) if log_target else special.xlogy(t, t) - t * x,
    "log_cosh_loss": lambda x, t: np.abs(x - t) + np.log1p(np.exp(-2 * np.abs(x - t))) - np.log(2),
    "mean_absolute_percentage_error": lambda x, t: 100 * np.abs(x - t) / np.maximum(np.abs(t), 1e-7),
    "mean_squared_logarithmic_error": lambda x, t: (np.log1p(np.maximum(x, 1e-7)) - np.log1p(np.maximum(t, 1e-7))) ** 2,
    "soft_margin_loss": lambda x, t: np.logaddexp(0, -t * x),
    "kl_divergence": lambda x, t: special.rel_entr(clip(t), clip(x)) * x.shape[-1],
    "binary_focal_crossentropy": focal,
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


def test_binary_cross_entropy_of_scores_agrees_with_that_of_probabilities():
    """With weights: -w (p t log q + (1 - t) log(1 - q)), q the logistic function of x."""
    seen = set()
    for case, arrays, meaning in cases("bce_with_logits", count=80):
        wide = {name: array.astype(np.float64) for name, array in arrays.items()}
        s = case.parameters["label_smoothing"]
        t = wide["target"] * (1 - s) + s / 2
        logs = special.log_expit(wide["x"]), special.log_expit(-wide["x"])
        loss = -wide.get("w", 1) * (wide.get("p", 1) * t * logs[0] + (1 - t) * logs[1])
        expected = reduce(loss, case.parameters["reduction"])
        np.testing.assert_allclose(values(meaning)[0].astype(np.float64), expected, rtol=1e-9, atol=1e-12)
        seen.add(("w" in wide, "p" in wide, s > 0))
    assert seen >= {(True, True, False), (False, True, False), (False, False, True)}


def naive_logarithms(x, from_logits):
    if from_logits:
        return x - special.logsumexp(x, axis=-1, keepdims=True)
    with np.errstate(all="ignore"):
        return np.log(clip(x / x.sum(-1, keepdims=True), 1 - 1e-7))


@pytest.mark.parametrize("soft", [True, False])
def test_cross_entropy_along_an_axis_agrees_with_naive_loops(soft):
    checked = set()
    for case, arrays, meaning in cases(
        "categorical_crossentropy" if soft else "sparse_categorical_crossentropy", count=80
    ):
        p = case.parameters
        x = np.moveaxis(arrays["x"].astype(np.float64), p["axis"], -1)
        logs = naive_logarithms(x, p["from_logits"])
        if soft:
            t = np.moveaxis(arrays["target"].astype(np.float64), p["axis"], -1)
            t = (1 - p["label_smoothing"]) * t + p["label_smoothing"] / t.shape[-1]
            with np.errstate(all="ignore"):
                expected = -(t * logs).sum(-1)
        else:
            expected = np.zeros(x.shape[:-1])
            for at in np.ndindex(expected.shape):
                if arrays["target"][at] != p["ignore_class"]:
                    expected[at] = -logs[at][arrays["target"][at]]
        np.testing.assert_allclose(values(meaning)[0].astype(np.float64), expected, rtol=1e-9, atol=1e-12)
        checked.add((p["axis"], p["from_logits"]))
    assert checked == {(axis, logits) for axis in (1, -1) for logits in (True, False)}


def test_probabilities_may_be_clipped_before_they_are_scaled():
    """Of 0, 1, 3: 1e-7 of the sum, or of 2 + 1e-7 as 3 is no more than 1."""
    arrays = {"x": np.array([[0.0, 1.0, 3.0]]), "target": np.array([0])}
    meaning = meaning_at("sparse_categorical_crossentropy", arrays, axis=-1, from_logits=False, ignore_class=None)
    assert values(meaning, "scaled, then clipped")[0][0] == pytest.approx(-np.log(1e-7))
    assert values(meaning, "clipped, then scaled")[0][0] == pytest.approx(-np.log(1e-7 / 2))


def test_a_flushed_target_has_a_bound_of_its_own():
    """A subnormal target of a hinge is a number, or as a zero a label: both readings, each within what its arithmetic may lose."""
    arrays = {"x": np.array([0.9999993], np.float32), "target": np.array([1e-44], np.float32)}
    found = meaning_at("squared_hinge_loss", arrays, reduction="last").variants[""][0]
    assert float(found.values[0]) == pytest.approx(1)
    assert float(found.flushed[0]) == pytest.approx(3.9999972)
    assert found.bound("float32", Accuracy()) < 1e-6 < found.bound("float32", Accuracy(flush=True))


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


def test_structures_of_weights_smoothing_and_ignored_classes():
    op = operator.get("bce_with_logits")
    drawn = [each.case for block in range(5) for each in draw_block(op.structures(), op.key, 1, block)]
    kinds = {(frozenset({"w", "p"} & set(case.inputs)), case.parameters["label_smoothing"] > 0) for case in drawn}
    assert kinds == {(frozenset(names), False) for names in ("", "w", "p", "wp")} | {(frozenset(), True)}
    op = operator.get("sparse_categorical_crossentropy")
    drawn = [each.case for block in range(5) for each in draw_block(op.structures(), op.key, 1, block)]
    assert {None, 0, -1, 257} <= {case.parameters["ignore_class"] for case in drawn}
    assert {case.parameters.get("hostile") for case in drawn} == {None, "batch"}


def test_gradients_agree_with_finite_differences():
    # Drawn at the ends of the range, which the step leaves.
    clipped = {"binary_cross_entropy", "binary_focal_crossentropy", "kl_divergence", "sparse_categorical_crossentropy"}
    assert_gradients([key for key in KEYS if key not in clipped])


@pytest.mark.parametrize(("key", "target", "narrow"), [
    ("l1_loss", "keras-torch", True), ("l1_loss", "keras-jax-x64", True), ("l1_loss", "keras-tensorflow", False),
    ("cosine_similarity", "keras-torch", True), ("cosine_similarity", "keras-jax-x64", False),
])  # fmt: skip
def test_keras_computes_float64_in_float32_where_its_promotion_rule_says_so(key, target, narrow):
    """A result of float32 is allowed there and nowhere else, nor to a mean that Keras' rule does not take."""
    generator = np.random.default_rng(1)
    second, parameters = ("target", {"reduction": "last"}) if key == "l1_loss" else ("y", {"axis": -1, "epsilon": 1e-7})
    arrays = {"x": generator.standard_normal((9, 5)), second: generator.standard_normal((9, 5))}
    specs = {name: InputSpec(array.shape, "float64") for name, array in arrays.items()}
    case, op = Case(key, specs, parameters), operator.get(key)
    expected = op.meaning(case, arrays).variants[""][0]
    facts = op.accuracy(Target(target), op.select("keras", case, "eager"), case)
    off = np.abs(expected.values[0] - np.float32(expected.values[0]))
    assert bool((off <= expected.bound("float64", facts)).all()) == narrow
    assert (op.known_difference(case, Target(target, mode="abstract"), Kind.DTYPE, "") is None) == (
        target == "keras-tensorflow"
    )


@pytest.mark.parametrize("reduction", ["none", "last"])
def test_binary_cross_entropy_is_narrowed_where_keras_takes_a_mean(reduction):
    op = operator.get("binary_cross_entropy")
    specs = {"x": InputSpec((3, 2), "float64"), "target": InputSpec((3, 2), "float64")}
    case = Case(op.key, specs, {"reduction": reduction})
    facts = op.accuracy(Target("keras-torch"), op.select("keras", case, "eager"), case)
    assert (facts.accumulate.get("float64") == "float32") == (reduction == "last")


def test_a_hinge_of_float64_is_not_described_by_keras_on_torch():
    op = operator.get("hinge_loss")
    message = "ValueError: `true_fn` and `false_fn` should return outputs of the same kind (struct, dtype and shape)."
    for dtype, known in (("float64", True), ("float32", False)):
        specs = {name: InputSpec((3, 2), dtype) for name in ("x", "target")}
        case = Case(op.key, specs, {"reduction": "last"})
        row = op.known_difference(case, Target("keras-torch", mode="abstract"), Kind.RAISED, message)
        assert (row is not None) == known
