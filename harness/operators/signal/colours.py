"""Colour spaces of images whose last axis holds red, green and blue."""

from __future__ import annotations

import numpy as np

from harness.case import Case
from harness.meaning import Rule
from harness.operators import functions as f
from harness.operators.formula import Formulas, Verdict
from harness.operators.signal.gathering import signal
from harness.operators.tracked import Tracked, moveaxis, reshape
from harness.plain import ask

LUMA = (0.2989, 0.587, 0.114)
"""Weights of red, green and blue (ITU-R BT.601, rounded as MATLAB's rgb2gray has them)."""


def three_channels(case: Case) -> Verdict:
    """Refuses images whose last axis is not three long; of an empty one nothing is said."""
    x = case.inputs["x"].shape
    if len(x) not in (3, 4):
        return Rule.EITHER, f"x of {len(x)} axes"
    if x[-1] == 3:
        return (Rule.EITHER, "x is empty") if 0 in x else None
    return (Rule.EITHER, "one channel") if x[-1] == 1 else (Rule.REFUSE, f"x of shape {x}: must have three channels")


def grey(x: Tracked) -> Tracked:
    """The weighted sum of the channels, which stays an axis of length one."""
    weights = x.like(np.asarray(LUMA))
    flat = reshape(x, (int(np.prod(x.shape[:-1])), 3))
    return reshape(f.einsum("pc,co->po", flat, reshape(weights, (3, 1))), (*x.shape[:-1], 1))


def stacked_last(*parts: Tracked) -> Tracked:
    """Numbers of one shape along a new last axis."""
    from harness.operators.recurrent.formulas import stack

    return moveaxis(stack(parts), 0, -1)


def hsv_to_rgb(x: Tracked) -> Tracked:
    """v (1 - s + s d) with d for red, green and blue the trapezoids |h - 3| - 1, 2 - |h - 2|, 2 - |h - 4| within 0 and 1, h from 0 to 6."""
    hue, saturation, value = (reshape(f.part(x, -1, i, i + 1), x.shape[:-1]) for i in range(3))
    sixth = 6.0 * hue
    trapezoids = f.absolute(sixth - 3.0) - 1.0, 2.0 - f.absolute(sixth - 2.0), 2.0 - f.absolute(sixth - 4.0)
    channels = []
    for trapezoid in trapezoids:
        inside = f.minimum(f.maximum(trapezoid, 0.0), 1.0)
        channels.append(value * ((1.0 - saturation) + saturation * inside))
    return stacked_last(*channels)


def rgb_to_hsv(x: Tracked) -> Tracked:
    """Hue from 0 to 1, saturation (largest - smallest) / largest, value the largest; of a grey the hue, of black the saturation is 0."""
    r, g, b = (reshape(f.part(x, -1, i, i + 1), x.shape[:-1]) for i in range(3))
    most = f.maximum(f.maximum(r, g), b)
    span = most - f.minimum(f.minimum(r, g), b)
    positive = most.value > 0
    saturation = f.where(positive, span / f.where(positive, most, 1.0), 0.0)
    coloured = span.value > 0
    safe = 6.0 * f.where(coloured, span, 1.0)
    red, green = r.value == most.value, g.value == most.value
    first = (g - b) / safe
    turned = f.where(first.value < 0, first + 1.0, first)
    hue = f.where(red, turned, f.where(green, (b - r) / safe + 2.0 / 6.0, (r - g) / safe + 4.0 / 6.0))
    return stacked_last(f.where(coloured, hue, 0.0), saturation, most)


signal("rgb_to_grayscale", "x", Formulas({"": grey}, three_channels), {
    "tensorflow": "tf.image.rgb_to_grayscale(x)",
    "keras": "keras.ops.image.rgb_to_grayscale(x, data_format='channels_last')",
}, "colours", regimes=("rounding", "special"), summary="grey of red, green and blue")  # fmt: skip

to_hsv = signal("rgb_to_hsv", "x", Formulas({"": lambda x: rgb_to_hsv(x / 256.0)}, three_channels), {
    "tensorflow": ask("tf.image.rgb_to_hsv(x / 256)", composed=True),
    "keras": ask("keras.ops.image.rgb_to_hsv(x / 256, data_format='channels_last')", composed=True),
}, "levels", regimes=("rounding",), gradient=(), differentiable="", summary="hue, saturation and value of 256 levels")  # fmt: skip
to_rgb = signal("hsv_to_rgb", "x", Formulas({"": lambda x: hsv_to_rgb(x / 256.0)}, three_channels), {
    "tensorflow": ask("tf.image.hsv_to_rgb(x / 256)", composed=True),
    "keras": ask("keras.ops.image.hsv_to_rgb(x / 256, data_format='channels_last')", composed=True),
}, "levels", regimes=("rounding",), gradient=(), differentiable="", summary="red, green and blue of 256 levels")  # fmt: skip
