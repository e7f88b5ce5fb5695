"""Normalisations: against naive formulas, running statistics by hand, refusals, derivatives, planted bugs."""

import numpy as np
import pytest
from formulas import assert_gradients, cases, of_family, values

from harness import operator
from harness.case import Case, InputSpec, Kind, Target
from harness.draw import draw_block
from harness.meaning import Accuracy, Rule

KEYS = of_family("normalisation")


def meaning_at(key, arrays, **parameters):
    specs = {name: InputSpec(array.shape, array.dtype.name) for name, array in arrays.items()}
    return operator.get(key).meaning(Case(key, specs, parameters), arrays)


def standard(x, axes, epsilon):
    return (x - np.mean(x, axes, keepdims=True)) / np.sqrt(np.var(x, axes, keepdims=True) + epsilon)


def affine(y, arrays, shape):
    for name, apply in (("w", np.multiply), ("bias", np.add)):
        if name in arrays:
            y = apply(y, arrays[name].astype(np.float64).reshape(shape))
    return y


def layer_norm(x, arrays, axes, epsilon):
    return affine(standard(x, tuple(range(-axes, 0)), epsilon), arrays, x.shape[x.ndim - axes :])


def rms_norm(x, arrays, axes, epsilon):
    last = tuple(range(-axes, 0))
    return affine(x / np.sqrt((x * x).mean(last, keepdims=True) + epsilon), arrays, x.shape[x.ndim - axes :])


def group_norm(x, arrays, groups, epsilon):
    parts = np.split(x, groups, axis=1)
    y = np.concatenate([standard(part, tuple(range(1, x.ndim)), epsilon) for part in parts], axis=1)
    return affine(y, arrays, (-1, *(1,) * (x.ndim - 2)))


def instance_norm(x, arrays, epsilon):
    return affine(standard(x, tuple(range(2, x.ndim)), epsilon), arrays, (-1, *(1,) * (x.ndim - 2)))


def batch_norm(x, arrays, epsilon):
    shape = (-1, *(1,) * (x.ndim - 2))
    mean, var = (arrays[name].astype(np.float64).reshape(shape) for name in ("mean", "var"))
    return affine((x - mean) / np.sqrt(var + epsilon), arrays, shape)


def local_response_norm(x, arrays, radius, alpha, beta, offset):
    y = np.empty_like(x)
    for c in range(x.shape[1]):
        window = x[:, max(c - radius, 0) : c + radius + 1]
        y[:, c] = x[:, c] / (offset + alpha * (window**2).sum(1)) ** beta
    return y


def l2_normalize(x, arrays, axis, epsilon):
    return x / np.maximum(np.linalg.norm(x, axis=axis, keepdims=True), epsilon)


def over_axes(x, arrays, axes, epsilon):
    return standard(x, axes, epsilon)


def rms_over_axes(x, arrays, axes, epsilon):
    return x / np.sqrt(np.mean(x * x, axes, keepdims=True) + epsilon)


SECOND = {
    "layer_norm:axes": over_axes,
    "rms_norm:axes": rms_over_axes,
    "layer_norm:aligned": layer_norm,
    "rms_norm": rms_norm,
    "group_norm": group_norm,
    "instance_norm": instance_norm,
    "batch_norm": batch_norm,
    "local_response_norm": local_response_norm,
    "l2_normalize": l2_normalize,
}


@pytest.mark.parametrize("key", sorted(SECOND))
def test_values_agree_with_a_second_implementation(key):
    checked = 0
    for case, arrays, meaning in cases(key, count=40):
        expected = SECOND[key](arrays["x"].astype(np.float64), arrays, **case.parameters)
        found = values(meaning)[0].astype(np.float64)
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9)
        checked += 1
    assert checked


