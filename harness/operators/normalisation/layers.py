"""Layer, group, instance and RMS normalisation, local response normalisation, L2 normalisation, cosine similarity."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional, Tuple

import numpy as np

from harness.case import Case, Kind, KnownDifference
from harness.meaning import Rule
from harness.operator import Operator
from harness.operators import functions as f
from harness.operators.activations import COMPOSED_TOO, documented
from harness.operators.formula import Formula, Formulas, Verdict, formula_operator
from harness.operators.losses.softmax import axis_in_range
from harness.operators.normalisation.facts import MOMENTS
from harness.operators.normalisation.statistics import affine, by_channel, moments, normalised, scaled
from harness.operators.tracked import Tracked, broadcast_to, reshape
from harness.plain import Expressions, ask

NEAR = (1.0, 100.0, 0.001)
REGIMES = ("rounding", "near", "special")


def weights_fit(case: Case) -> Verdict:
    """Refuses weights that have not the shape of the normalised axes."""
    x, axes = case.inputs["x"].shape, case.parameters["axes"]
    for name in ("w", "bias"):
        if name in case.inputs and case.inputs[name].shape != x[len(x) - axes :]:
            return Rule.REFUSE, f"{name} {case.inputs[name].shape}: not the shape of the normalised axes"
    return None


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


def layer_norm(x: Tracked, w: Optional[Tracked], bias: Optional[Tracked], *, axes: int, epsilon: float) -> Tracked:
    """Over the last axes (Ba, Kiros and Hinton, arXiv:1607.06450)."""
    return scaled(normalised(x, tuple(range(-axes, 0)), epsilon), w, bias)


def rms_norm(x: Tracked, w: Optional[Tracked], *, axes: int, epsilon: float) -> Tracked:
    """x / sqrt(mean(x**2) + epsilon) w (Zhang and Sennrich, arXiv:1910.07467)."""
    mean = f.square(x).mean(tuple(range(-axes, 0)), True)
    return scaled(x / f.sqrt(mean + epsilon), w, None)


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


def by_norm(x: Tracked, *, axis: int, epsilon: float) -> Tracked:
    """x / max(norm, epsilon)."""
    return x / f.maximum(norm(x, axis), epsilon)


def by_squares(x: Tracked, *, axis: int, epsilon: float) -> Tracked:
    """x / sqrt(max(norm**2, epsilon))."""
    return x / f.sqrt(f.maximum(f.square(x).sum((axis,), True), epsilon))


def norm(x: Tracked, axis: int) -> Tracked:
    """The Euclidean norm along an axis, which is kept."""
    return f.sqrt(f.square(x).sum((axis,), True))


def cosine(x: Tracked, y: Tracked, *, axis: int, epsilon: float) -> Tracked:
    """The product of the normalised vectors, each norm at least epsilon."""
    return (by_norm(x, axis=axis, epsilon=epsilon) * by_norm(y, axis=axis, epsilon=epsilon)).sum((axis,))


def normalisation(
    key: str,
    inputs: str,
    formulas: Mapping[str, Formula],
    check: Callable[[Case], Verdict],
    draw: str,
    calls: Expressions,
    *,
    parameters: Tuple[Tuple[str, Tuple[Any, ...]], ...] = (),
    differentiable: str = "x w bias",
    gradient: Tuple[str, ...] = ("rounding",),
    **how: Any,
) -> Operator:
    """Register a normalisation; ``draw`` names its strategy, ``how`` are the strategy's arguments."""

    def structures() -> Any:
        from strategies import normalisation as drawn

        given = {name: drawn.EPSILONS if name == "epsilon" else values for name, values in parameters}
        return getattr(drawn, draw)(tuple(given.items()), **how)

    return formula_operator(
        key, inputs, Formulas(formulas, check, loose=True), calls, family="normalisation", structures=structures,
        differentiable=differentiable, points=NEAR, regimes=REGIMES, gradient=gradient, facts=MOMENTS, sums=True,
    )  # fmt: skip


def without_weights(case: Case) -> bool:
    """Whether the case has no weights."""
    return "w" not in case.inputs


def of_last_axis(case: Case) -> bool:
    """Whether the case normalises over the last axis alone."""
    return bool(case.parameters["axes"] == 1)


