"""Activations made of straight and parabolic pieces: rectifiers, clipped and shrunk ones."""

from __future__ import annotations

from typing import Callable, Dict

import numpy as np

from harness.operators import functions as f
from harness.operators.activations.table import (
    CLIPPED,
    LEFT,
    ONE_KINK,
    OUTSIDE,
    RIGHT,
    Sides,
    activation,
    between,
    documented,
)
from harness.operators.formula import Formula
from harness.operators.tracked import Tracked
from harness.plain import ask

SLOPES = (0.01, 0.2, 0.3, 0.0, 1.0, -0.5, 2.0)


def leaky(slope: float, side: str = LEFT) -> Formula:
    """Leaky rectifier of a fixed slope."""
    return lambda x: between(x, (0.0,), (slope * x, x), (side,))


def hard_silu(at: Sides) -> Formula:
    """0 up to -3, x from 3 on, x (x + 3) / 6 between; dividing by 6 and multiplying again may round."""
    return lambda x: between(x, (-3.0, 3.0), (0.0, x * ((x + 3.0) / 6.0), x / 6.0 * 6.0), at, 3.0)


def soft_shrink(at: Sides) -> Callable[..., Tracked]:
    """x without the threshold's magnitude, 0 up to it."""
    return lambda x, *, threshold: between(x, (-threshold, threshold), (x + threshold, 0.0, x - threshold), at)


def hard_shrink(x: Tracked, *, threshold: float) -> Tracked:
    """x, or 0 up to the threshold's magnitude."""
    return f.where(np.abs(x.value) <= threshold, 0.0, x)


def threshold_of(x: Tracked, *, threshold: float, value: float) -> Tracked:
    """x, or a value up to the threshold."""
    return f.where(x.value <= threshold, value, x)


def at_nan(formula: Callable[..., Tracked]) -> Dict[str, Formula]:
    """Readings of "0 otherwise" at NaN, which is neither above nor below a threshold: NaN, or the literal zero.

    torch gives NaN (pytorch/pytorch#81138); Keras documents "0 otherwise" (keras/src/ops/nn.py, hard_shrink, soft_shrink, threshold).
    """
    return {
        "NaN": formula,
        "otherwise": lambda x, *, threshold: f.where(np.isnan(x.value), 0.0, formula(x, threshold=threshold)),
    }


# fmt: off
activation("relu", lambda at: lambda x: between(x, (0.0,), (0.0, x), at), {
    "torch": "torch.nn.functional.relu(x)", "tensorflow": "tf.nn.relu(x)", "jax": "jax.nn.relu(x)", "keras": "keras.ops.relu(x)",
}, ONE_KINK)
activation("relu6", lambda at: lambda x: between(x, (0.0, 6.0), (0.0, x, 6.0), at), {
    "torch": "torch.nn.functional.relu6(x)", "tensorflow": "tf.nn.relu6(x)", "jax": "jax.nn.relu6(x)", "keras": "keras.ops.relu6(x)",
}, CLIPPED, points=(0.0, 6.0))
activation("leaky_relu:aligned", lambda at: lambda x, *, slope: between(x, (0.0,), (slope * x, x), at), {
    "torch": "torch.nn.functional.leaky_relu(x, negative_slope=slope)",
    "tensorflow": "tf.nn.leaky_relu(x, alpha=slope)",
    "jax": "jax.nn.leaky_relu(x, negative_slope=slope)",
    "keras": "keras.ops.leaky_relu(x, negative_slope=slope)",
}, ONE_KINK, parameters=(("slope", SLOPES),))
activation("leaky_relu:nominal", lambda at: leaky(0.01), {
    "torch": ask("torch.nn.functional.leaky_relu(x)", convention=documented("slope 0.01")),
    "tensorflow": ask("tf.nn.leaky_relu(x)", convention=documented("slope 0.2")),
    "jax": ask("jax.nn.leaky_relu(x)", convention=documented("slope 0.01")),
    "keras": [ask("keras.ops.leaky_relu(x)", convention=documented("slope 0.2")),
              ask("keras.layers.LeakyReLU(dtype=x.dtype)(x)", convention=documented("slope 0.3"), spelling="layer")],
}, conventions={f"slope {slope}": leaky(slope) for slope in (0.01, 0.2, 0.3)},
    kinks_of={f"slope {slope}, {side}": leaky(slope, side) for slope in (0.01, 0.2, 0.3) for side in (LEFT, RIGHT)},
    parameters=(("spelling", ("function", "layer")),))
