"""The oracle of convolutions against a naive implementation, the adjoint identity, and IEEE 754 by hand."""

import random

import naive
import numpy as np
import pytest

from harness import operator
from harness.case import GRADIENT, Case, InputSpec
from harness.meaning import Accuracy, Rule
from harness.values import arrays_of


def draw(seed, key):
    """A small structure with everything unsymmetric, drawn without the strategies under test elsewhere."""
    r = random.Random(seed)
    rank, groups = r.choice([1, 1, 2, 3]), r.choice([1, 1, 2, 3])
    some = lambda low, high: tuple(r.randint(low, high) for _ in range(rank))  # noqa: E731
    kernel, stride, dilation, sizes = some(1, 3), some(1, 3), some(1, 3), some(1, 4)
    a, b = r.randint(1, 2), r.randint(1, 2)
    parameters = {"stride": stride, "dilation": dilation, "groups": groups, "batched": r.random() < 0.8}
    reach = [(k - 1) * d for k, d in zip(kernel, dilation, strict=True)]
    if key.startswith("conv_transpose"):
        lengths = [(n - 1) * s + e + 1 for n, s, e in zip(sizes, stride, reach, strict=True)]
        parameters["window"] = [(r.randint(-2, length), r.randint(1, length + 2)) for length in lengths]
        x, w, channels = (groups * a, *sizes), (groups * a, b, *kernel), groups * b
    else:
        parameters["padding"] = [(r.randint(0, 3), r.randint(0, 3)) for _ in range(rank)]
        sizes = tuple(n + e for n, e in zip(sizes, reach, strict=True))
        x, w, channels = (groups * b, *sizes), (groups * a, b, *kernel), groups * a
    if parameters["batched"]:
        x = (r.randint(1, 2), *x)
    inputs = {"x": InputSpec(x, "float32"), "w": InputSpec(w, "float32")}
    if r.random() < 0.5:
        inputs["b"] = InputSpec((channels,), "float32")
    return Case(key, inputs, parameters)


KEYS = ("conv:aligned", "conv_transpose:aligned")


def naive_value(case, arrays):
    """The naive implementation's y for a case, in Python integers."""
    function = naive.conv_transpose if case.operator.startswith("conv_transpose") else naive.conv
    names = ("stride", "dilation", "groups", "window" if function is naive.conv_transpose else "padding")
    x, w, b = (arrays[n].astype(int).astype(object) if n in arrays else None for n in ("x", "w", "b"))
    batched = case.parameters["batched"]
    y = function(x if batched else x[None], w, b, **{name: case.parameters[name] for name in names})
    return y if batched else y[0]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("seed", range(60))
def test_value_equals_the_naive_implementation(key, seed):
    op = operator.get(key)
    case = op.cases(draw(seed, key), seed)[0]
    arrays = arrays_of(case)
    meaning = op.meaning(case, arrays)
    (y,) = meaning.variants[""]
    assert meaning.rule is Rule.COMPUTE
    assert y.exact
    assert np.array_equal(y.values[0], naive_value(case, arrays).astype(float))


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("seed", range(30))
def test_gradients_are_the_adjoints_of_the_naive_implementation(key, seed):
    """<J v, c> = <v, J^T c> for x, w and b, with J v from the naive implementation, linear in each input alone."""
    op = operator.get(key)
    case = next(c for c in op.cases(draw(seed, key), seed) if c.quantity == GRADIENT)
    arrays = arrays_of(case)
    outputs = {output.name: output for output in op.meaning(case, arrays).variants[""]}
    generator = np.random.default_rng(seed)
    for name, output in outputs.items():
        direction = generator.integers(-3, 4, arrays[name].shape)
        zero_bias = {} if "b" not in arrays else {"b": np.zeros_like(arrays["b"])}
        moved = {**arrays, **zero_bias, name: direction}
        if name == "b":
            moved["x"] = np.zeros_like(arrays["x"])
        forward = (naive_value(case, moved) * arrays["cotangent"].astype(int).astype(object)).sum()
        backward = (direction * output.values[0].astype(int).astype(object)).sum()
        assert forward == backward, name


def adjoint_pair(seed):
    """A convolution and the transposed one whose window is the convolution's input: same w, padding low = window lo."""
    forward = draw(seed, KEYS[0])
    p = forward.parameters
    rank = len(p["stride"])
    sizes = forward.inputs["x"].shape[-rank:]
    y_shape = naive_value(forward, {n: np.zeros(s.shape) for n, s in forward.inputs.items()}).shape
    window = [(low, n) for (low, _), n in zip(p["padding"], sizes, strict=True)]
    parameters = {**{k: v for k, v in p.items() if k != "padding"}, "window": window}
    inputs = {"x": InputSpec(y_shape, "float32"), "w": forward.inputs["w"]}
    return forward, Case(KEYS[1], inputs, parameters)