def default_layer(epsilon: float) -> Formula:
    """Layer normalisation with a default."""
    return lambda x, w, bias, *, axes: layer_norm(x, w, bias, axes=axes, epsilon=epsilon)


# fmt: off
F = "torch.nn.functional"
EPSILON = (("epsilon", ()),)
STANDARD = "keras.backend.standardize_dtype(x.dtype)"
normalisation("layer_norm:aligned", "x w bias", {"": layer_norm}, weights_fit, "trailing", {
    "torch": f"{F}.layer_norm(x, x.shape[len(x.shape) - axes:], w, bias, epsilon)",
    "jax": ask("jax.nn.standardize(x, axis=tuple(range(-axes, 0)), epsilon=epsilon)", when=without_weights),
    "keras": ask("keras.ops.layer_normalization(x, w, bias, axis=-1, epsilon=epsilon)", when=of_last_axis),
}, parameters=EPSILON)
normalisation("layer_norm:nominal", "x w bias", {
    f"epsilon {epsilon:g}": default_layer(epsilon)
    for epsilon in (1e-5, 1e-3, 1e-7)
}, weights_fit, "trailing", {
    "torch": ask(f"{F}.layer_norm(x, x.shape[len(x.shape) - axes:], w, bias)", convention=documented("epsilon 1e-05")),
    "jax": ask("jax.nn.standardize(x, axis=tuple(range(-axes, 0)))", when=without_weights, convention=documented("epsilon 1e-05")),
    "keras": [ask("keras.ops.layer_normalization(x, w, bias)", when=of_last_axis),
              ask(f"keras.layers.LayerNormalization(center=False, scale=False, dtype={STANDARD})(x)", spelling="layer",
                  when=lambda case: of_last_axis(case) and without_weights(case), convention=documented("epsilon 0.001"))],
})
normalisation("rms_norm", "x w", {"": rms_norm}, weights_fit, "trailing", {
    "torch": f"{F}.rms_norm(x, x.shape[len(x.shape) - axes:], w, epsilon)",
    "keras": ask("keras.ops.rms_normalization(x, w, axis=-1, epsilon=epsilon)", when=of_last_axis),
}, parameters=EPSILON, differentiable="x w", weights=("w",))
normalisation("group_norm", "x w bias", {"": group_norm}, channels_fit, "channels", {
    "torch": f"{F}.group_norm(x, groups, w, bias, epsilon)",
    "keras": ask(f"keras.layers.GroupNormalization(groups, axis=1, epsilon=epsilon, center=False, scale=False, dtype={STANDARD})(x)",
                 when=without_weights),
}, parameters=EPSILON, grouped=True, least=1)
normalisation("instance_norm", "x w bias", {"": instance_norm}, instances, "channels", {
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


def along_axis(
    key: str, inputs: str, formulas: Mapping[str, Formula], calls: Expressions, two: bool = False
) -> Operator:
    """Register a normalisation of vectors along an axis."""

    def structures() -> Any:
        from strategies import losses
        from strategies.normalisation import EPSILONS

        return losses.along_axis((("epsilon", EPSILONS),), also="y" if two else "")

    return formula_operator(
        key, inputs, Formulas(formulas, axis_in_range, loose=True), calls, family="normalisation", structures=structures,
        differentiable=inputs, points=(0.0, 1e-6, 1e-3, 1.0), gradient=("rounding",), facts=COMPOSED_TOO,
    )  # fmt: skip


# fmt: off
along_axis("l2_normalize", "x", {"max(norm, epsilon)": by_norm, "max(norm**2, epsilon)": by_squares}, {
    "torch": ask(f"{F}.normalize(x, p=2.0, dim=axis, eps=epsilon)", convention=documented("max(norm, epsilon)")),
    "tensorflow": ask("tf.math.l2_normalize(x, axis=axis, epsilon=epsilon)", convention=documented("max(norm**2, epsilon)")),
    "keras": ask("keras.ops.normalize(x, axis=axis, order=2, epsilon=epsilon)", convention=documented("max(norm, epsilon)")),
})
along_axis("cosine_similarity", "x y", {"": cosine}, {
    "torch": f"{F}.cosine_similarity(x, y, dim=axis, eps=epsilon)",
}, two=True)
# fmt: on
