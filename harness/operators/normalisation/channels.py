"""Normalisation by channel: group and instance normalisation, local response normalisation; channels are axis 1."""

from __future__ import annotations

from typing import Optional

import numpy as np

from harness.case import Case, Kind, KnownDifference
from harness.meaning import Rule
from harness.operators import functions as f
from harness.operators.facts import narrowed
from harness.operators.formula import Verdict
from harness.operators.normalisation.layers import EPSILON, F, normalisation
from harness.operators.normalisation.statistics import affine, by_channel, moments
from harness.operators.tracked import Tracked, broadcast_to, reshape
from harness.plain import ask


def channels_fit(case: Case) -> Verdict:
    """Refuses vectors that have not one element per channel."""
    count = case.inputs["x"].shape[1]
    for name in ("w", "bias", "mean", "var"):
        if name in case.inputs and case.inputs[name].shape != (count,):
            return Rule.REFUSE, f"{name} {case.inputs[name].shape}: not one element per channel"
    return None


def instances(case: Case) -> Verdict:
    """As ``channels_fit``; of one position the variance is 0, which some refuse."""
    one = int(np.prod(case.inputs["x"].shape[2:], dtype=np.int64)) < 2
    return channels_fit(case) or ((Rule.EITHER, "at most one position") if one else None)


def one_element_in_all(case: Case) -> bool:
    """Whether there is one instance and one element in each group."""
    batch, channels, *positions = case.inputs["x"].shape
    return batch * (channels // int(case.parameters["groups"])) * int(np.prod(positions, dtype=np.int64)) == 1


def group_norm(x: Tracked, w: Optional[Tracked], bias: Optional[Tracked], *, groups: int, epsilon: float) -> Tracked:
    """Over the channels of each group and all positions (Wu and He, arXiv:1803.08494)."""
    split = (x.shape[0], groups, x.shape[1] // groups, *x.shape[2:])
    rank = len(x.shape)
    per_channel = (*x.shape[:2], *(1,) * (rank - 2))
    mean, variance = (
        reshape(broadcast_to(each, (*split[:3], *(1,) * (rank - 2))), per_channel)
        for each in moments(reshape(x, split), tuple(range(2, len(split))))
    )
    return affine(x, mean, variance, epsilon, by_channel(w, rank), by_channel(bias, rank))


def instance_norm(x: Tracked, w: Optional[Tracked], bias: Optional[Tracked], *, epsilon: float) -> Tracked:
    """Over all positions of each channel (Ulyanov et al., arXiv:1607.08022)."""
    rank = len(x.shape)
    mean, variance = moments(x, tuple(range(2, rank)))
    return affine(x, mean, variance, epsilon, by_channel(w, rank), by_channel(bias, rank))


def response_norm(x: Tracked, *, radius: int, alpha: float, beta: float, offset: float) -> Tracked:
    """x / (offset + alpha sum of squares of the channels within ``radius``)**beta (Krizhevsky et al. 2012, section 3.3)."""
    count = x.shape[1]
    near = np.abs(np.arange(count)[:, None] - np.arange(count)) <= radius
    window = Tracked(x.how, near.astype(x.value.dtype))
    flat = reshape(x, (x.shape[0], count, -1 if x.value.size else 0))
    return x / f.power(offset + alpha * reshape(f.einsum("ncp,cd->ndp", f.square(flat), window), x.shape), beta)


# fmt: off
GROUP = normalisation("group_norm", "x w bias", {"": group_norm}, channels_fit, "channels", {
    "torch": f"{F}.group_norm(x, groups, w, bias, epsilon)",
}, parameters=EPSILON, grouped=True, least=1)
GROUP.differs(KnownDifference(
    "torch:*", Kind.RAISED, "ValueError: Expected more than 1 value per channel",
    "one instance whose groups have one element each is refused, in training or not: what they are normalised to does not depend on them",
    "pytorch/pytorch#19250, which asks for the error of batch normalisation", "documented", when=one_element_in_all,
))
INSTANCE = normalisation("instance_norm", "x w bias", {"": instance_norm}, instances, "channels", {
    "torch": f"{F}.instance_norm(x, weight=w, bias=bias, eps=epsilon)",
}, parameters=EPSILON, least=1)
LRN = normalisation("local_response_norm", "x", {"": response_norm}, lambda case: None, "channels", {
    "torch": f"{F}.local_response_norm(x, 2 * radius + 1, alpha=alpha * (2 * radius + 1), beta=beta, k=offset)",
    "tensorflow": ask(
        "tf.transpose(tf.nn.local_response_normalization(tf.transpose(x, [0, 2, 3, 1]), depth_radius=radius, bias=offset, "
        "alpha=alpha, beta=beta), [0, 3, 1, 2])", composed=True,
        when=lambda case: len(case.inputs["x"].shape) == 4 and case.dtype != "float64"),
}, parameters=(("radius", (1, 2, 0, 5)), ("alpha", (1.0, 1e-4, 0.5)), ("beta", (0.5, 0.75, 1.0)), ("offset", (1.0, 2.0))),
    differentiable="x", least=1, affine=False)
LRN.differs(KnownDifference(
    "torch:*", Kind.RAISED, "not implemented for", "the average pooling that it is composed of has no 16-bit floats in three dimensions",
    "measured on torch 2.13.0: \"avg_pool3d_out_frame\" not implemented for 'BFloat16' and 'Half'", "unsupported",
    when=lambda case: case.dtype in ("bfloat16", "float16"),
), KnownDifference(
    "tensorflow:cpu:*", Kind.RAISED, "NotFoundError", "the kernel for the CPU has no bfloat16",
    "measured on TensorFlow 2.21.0: NotFoundError, which lists no kernel of the CPU for bfloat16", "unsupported",
    when=lambda case: case.dtype == "bfloat16",
))
# fmt: on


def in_keras(keras, x, w, bias, *, epsilon, groups=-1):
    """keras.layers.GroupNormalization; -1 stands for one group per channel."""
    layer = keras.layers.GroupNormalization(
        groups, axis=1, epsilon=epsilon, center=bias is not None, scale=w is not None,
        dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    layer.build(tuple(x.shape))
    if keras.backend.is_keras_tensor(x):
        return layer(x)
    return layer.stateless_call([] if w is None else [w, bias], [], x)[0]


for _operator in (GROUP, INSTANCE):
    # A KerasTensor goes through a layer that makes its own weights: those of a wrong shape cannot be said.
    _operator.call("keras", modes=("abstract",), when=lambda case: channels_fit(case) is None)(in_keras)
    _operator.call("keras", modes=("eager", "compiled"))(in_keras)
    narrowed(_operator, normwise=True)
