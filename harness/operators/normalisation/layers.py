"""Layer and RMS normalisation, L2 normalisation, cosine similarity."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional, Tuple

from harness.case import VALUE, Case, Kind, KnownDifference
from harness.formats import FLOATS
from harness.meaning import Rule
from harness.operator import Operator, get
from harness.operators import functions as f
from harness.operators.activations.table import COMPOSED_TOO, documented
from harness.operators.facts import ON_TORCH, narrowed
from harness.operators.formula import Formula, Formulas, Verdict, formula_operator
from harness.operators.losses.softmax import axis_in_range
from harness.operators.normalisation.facts import MOMENTS
from harness.operators.normalisation.statistics import affine, moments, normalised, scaled
from harness.operators.tracked import Tracked
from harness.plain import Expressions, ask

KERAS_EPSILON = 1e-7
"""``keras.config.epsilon()``, which Keras' losses and operations take by default."""

NEAR = (1.0, 100.0, 0.001)
REGIMES = ("rounding", "near", "special")


def weights_fit(case: Case) -> Verdict:
    """Refuses weights that have not the shape of the normalised axes."""
    x, axes = case.inputs["x"].shape, case.parameters["axes"]
    for name in ("w", "bias"):
        if name in case.inputs and case.inputs[name].shape != x[len(x) - axes :]:
            return Rule.REFUSE, f"{name} {case.inputs[name].shape}: not the shape of the normalised axes"
    return None


def layer_norm(x: Tracked, w: Optional[Tracked], bias: Optional[Tracked], *, axes: int, epsilon: float) -> Tracked:
    """Over the last axes (Ba, Kiros and Hinton, arXiv:1607.06450)."""
    mean, variance = moments(x, tuple(range(-axes, 0)))
    return affine(x, mean, variance, epsilon, w, bias)


def rms_norm(x: Tracked, w: Optional[Tracked], *, axes: int, epsilon: float) -> Tracked:
    """x / sqrt(mean(x**2) + epsilon) w (Zhang and Sennrich, arXiv:1910.07467)."""
    mean = f.square(x).mean(tuple(range(-axes, 0)), True)
    return scaled(x / f.sqrt(mean + epsilon), w, None)


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


def trailing(case: Case) -> bool:
    """Whether the axes are the last ones."""
    rank, axes = len(case.inputs["x"].shape), case.parameters["axes"]
    return sorted(axis % rank for axis in axes) == list(range(rank - len(axes), rank))


def over_axes(x: Tracked, *, axes: Tuple[int, ...], epsilon: float) -> Tracked:
    """Layer normalisation over any axes."""
    return normalised(x, axes, epsilon)


def rms_over_axes(x: Tracked, *, axes: Tuple[int, ...], epsilon: float) -> Tracked:
    """RMS normalisation over any axes."""
    return x / f.sqrt(f.square(x).mean(axes, True) + epsilon)


def default_rms(epsilon: float) -> Formula:
    """RMS normalisation with a default."""
    return lambda x, w, *, axes: rms_norm(x, w, axes=axes, epsilon=epsilon)


def computed_in(dtype: str) -> str:
    """The dtype whose epsilon ``torch.nn.RMSNorm`` takes: "the machine epsilon of the computation (opmath) type: fp16/bf16 and fp32 inputs
    use torch.finfo(torch.float32).eps, while fp64 inputs use torch.finfo(torch.float64).eps"."""
    return "float64" if dtype == "float64" else "float32"


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
    "keras": "keras.ops.layer_normalization(x, w, bias, axis=tuple(range(-axes, 0)), epsilon=epsilon)",
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
    "keras": "keras.ops.rms_normalization(x, w, axis=tuple(range(-axes, 0)), epsilon=epsilon)",
}, parameters=EPSILON, differentiable="x w", weights=("w",))
normalisation("rms_norm:nominal", "x w", {
    "epsilon 1e-07": default_rms(KERAS_EPSILON),
    **{f"epsilon of {name}": default_rms(2 * form.roundoff) for name, form in FLOATS.items()},
}, weights_fit, "trailing", {
    "torch": ask(f"{F}.rms_norm(x, x.shape[len(x.shape) - axes:], w)",
                 convention=lambda case: f"epsilon of {computed_in(case.dtype)}" if case.quantity == VALUE else ""),
    "keras": ask("keras.ops.rms_normalization(x, w, axis=tuple(range(-axes, 0)))", convention=documented("epsilon 1e-07")),
}, differentiable="x w", weights=("w",))
LEADING = tuple(KnownDifference(
    "keras-torch:*", kind, "", "axes that are not the last ones are refused, or taken for the last ones",
    "https://github.com/keras-team/keras/pull/23510: merged, not in 3.15.1; the guard does not check that the axes are trailing",
    "reported", when=lambda case: not trailing(case),
) for kind in (Kind.RAISED, Kind.VALUE, Kind.NOT_FINITE))
for _key, _formula, _rows in (
    ("layer_norm:axes", over_axes, {
        "jax": "jax.nn.standardize(x, axis=axes, epsilon=epsilon)",
        "keras": "keras.ops.layer_normalization(x, axis=axes, epsilon=epsilon)"}),
    ("rms_norm:axes", rms_over_axes, {"keras": "keras.ops.rms_normalization(x, axis=axes, epsilon=epsilon)"}),
):
    normalisation(_key, "x", {"": _formula}, lambda case: None, "any_axes", _rows, parameters=EPSILON, differentiable="x").differs(*LEADING)
# fmt: on


def along_axis(
    key: str, inputs: str, formulas: Mapping[str, Formula], calls: Expressions, two: bool = False
) -> Operator:
    """Register a normalisation of vectors along an axis."""

    def structures() -> Any:
        from strategies import losses
        from strategies.normalisation import EPSILONS

        return losses.along_axis((("epsilon", (*EPSILONS, KERAS_EPSILON)),), also="y" if two else "")

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
    "keras": ask("-keras.losses.cosine_similarity(y, x, axis=axis)", when=lambda case: case.parameters["epsilon"] == KERAS_EPSILON,
                 composed=True),
}, two=True)
# fmt: on

for _key in (
    "layer_norm:aligned",
    "layer_norm:nominal",
    "layer_norm:axes",
    "rms_norm",
    "rms_norm:nominal",
    "rms_norm:axes",
):
    narrowed(get(_key), normwise=True)
narrowed(get("cosine_similarity"), ON_TORCH)