def test_running_statistics_of_a_batch():
    """Of 1 and 3: mean 2, biased variance 1, unbiased 2; the running ones begin at 10 and 20."""
    arrays = {name: np.array(v, np.float32) for name, v in {"x": [[1.0], [3.0]], "mean": [10.0], "var": [20.0]}.items()}
    meaning = meaning_at("batch_norm_training", arrays, epsilon=0.0, momentum=0.25)
    new, old = meaning.variants
    y, mean, var = values(meaning, new)
    assert y.ravel() == pytest.approx([-1, 1])
    assert (mean[0], var[0]) == (pytest.approx(0.75 * 10 + 0.25 * 2), pytest.approx(0.75 * 20 + 0.25 * 2))
    _, mean, var = values(meaning, old)
    assert (mean[0], var[0]) == (pytest.approx(0.25 * 10 + 0.75 * 2), pytest.approx(0.25 * 20 + 0.75 * 1))


def test_float64_that_is_computed_in_float32_has_the_bound_of_float32():
    """Inputs are rounded to float32 first, which counts where the mean is taken off; a wrong axis is far outside."""
    generator = np.random.default_rng(1)
    x = generator.standard_normal((40, 6)) * 3 + 1
    meaning = meaning_at("layer_norm:aligned", {"x": x}, axes=1, epsilon=1e-3)
    expected = meaning.variants[""][0]
    op = operator.get("layer_norm:aligned")
    case = Case(op.key, {"x": InputSpec(x.shape, "float64")}, {"axes": 1, "epsilon": 1e-3})
    facts = op.accuracy(Target("keras-torch"), op.select("keras", case, "eager"), case)
    bound = expected.bound("float64", facts)
    exact = np.asarray(expected.values[0], float)
    narrow = standard(x.astype(np.float32), (1,), np.float32(1e-3))
    assert (np.abs(narrow - exact) <= bound).all()
    assert (np.abs(narrow - exact) > expected.bound("float64", Accuracy())).any()
    assert np.median(bound) < 1e-3 < np.median(np.abs(standard(x, (0,), 1e-3) - exact))


def test_one_value_per_channel_has_no_variance():
    """y is the bias; the biased variance 0 moves the running one."""
    arrays = {name: np.array(v, np.float32) for name, v in {"x": [[5.0]], "mean": [1.0], "var": [2.0]}.items()}
    meaning = meaning_at("batch_norm_training", arrays, epsilon=1e-3, momentum=0.5)
    y, mean, var = values(meaning, list(meaning.variants)[1])
    assert (y.item(), mean[0], var[0]) == (0, pytest.approx(3), pytest.approx(1))
    empty = {**arrays, "x": np.zeros((0, 1), np.float32)}
    assert meaning_at("batch_norm_training", empty, epsilon=1e-3, momentum=0.5).rule is Rule.EITHER


def test_default_epsilons_of_rms_norm():
    """Of one number x the result is x / sqrt(x**2 + epsilon)."""
    meaning = meaning_at("rms_norm:nominal", {"x": np.array([1e-3], np.float32)}, axes=1)
    for convention, epsilon in (
        ("epsilon 1e-07", 1e-7),
        ("epsilon of float32", 2.0**-23),
        ("epsilon of float64", 2.0**-52),
    ):
        assert values(meaning, convention)[0].item() == pytest.approx(1e-3 / np.sqrt(1e-6 + epsilon), rel=1e-6)


@pytest.mark.parametrize(
    ("dtype", "epsilon"),
    [("bfloat16", "float32"), ("float16", "float32"), ("float32", "float32"), ("float64", "float64")],
)
def test_torch_documents_the_epsilon_of_the_type_it_computes_in(dtype, epsilon):
    case = Case("rms_norm:nominal", {"x": InputSpec((1,), dtype)}, {"axes": 1})
    call = operator.get(case.operator).select("torch", case, "eager")
    assert call.convention(case) == f"epsilon of {epsilon}"