@pytest.mark.parametrize("seed", range(30))
def test_adjoint_identity_between_the_two_operators(seed):
    """<conv(x), y> = <x, conv_transpose(y)>."""
    forward, backward = adjoint_pair(seed)
    generator = np.random.default_rng(seed)
    x = generator.integers(-3, 4, forward.inputs["x"].shape).astype(np.float32)
    y = generator.integers(-3, 4, backward.inputs["x"].shape).astype(np.float32)
    w = generator.integers(-3, 4, forward.inputs["w"].shape).astype(np.float32)
    plain = Case(KEYS[0], {n: s for n, s in forward.inputs.items() if n != "b"}, forward.parameters)
    conv_x = operator.get(KEYS[0]).meaning(plain, {"x": x, "w": w}).variants[""][0].values[0]
    transposed_y = operator.get(KEYS[1]).meaning(backward, {"x": y, "w": w}).variants[""][0].values[0]
    assert (conv_x * y).sum() == (x * transposed_y).sum()


def meaning_of(key, x, w, **parameters):
    """y of a one-dimensional case on given arrays."""
    x, w = np.array(x, np.float32)[None, None], np.array(w, np.float32)[None, None]
    inputs = {"x": InputSpec(x.shape, "float32"), "w": InputSpec(w.shape, "float32")}
    case = Case(key, inputs, {"stride": [1], "dilation": [1], "groups": 1, **parameters})
    return operator.get(key).meaning(case, {"x": x, "w": w})


def test_special_values_in_both_readings_of_padding():
    """[1, 2] with kernel [inf, 1] and one zero on each side: the padding meets the infinity in the first output only."""
    (y,) = meaning_of(KEYS[0], [1.0, 2.0], [np.inf, 1.0], padding=[(1, 1)]).variants[""]
    absent, operand = (value.ravel() for value in y.values)
    np.testing.assert_array_equal(absent, [1.0, np.inf, np.inf])
    np.testing.assert_array_equal(operand, [np.nan, np.inf, np.inf])


def test_infinities_of_both_signs_and_zero_times_infinity():
    (y,) = meaning_of(KEYS[1], [np.inf, -np.inf, 0.0, np.nan], [1.0, 1.0], window=[(0, 5)]).variants[""]
    np.testing.assert_array_equal(y.values[0].ravel(), [np.inf, np.nan, -np.inf, np.nan, np.nan])


def test_overflowing_sums_are_free():
    """Two largest numbers of opposite sign: any order may overflow on the way."""
    largest = float(np.finfo(np.float32).max)
    (y,) = meaning_of(KEYS[0], [largest, -largest], [1.0, 1.0], padding=[(0, 0)]).variants[""]
    assert y.free is not None
    assert y.free.all()


def test_bound_of_a_sum_of_four_products():
    """4 u / (1 - 4 u) * sum|x||w| for float32, to within the reference's own error and the subnormal terms."""
    (y,) = meaning_of(KEYS[0], [1.1, 1.2, 1.3, 1.4], [1.5, 1.6, 1.7, 1.8], padding=[(0, 0)]).variants[""]
    u = 2.0**-24
    magnitude = sum(
        np.float64(np.float32(a)) * np.float64(np.float32(b))
        for a, b in [(1.1, 1.5), (1.2, 1.6), (1.3, 1.7), (1.4, 1.8)]
    )
    bound = y.bound("float32", Accuracy())
    assert bound.ravel()[0] == pytest.approx(4 * u / (1 - 4 * u) * magnitude, rel=1e-6)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"stride": [0]}, Rule.REFUSE),
        ({"dilation": [-1]}, Rule.REFUSE),
        ({"groups": 2}, Rule.REFUSE),
        ({"window": [(0, -1)]}, Rule.REFUSE),
        ({"window": [(0, 0)]}, Rule.EITHER),
        ({"window": [(0, 3)], "stride": [2**62]}, Rule.EITHER),
        ({"window": [(0, 3)]}, Rule.COMPUTE),
    ],
)
def test_rules(change, rule):
    parameters = {"window": [(0, 2)], **change}
    assert meaning_of(KEYS[1], [1.0, 2.0], [1.0, 1.0], **parameters).rule is rule
