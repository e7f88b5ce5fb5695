"""Separable convolution: against loops and SciPy, by hand, gradients by differences, refusals, structures."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal
from moved import drawn, gradients, meaning, refusal, values

from harness.meaning import Rule
from harness.operators.signal.separable import taps

RNG = np.random.default_rng(2)
CASES = [
    (1, 1, "valid"),
    (2, 1, "valid"),
    (1, 2, "valid"),
    (1, 1, "same"),
    (2, 1, "same"),
    (3, 1, "same"),
    (1, 2, "same"),
]


def by_loops(x, w, v, stride, dilation, padding):
    """Every place, tap, channel and filter on its own; the padding is that of TensorFlow's documentation."""
    count, height, width, channels = x.shape
    reach = [(n - 1) * dilation + 1 for n in w.shape[:2]]
    if padding == "same":
        sizes = [-(-n // stride) for n in (height, width)]
        pads = [max((m - 1) * stride + r - n, 0) // 2 for m, r, n in zip(sizes, reach, (height, width), strict=True)]
    else:
        sizes, pads = [(n - r) // stride + 1 for n, r in zip((height, width), reach, strict=True)], [0, 0]
    y = np.zeros((count, *sizes, v.shape[3]))
    for n, i, j, c, q in np.ndindex(count, *sizes, channels, w.shape[3]):
        total = 0.0
        for a, b in np.ndindex(*w.shape[:2]):
            row, column = i * stride + a * dilation - pads[0], j * stride + b * dilation - pads[1]
            if 0 <= row < height and 0 <= column < width:
                total += x[n, row, column, c] * w[a, b, c, q]
        y[n, i, j] += total * v[0, 0, c * w.shape[3] + q]
    return y


def arrays():
    return {
        "x": RNG.normal(size=(2, 6, 7, 2)),
        "w": RNG.normal(size=(2, 3, 2, 3)),
        "v": RNG.normal(size=(1, 1, 6, 4)),
    }


@pytest.mark.parametrize(("stride", "dilation", "padding"), CASES)
def test_values_are_those_of_loops(stride, dilation, padding):
    given = arrays()
    parameters = {"stride": stride, "dilation": dilation, "padding": padding}
    got = values("separable_conv", given, **parameters)
    np.testing.assert_allclose(got, by_loops(*given.values(), **parameters), rtol=1e-12, atol=1e-12)


def test_one_channel_is_scipys_correlation():
    x, w = RNG.normal(size=(5, 6)), RNG.normal(size=(2, 3))
    given = {"x": x[None, :, :, None], "w": w[:, :, None, None], "v": np.full((1, 1, 1, 1), 2.0)}
    got = values("separable_conv", given, stride=1, dilation=1, padding="valid")
    np.testing.assert_allclose(got[0, :, :, 0].astype(float), 2 * scipy.signal.correlate2d(x, w, "valid"), rtol=1e-12)


def test_the_smaller_half_of_the_padding_stands_in_front():
    places, padding = taps(3, 2, 1, 1, True)
    assert (places.tolist(), padding) == ([[0, 1], [1, 2], [2, 3]], (0, 1))
    assert taps(5, 3, 2, 1, True)[1] == (1, 1)
    assert taps(2, 3, 1, 1, False)[0].shape == (0, 3)


@pytest.mark.parametrize(("stride", "dilation", "padding"), CASES)
def test_gradients_are_slopes(stride, dilation, padding):
    """The result is linear in each input: the slope along a direction is the direction times the gradient."""
    given, parameters = arrays(), {"stride": stride, "dilation": dilation, "padding": padding}
    shape = values("separable_conv", given, **parameters).shape
    cotangent = RNG.normal(size=shape)
    found = gradients("separable_conv", given, cotangent, **parameters)
    for name, gradient in zip(given, found, strict=True):
        direction = RNG.normal(size=given[name].shape)
        moved = values("separable_conv", {**given, name: direction}, **parameters)
        assert np.isclose(float((moved * cotangent).sum()), float((gradient * direction).sum()), rtol=1e-10)


def test_refusals():
    given, plain = arrays(), {"stride": 1, "dilation": 1, "padding": "valid"}
    assert "filters" in refusal("separable_conv", {**given, "w": np.ones((2, 3, 3, 3))}, **plain)
    assert "filters" in refusal("separable_conv", {**given, "v": np.ones((1, 1, 5, 4))}, **plain)
    assert "positive" in refusal("separable_conv", given, **{**plain, "stride": 0})
    assert meaning("separable_conv", {**given, "w": np.ones((7, 1, 2, 3))}, **plain).rule is Rule.EITHER


def test_structures_reach_every_class():
    cases = drawn("separable_conv")
    assert {case.parameters.get("hostile") for case in cases} == {None, "channels", "number"}
    plain = [case for case in cases if "hostile" not in case.parameters]
    assert {(c.parameters["stride"], c.parameters["dilation"], c.parameters["padding"]) for c in plain} >= set(CASES)
    assert {c.inputs["w"].shape[3] for c in plain} == {1, 2, 3}