def test_structures_reach_axes_that_are_not_the_last_ones():
    op = operator.get("layer_norm:axes")
    drawn = [each.case for block in range(4) for each in draw_block(op.structures(), op.key, 1, block)]
    found = set()
    for case in drawn:
        shape, axes = (
            case.inputs["x"].shape,
            sorted(axis % len(case.inputs["x"].shape) for axis in case.parameters["axes"]),
        )
        trailing = axes == list(range(len(shape) - len(axes), len(shape)))
        fits = tuple(shape[axis] for axis in axes) == shape[len(shape) - len(axes) :]
        found.add((trailing, fits))
    assert found == {(True, True), (False, True), (False, False)}


def test_zero_variance_gives_zeros():
    found = values(meaning_at("layer_norm:aligned", {"x": np.full((2, 5), 3, np.float32)}, axes=1, epsilon=1e-5))[0]
    assert found.tolist() == np.zeros((2, 5)).tolist()


def test_epsilon_bounds_the_norm_or_its_square():
    meaning = meaning_at("l2_normalize", {"x": np.array([[1e-3, 0.0]], np.float32)}, axis=1, epsilon=0.01)
    assert values(meaning, "max(norm, epsilon)")[0][0, 0] == pytest.approx(0.1, rel=1e-6)
    assert values(meaning, "max(norm**2, epsilon)")[0][0, 0] == pytest.approx(0.01, rel=1e-6)


def test_wrong_weights_are_refused():
    x = np.zeros((2, 3, 4), np.float32)
    assert (
        meaning_at("layer_norm:aligned", {"x": x, "w": np.ones(5, np.float32)}, axes=1, epsilon=0.1).rule is Rule.REFUSE
    )
    assert meaning_at("group_norm", {"x": x, "w": np.ones(4, np.float32)}, groups=1, epsilon=0.1).rule is Rule.REFUSE


def test_the_strategy_reaches_every_class():
    op = operator.get("group_norm")
    drawn = [each.case for block in range(6) for each in draw_block(op.structures(), op.key, 1, block)]
    assert {case.parameters.get("hostile") for case in drawn} == {None, "weights"}
    assert {case.parameters["groups"] for case in drawn} == {1, 2, 3, 4}
    assert {case.inputs["x"].regime for case in drawn} == {"rounding", "full"}
    assert {len(case.inputs["x"].shape) for case in drawn} == {3, 4, 5}


def test_gradients_agree_with_finite_differences():
    assert_gradients(KEYS)


def test_the_gradient_of_a_weight_may_be_a_difference_of_two_sums():
    x = np.full((4, 1), 3.1, np.float32)
    g = np.array([[0.7], [-0.3], [0.11], [1.3]], np.float32)
    mean, var, epsilon = x[0], np.zeros(1, np.float32), 1e-5
    arrays = {"x": x, "mean": mean, "var": var, "w": var + 1, "bias": var, "cotangent": g}
    specs = {name: InputSpec(array.shape, "float32") for name, array in arrays.items()}
    meaning = operator.get("batch_norm").meaning(Case("batch_norm", specs, {"epsilon": epsilon}, "gradient"), arrays)
    expected = next(each for each in meaning.variants[""] if each.name == "w")
    factor = 1 / np.sqrt(var + np.float32(epsilon))
    found = (g * x * factor).sum(0) - g.sum(0) * (mean * factor)
    assert found.dtype == np.float32
    assert expected.values[0] == 0 != found
    assert np.abs(found) <= expected.bound("float32", Accuracy())


@pytest.mark.parametrize(
    ("shape", "groups", "known"),
    [((1, 1, 1), 1, True), ((1, 4), 4, True), ((2, 1, 1), 1, False), ((1, 2, 1), 1, False), ((1, 1, 2), 1, False)],
)
def test_torch_refuses_one_instance_with_groups_of_one_element(shape, groups, known):
    case = Case("group_norm", {"x": InputSpec(shape, "float32")}, {"epsilon": 1e-5, "groups": groups})
    cause = f"ValueError: Expected more than 1 value per channel when training, got input size {list(shape)}"
    row = operator.get("group_norm").known_difference(case, Target.parse("torch:cpu:eager"), Kind.RAISED, cause)
    assert (row is not None) is known