activation("hard_sigmoid", lambda at: lambda x: between(x, (-3.0, 3.0), (0.0, (x + 3.0) / 6.0, 1.0), at, 3.0), {
    "torch": ask("torch.nn.functional.hardsigmoid(x)", convention=documented("relu6(x + 3) / 6")),
    "jax": ask("jax.nn.hard_sigmoid(x)", convention=documented("relu6(x + 3) / 6")),
    "keras": ask("keras.ops.hard_sigmoid(x)", convention=documented("relu6(x + 3) / 6")),
    "tf_keras": ask("tf_keras.activations.hard_sigmoid(x)", convention=documented("clip(0.2 x + 0.5)")),
}, conventions={
    "relu6(x + 3) / 6": lambda x: between(x, (-3.0, 3.0), (0.0, (x + 3.0) / 6.0, 1.0), CLIPPED["flat"], 3.0),
    "clip(0.2 x + 0.5)": lambda x: between(x, (-2.5, 2.5), (0.0, 0.2 * x + 0.5, 1.0), CLIPPED["flat"]),
}, kinks=CLIPPED, points=(-3.0, 3.0, 0.0, 2.5, -2.5))
activation("hard_silu", hard_silu, {
    "torch": ask("torch.nn.functional.hardswish(x)", convention=documented("by pieces")),
    "jax": ask("jax.nn.hard_silu(x)", convention=documented("x relu6(x + 3) / 6")),
    "keras": ask("keras.ops.hard_silu(x)", convention=documented("by pieces")),
}, CLIPPED, conventions={
    "by pieces": hard_silu(CLIPPED["flat"]),
    "x relu6(x + 3) / 6": lambda x: x * between(x, (-3.0, 3.0), (0.0, (x + 3.0) / 6.0, 1.0), CLIPPED["flat"], 3.0),
}, points=(-3.0, 3.0, 0.0, -1.5))
activation("hard_tanh", lambda at: lambda x: between(x, (-1.0, 1.0), (-1.0, x, 1.0), at), {
    "torch": "torch.nn.functional.hardtanh(x)", "jax": "jax.nn.hard_tanh(x)", "keras": "keras.ops.hard_tanh(x)",
}, CLIPPED, points=(-1.0, 1.0, 0.0))
activation("soft_shrink", soft_shrink, {
    "torch": "torch.nn.functional.softshrink(x, lambd=threshold)", "keras": "keras.ops.soft_shrink(x, threshold=threshold)",
}, OUTSIDE, conventions=at_nan(soft_shrink(OUTSIDE["flat"])), parameters=(("threshold", (0.5, 1.0, 0.25, 2.0)),),
    points=(0.5, -0.5, 1.0, -1.0, 2.0))
activation("hard_shrink", lambda at: hard_shrink, {
    "torch": "torch.nn.functional.hardshrink(x, lambd=threshold)", "keras": "keras.ops.hard_shrink(x, threshold=threshold)",
}, conventions=at_nan(hard_shrink), parameters=(("threshold", (0.5, 1.0, 0.25, 2.0)),), points=(0.5, -0.5, 1.0, -1.0, 2.0))
activation("threshold", lambda at: threshold_of, {
    "torch": "torch.nn.functional.threshold(x, threshold, value)", "keras": "keras.ops.threshold(x, threshold, value)",
}, conventions={"NaN": threshold_of, "otherwise": lambda x, *, threshold, value: f.where(x.value > threshold, x, value)},
    parameters=(("threshold", (0.5, 0.0, -1.0, 2.0)), ("value", (0.0, -7.0, 20.0))), points=(0.5, 0.0, -1.0, 2.0))
activation("sparse_plus", lambda at: lambda x: between(x, (-1.0, 1.0), (0.0, 0.25 * f.square(x + 1.0), x), at, 1.0), {
    "jax": "jax.nn.sparse_plus(x)", "keras": "keras.ops.sparse_plus(x)",
}, CLIPPED, points=(-1.0, 1.0, 0.0))
activation("sparse_sigmoid", lambda at: lambda x: between(x, (-1.0, 1.0), (0.0, 0.5 * (x + 1.0), 1.0), at, 1.0), {
    "jax": "jax.nn.sparse_sigmoid(x)", "keras": "keras.ops.sparse_sigmoid(x)",
}, CLIPPED, points=(-1.0, 1.0, 0.0))
# fmt: on
