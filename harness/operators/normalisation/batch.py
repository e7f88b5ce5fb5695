"""Batch normalisation: with given statistics, and with those of the batch, which move the running ones."""

from __future__ import annotations

from typing import Any, Callable, Optional, Tuple

import numpy as np

from harness.case import GRADIENT, VALUE, Case
from harness.meaning import Rule
from harness.operators.activations import documented
from harness.operators.formula import Formulas, Verdict, formula_operator
from harness.operators.normalisation.facts import MOMENTS
from harness.operators.normalisation.layers import F, channels_fit
from harness.operators.normalisation.statistics import affine, by_channel, moments
from harness.operators.tracked import Tracked, reshape
from harness.plain import ask

Maybe = Optional[Tracked]


def inference(x: Tracked, mean: Tracked, var: Tracked, w: Maybe, bias: Maybe, *, epsilon: float) -> Tracked:
    """(x - mean) / sqrt(var + epsilon) w + bias per channel (Ioffe and Szegedy, arXiv:1502.03167)."""
    rank = len(x.shape)
    shift, spread = by_channel(mean, rank), by_channel(var, rank)
    assert shift is not None
    assert spread is not None
    return affine(x, shift, spread, epsilon, by_channel(w, rank), by_channel(bias, rank))


def training(unbiased: bool, of_new: bool) -> Callable[..., Tuple[Tracked, ...]]:
    """Batch normalisation that returns y and the moved statistics. ``of_new``: momentum is the weight of the batch's statistics."""

    def formula(
        x: Tracked, mean: Tracked, var: Tracked, w: Maybe, bias: Maybe, *, epsilon: float, momentum: float
    ) -> Tuple[Tracked, ...]:
        axes = (0, *range(2, len(x.shape)))
        center, spread = moments(x, axes)
        y = affine(x, center, spread, epsilon, by_channel(w, len(x.shape)), by_channel(bias, len(x.shape)))
        count = x.value.size // x.shape[1]
        weight = mean.like(momentum)
        share = weight if of_new else 1.0 - weight
        batch = (
            reshape(spread, var.shape) * (count / (count - 1)) if unbiased and count > 1 else reshape(spread, var.shape)
        )
        moved = [(1.0 - share) * old + share * new for old, new in ((mean, reshape(center, mean.shape)), (var, batch))]
        return (y, *moved)

    return formula


def more_than_one(case: Case) -> Verdict:
    """Refuses vectors of another length than the channels; of one value per channel the unbiased variance is not defined."""
    x = case.inputs["x"].shape
    positions = int(np.prod(x, dtype=np.int64)) // x[1]
    return channels_fit(case) or ((Rule.EITHER, "at most one value per channel") if positions < 2 else None)


def _structures(training: bool) -> Any:
    from strategies import normalisation as drawn

    given = (("epsilon", drawn.EPSILONS), *((("momentum", (0.1, 0.0, 0.9, 1.0, 0.99)),) if training else ()))
    return drawn.channels(given, statistics=True)


def flat(case: Case) -> bool:
    """Whether there are no positions, so that channels are the last axis."""
    return len(case.inputs["x"].shape) == 2


formula_operator(
    "batch_norm",
    "x mean var w bias",
    Formulas({"": inference}, channels_fit, loose=True),
    {
        "torch": f"{F}.batch_norm(x, mean, var, w, bias, False, 0.1, epsilon)",
        "tensorflow": ask("tf.nn.batch_normalization(x, mean, var, bias, w, epsilon)", when=flat),
        "keras": "keras.ops.batch_normalization(x, mean, var, 1, offset=bias, scale=w, epsilon=epsilon)",
    },
    family="normalisation",
    structures=lambda: _structures(False),
    differentiable="x w bias",
    points=(0.0, 1.0),
    regimes=("rounding", "near", "special"),
    gradient=("rounding",),
    facts=MOMENTS,
    sums=True,
)

NEW, OLD = "momentum of the new, unbiased running variance", "momentum of the old, biased running variance"

train = formula_operator(
    "batch_norm_training",
    "x mean var w bias",
    Formulas({NEW: training(True, True), OLD: training(False, False)}, more_than_one, ("y", "mean", "var"), loose=True),
    {
        "torch": ask(
            f"{F}.batch_norm(x, None, None, w, bias, True, momentum, epsilon)",
            when=lambda case: case.quantity == GRADIENT,
        )
    },
    family="normalisation",
    structures=lambda: _structures(True),
    differentiable="x w bias",
    points=(0.0, 1.0, 100.0),
    regimes=("rounding", "near"),
    gradient=("rounding",),
    facts=MOMENTS,
    sums=True,
)


@train.call("torch", when=lambda case: case.quantity == VALUE, convention=documented(NEW))
def torch_training(torch, x, mean, var, w, bias, *, epsilon, momentum):
    """torch.nn.functional.batch_norm with training=True moves the statistics that it is given."""
    mean, var = mean.clone(), var.clone()
    y = torch.nn.functional.batch_norm(x, mean, var, w, bias, True, momentum, epsilon)
    return y, mean, var


@train.call("keras", when=lambda case: case.quantity == VALUE, convention=documented(OLD), modes=("eager",))
def keras_training(keras, x, mean, var, w, bias, *, epsilon, momentum):
    """keras.layers.BatchNormalization called with training=True moves its own statistics."""
    layer = keras.layers.BatchNormalization(
        axis=1,
        momentum=momentum,
        epsilon=epsilon,
        center=bias is not None,
        scale=w is not None,
        dtype=keras.backend.standardize_dtype(x.dtype),
    )
    layer.build(x.shape)
    layer.moving_mean.assign(mean)
    layer.moving_variance.assign(var)
    if w is not None:
        layer.gamma.assign(w)
        layer.beta.assign(bias)
    y = layer(x, training=True)
    return y, layer.moving_mean.value, layer.moving_variance.value
