"""Batch normalisation: with given statistics, and with those of the batch, which move the running ones."""

from __future__ import annotations

from typing import Any, Callable, Optional, Tuple

import numpy as np

from harness.case import GRADIENT, VALUE, Case, Kind, KnownDifference
from harness.meaning import Rule
from harness.operators.activations.table import documented
from harness.operators.facts import narrowed
from harness.operators.formula import Formulas, Verdict, formula_operator
from harness.operators.normalisation.channels import channels_fit
from harness.operators.normalisation.facts import MOMENTS
from harness.operators.normalisation.layers import F
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


def some_values(case: Case) -> Verdict:
    """Refuses vectors of another length than the channels; says nothing of a batch without values."""
    return channels_fit(case) or ((Rule.EITHER, "no value per channel") if per_channel(case) == 0 else None)


def per_channel(case: Case) -> int:
    """Number of values per channel."""
    shape = case.inputs["x"].shape
    return int(np.prod(shape, dtype=np.int64)) // shape[1]


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
        "tensorflow": [
            ask("tf.nn.batch_normalization(x, mean, var, bias, w, epsilon)", when=flat),
            ask(
                "tf.transpose(tf.nn.batch_normalization(tf.transpose(x, [0, *range(2, len(x.shape)), 1]), mean, var, bias, w, "
                "epsilon), [0, len(x.shape) - 1, *range(1, len(x.shape) - 1)])",
                composed=True,
            ),
        ],
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
    Formulas({NEW: training(True, True), OLD: training(False, False)}, some_values, ("y", "mean", "var"), loose=True),
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


def fused(case: Case) -> bool:
    """Images with weights in float32, of an epsilon that TensorFlow's fused normalisation takes, and not the batch's statistics alone."""
    given = case.parameters
    return len(case.inputs["x"].shape) == 4 and "w" in case.inputs and case.dtype == "float32" and given["momentum"] < 1


@train.call("tensorflow", when=lambda case: fused(case) and case.quantity == GRADIENT, composed=True)
def tensorflow_training_result(tf, x, mean, var, w, bias, *, epsilon):
    """The normalised batch alone."""
    y, _, _ = tf.compat.v1.nn.fused_batch_norm(tf.transpose(x, [0, 2, 3, 1]), w, bias, epsilon=epsilon)
    return tf.transpose(y, [0, 3, 1, 2])


@train.call(
    "tensorflow", when=lambda case: fused(case) and case.quantity == VALUE, convention=documented(NEW), composed=True
)
def tensorflow_training(tf, x, mean, var, w, bias, *, epsilon, momentum):
    """tf.compat.v1.nn.fused_batch_norm moves the statistics by exponential_avg_factor, on TensorFlow's channels last."""
    y, mean, var = tf.compat.v1.nn.fused_batch_norm(
        tf.transpose(x, [0, 2, 3, 1]), w, bias, mean, var, epsilon=epsilon, exponential_avg_factor=momentum
    )
    return tf.transpose(y, [0, 3, 1, 2]), mean, var


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


train.differs(
    KnownDifference(
        "torch:*",
        Kind.RAISED,
        "value per channel when training",
        "one value per channel is refused in training",
        "torch/nn/functional.py, _verify_batch_size: 'Expected more than 1 value per channel when training'",
        when=lambda case: per_channel(case) == 1,
    )
)
narrowed(train, normwise=True)
