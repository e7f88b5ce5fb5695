"""Separable convolution as a layer: against loops and Keras' definition of its words, by hand, gradients by differences, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from moved import drawn, gradients, meaning, refusal, values

from harness.meaning import Rule

RNG = np.random.default_rng(4)
WORDS = [(1, 1, "valid"), (2, 1, "same"), (1, 2, "causal"), (3, 1, "causal"), (1, 2, "same")]


def signal_by_loops(x, w, v, b, stride, dilation, padding):
    """Every place, tap, channel and filter on its own; x is (n, l, c)."""
    count, length, channels = x.shape
    reach = (w.shape[0] - 1) * dilation + 1
    if padding == "valid":
        size, front = (length - reach) // stride + 1, 0
    else:
        size = -(-length // stride) if padding == "same" else (length - 1) // stride + 1
        front = reach - 1 if padding == "causal" else max((size - 1) * stride + reach - length, 0) // 2
    y = np.tile(b, (count, size, 1)).astype(float)
    for n, i, a, c, q in np.ndindex(count, size, w.shape[0], channels, w.shape[2]):
        place = i * stride + a * dilation - front
        if 0 <= place < length:
            y[n, i] += x[n, place, c] * w[a, c, q] * v[0, c * w.shape[2] + q]
    return y


def signals():
    return {
        "x": RNG.normal(size=(2, 7, 2)),
        "w": RNG.normal(size=(3, 2, 3)),
        "v": RNG.normal(size=(1, 6, 4)),
        "b": RNG.normal(size=4),
    }


def words(stride=1, dilation=1, padding="valid", data_format="channels_last"):
    return {"stride": stride, "dilation": dilation, "padding": padding, "data_format": data_format}


@pytest.mark.parametrize("word", WORDS)
def test_signals_are_those_of_loops_with_the_channels_first_and_last(word):
    given = signals()
    right = signal_by_loops(*given.values(), *word)
    np.testing.assert_allclose(values("separable_conv:layer", given, **words(*word)), right, rtol=1e-12, atol=1e-12)
    first = {**given, "x": np.moveaxis(given["x"], -1, 1)}
    found = values("separable_conv:layer", first, **words(*word, "channels_first"))
    np.testing.assert_allclose(found, np.moveaxis(right, -1, 1), rtol=1e-12, atol=1e-12)


def test_images_are_those_of_the_function_and_the_bias_is_added():
    x, w = RNG.normal(size=(2, 5, 6, 2)), RNG.normal(size=(2, 3, 2, 2))
    v, b = RNG.normal(size=(1, 1, 4, 3)), np.array([10.0, 20.0, 30.0])
    plain = values("separable_conv", {"x": x, "w": w, "v": v}, stride=2, dilation=1, padding="same")
    found = values("separable_conv:layer", {"x": x, "w": w, "v": v, "b": b}, **words(2, 1, "same"))
    np.testing.assert_allclose(found.astype(float), plain.astype(float) + b, rtol=1e-14)
    without = values("separable_conv:layer", {"x": x, "w": w, "v": v}, **words(2, 1, "same"))
    assert np.array_equal(without, plain)


def test_causal_by_hand():
    given = {"x": np.array([[[1.0], [10.0], [100.0]]]), "w": np.array([[[2.0]], [[3.0]]]), "v": np.array([[[1.0]]])}
    assert values("separable_conv:layer", given, **words(padding="causal")).ravel().tolist() == [3, 32, 320]
    assert values("separable_conv:layer", given, **words(padding="valid")).ravel().tolist() == [32, 320]


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
@pytest.mark.parametrize("word", WORDS)
def test_gradients_are_slopes(word, data_format):
    """The result is linear in each input when the bias is taken off."""
    given = signals()
    if data_format == "channels_first":
        given["x"] = np.moveaxis(given["x"], -1, 1)
    parameters = words(*word, data_format)
    cotangent = RNG.normal(size=values("separable_conv:layer", given, **parameters).shape)
    found = gradients("separable_conv:layer", given, cotangent, **parameters)
    bias = values("separable_conv:layer", {**given, "x": 0 * given["x"]}, **parameters)
    for name, gradient in zip(given, found, strict=True):
        direction = RNG.normal(size=given[name].shape)
        moved = values("separable_conv:layer", {**given, name: direction}, **parameters)
        plain = moved - (
            bias if name != "b" else values("separable_conv:layer", {**given, "b": 0 * given["b"]}, **parameters)
        )
        assert np.isclose(float((plain * cotangent).sum()), float((gradient * direction).sum()), rtol=1e-9)


def test_refusals():
    given = signals()
    assert "filters" in refusal("separable_conv:layer", {**given, "w": np.ones((3, 3, 3))}, **words())
    assert "positive" in refusal("separable_conv:layer", given, **words(stride=0))
    assert "positive" in refusal("separable_conv:layer", given, **words(dilation=-1))
    assert meaning("separable_conv:layer", {**given, "w": np.ones((8, 2, 3))}, **words()).rule is Rule.EITHER
    assert meaning("separable_conv:layer", {**given, "b": np.ones(3)}, **words()).rule is Rule.EITHER
    assert values("separable_conv:layer", {**given, "w": np.ones((8, 2, 3))}, **words(padding="causal")).shape == (
        2,
        7,
        4,
    )


def test_structures_reach_every_word():
    cases = [case for case in drawn("separable_conv:layer") if "hostile" not in case.parameters]
    found = {(len(c.inputs["x"].shape), c.parameters["padding"], c.parameters["data_format"]) for c in cases}
    plain = {(rank, word) for rank, word, _ in found}
    assert plain == {(3, "valid"), (3, "same"), (3, "causal"), (4, "valid"), (4, "same")}
    assert len(found) == 2 * len(plain)
    assert {"b" in case.inputs for case in cases} == {True, False}
    assert all(("b" in case.inputs) == case.parameters["use_bias"] for case in cases)
