"""Losses of two arrays of one shape: distances, hinges, divergences."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Tuple

import numpy as np

from harness.case import Case, Kind, KnownDifference
from harness.meaning import Rule
from harness.operator import get
from harness.operators import functions as f
from harness.operators.activations.table import COMPOSED_TOO
from harness.operators.facts import KERAS_NARROWS, is_float64, narrowed
from harness.operators.formula import Formula, Formulas, Verdict, formula_operator
from harness.operators.losses.classes import reduced
from harness.operators.tracked import Tracked
from harness.plain import Expressions, ask

Choices = Tuple[Tuple[str, Tuple[Any, ...]], ...]


def same_shape(case: Case) -> Verdict:
    """Refuses shapes that do not broadcast; says nothing about those that differ and do."""
    shapes = [spec.shape for name, spec in case.inputs.items() if name != "cotangent"]
    if len(set(shapes)) == 1:
        return None
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return Rule.REFUSE, f"shapes {', '.join(map(str, shapes))}: do not broadcast"
    return Rule.EITHER, "shapes that differ and broadcast"


def last(loss: Tracked, reduction: str) -> Tracked:
    """``reduced``, or the mean over the last axis."""
    return loss.mean((-1,)) if reduction == "last" else reduced(loss, reduction)


def pair(
    name: str,
    formulas: Mapping[str, Formula],
    calls: Expressions,
    *,
    parameters: Choices = (),
    targets: Tuple[Dict[str, Any], ...] = ({},),
    reductions: Tuple[str, ...] = ("none", "mean", "sum", "last"),
    points: Tuple[float, ...] = (0.0, 1.0),
    kinks: Mapping[str, Formula] = {},
    scores: bool = True,
    loose: bool = False,
) -> None:
    """Register a loss of ``x`` and ``target``."""

    def structures() -> Any:
        from strategies import losses

        given = (("reduction", reductions), *parameters)
        return losses.pairs("target", given, targets, least=1) if scores else losses.probabilities(given)

    formula_operator(
        name, "x target", Formulas(formulas, same_shape, kinks=kinks, loose=loose), calls, family="loss", structures=structures,
        points=points, facts=COMPOSED_TOO, gradient=("rounding", "near"),
    )  # fmt: skip


def elementwise(case: Case) -> bool:
    """Whether torch's reductions can say the case: all but the mean over the last axis."""
    return bool(case.parameters["reduction"] != "last")


def over_last(case: Case) -> bool:
    """Whether the case asks for the mean over the last axis, as Keras' loss functions give it."""
    return bool(case.parameters["reduction"] == "last")


def squared(x: Tracked, target: Tracked, *, reduction: str) -> Tracked:
    """(x - t)**2."""
    return last(f.square(x - target), reduction)


def absolute(x: Tracked, target: Tracked, *, reduction: str) -> Tracked:
    """|x - t|."""
    return last(f.absolute(x - target), reduction)


def huber(x: Tracked, target: Tracked, *, reduction: str, delta: float) -> Tracked:
    """d**2 / 2 where |d| <= delta, else delta (|d| - delta / 2)."""
    d = f.absolute(x - target)
    return last(f.choose(delta - d, 0.5 * f.square(d), delta * (d - 0.5 * delta)), reduction)


def smooth_l1(x: Tracked, target: Tracked, *, reduction: str, beta: float) -> Tracked:
    """d**2 / (2 beta) where |d| < beta, else |d| - beta / 2."""
    d = f.absolute(x - target)
    if beta == 0:
        return last(d, reduction)
    return last(f.choose(beta - d, 0.5 * f.square(d) / beta, d - 0.5 * beta), reduction)


def signs(target: Tracked) -> Tracked:
    """Targets of -1 and 1; where all of them are 0 or 1, 2 t - 1 (keras/src/losses/losses.py, convert_binary_labels_to_hinge)."""
    binary = np.isin(target.value, (0, 1)).all()
    return Tracked(target.how, 2 * target.value - 1) if binary else target


def hinge(x: Tracked, target: Tracked, *, reduction: str) -> Tracked:
    """max(1 - t x, 0)."""
    return last(f.maximum(1.0 - signs(target) * x, 0.0), reduction)


def hinge_steep(x: Tracked, target: Tracked, *, reduction: str) -> Tracked:
    """The same with the derivative of the rise at its kink."""
    room = 1.0 - signs(target) * x
    return last(-f.minimum(-room, 0.0 * room), reduction)


def squared_hinge(x: Tracked, target: Tracked, *, reduction: str) -> Tracked:
    """max(1 - t x, 0)**2."""
    return last(f.square(f.maximum(1.0 - signs(target) * x, 0.0)), reduction)


def divergence(x: Tracked, target: Tracked, *, reduction: str, log_target: bool) -> Tracked:
    """t (log t - x), 0 where t is 0; with ``log_target`` e**t (t - x)."""
    if log_target:
        return reduced(f.exp(target) * (target - x), reduction)
    zero = target.value == 0
    safe = f.where(zero, 1.0, target)
    return reduced(f.where(zero, f.where(np.isnan(x.value), x, 0.0), target * f.log(safe)) - target * x, reduction)


def poisson(x: Tracked, target: Tracked, *, reduction: str, log_input: bool) -> Tracked:
    """e**x - t x, or x - t log(x + 1e-8)."""
    loss = f.exp(x) - target * x if log_input else x - target * f.log(x + 1e-8)
    return reduced(loss, reduction)


def log_cosh(x: Tracked, target: Tracked, *, reduction: str) -> Tracked:
    """log(cosh d) = d + softplus(-2 d) - log 2."""
    d = x - target
    node = d + f.softplus(-2.0 * d) - float(np.log(2))
    return last(
        Tracked(x.how, node.value, node.error, [(d, lambda g: g * (1.0 - 2.0 * f.sigmoid(-2.0 * d)))]), reduction
    )


def percentage(x: Tracked, target: Tracked, *, reduction: str) -> Tracked:
    """100 |(t - x) / max(|t|, 1e-7)|."""
    return 100.0 * last(f.absolute((target - x) / f.maximum(f.absolute(target), 1e-7)), reduction)


def squared_logarithms(x: Tracked, target: Tracked, *, reduction: str) -> Tracked:
    """(log(1 + x) - log(1 + t))**2, both at least 1e-7."""
    logs = [f.log(f.maximum(each, 1e-7) + 1.0) for each in (x, target)]
    return last(f.square(logs[0] - logs[1]), reduction)


def soft_margin(x: Tracked, target: Tracked, *, reduction: str) -> Tracked:
    """log(1 + e**(-t x)), which overflows where it is computed as it stands."""
    z = f.exp(-(target * x))
    return reduced(f.log1p(z), reduction)


def clipped_divergence(x: Tracked, target: Tracked, *, reduction: str) -> Tracked:
    """The sum over the last axis of t log(t / x), both between 1e-7 and 1."""
    inside = [f.minimum(f.maximum(each, 1e-7), 1.0) for each in (x, target)]
    return (inside[1] * f.log(inside[1] / inside[0])).sum((-1,))


F = "torch.nn.functional"


def rows(torch: str, keras: str = "", **more: Any) -> Dict[str, Any]:
    """Calls: torch's with a reduction, Keras' that gives the mean over the last axis."""
    calls: Dict[str, Any] = {}
    if torch:
        calls["torch"] = ask(torch, when=elementwise, **more)
    if keras:
        calls["keras"] = ask(keras, when=over_last)
    return calls


# fmt: off
pair("mse_loss", {"": squared}, rows(f"{F}.mse_loss(x, target, reduction=reduction)", "keras.losses.mean_squared_error(target, x)"))
pair("l1_loss", {"": absolute}, rows(f"{F}.l1_loss(x, target, reduction=reduction)", "keras.losses.mean_absolute_error(target, x)"))
pair("huber_loss", {"": huber}, rows(
    f"{F}.huber_loss(x, target, reduction=reduction, delta=delta)", "keras.losses.huber(target, x, delta=delta)"),
    parameters=(("delta", (1.0, 0.5, 3.0, 0.1)),))
pair("smooth_l1_loss", {"": smooth_l1}, rows(f"{F}.smooth_l1_loss(x, target, reduction=reduction, beta=beta)"),
     parameters=(("beta", (1.0, 0.5, 3.0, 0.0)),), reductions=("none", "mean", "sum"))
pair("hinge_loss", {"": hinge}, rows("", "keras.losses.hinge(target, x)"), reductions=("last",),
     kinks={"flat": hinge, "steep": hinge_steep})
pair("squared_hinge_loss", {"": squared_hinge}, rows("", "keras.losses.squared_hinge(target, x)"), reductions=("last",))
pair("kl_div", {"": divergence}, rows(f"{F}.kl_div(x, target, reduction=reduction, log_target=log_target)"),
     parameters=(("log_target", (False, True)),), reductions=("none", "mean", "sum"),
     targets=({"regime": "uniform", "low": 0, "high": 3},))
pair("poisson_nll_loss", {"": poisson}, rows(f"{F}.poisson_nll_loss(x, target, log_input=log_input, reduction=reduction)"),
     parameters=(("log_input", (True, False)),), reductions=("none", "mean", "sum"),
     targets=({"regime": "uniform", "low": 0, "high": 9},))
pair("log_cosh_loss", {"": log_cosh}, rows("", "keras.losses.log_cosh(target, x)"), reductions=("last",), points=(0.0, 1.0, 20.0, 1000.0))
pair("mean_absolute_percentage_error", {"": percentage}, rows("", "keras.losses.mean_absolute_percentage_error(target, x)"),
     reductions=("last",))
pair("mean_squared_logarithmic_error", {"": squared_logarithms}, rows("", "keras.losses.mean_squared_logarithmic_error(target, x)"),
     reductions=("last",), points=(0.0, 1.0, 100.0))
pair("soft_margin_loss", {"": soft_margin}, rows(f"{F}.soft_margin_loss(x, target, reduction=reduction)"),
     reductions=("none", "mean", "sum"), points=(0.0, 1.0, 20.0),
     targets=({"regime": "full", "points": (1.0,)}, {"regime": "full", "points": (-1.0,)}), loose=True)
pair("kl_divergence", {"clipped to 1e-7": clipped_divergence}, rows("", "keras.losses.kl_divergence(target, x)"),
     reductions=("last",), scores=False)
# fmt: on

# Keras' means are taken in result_type(x.dtype, "float32"), and it composes these of operations with two operands.
for _key in (
    "mse_loss",
    "l1_loss",
    "huber_loss",
    "hinge_loss",
    "squared_hinge_loss",
    "log_cosh_loss",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
):
    narrowed(get(_key))
for _key in ("hinge_loss", "squared_hinge_loss"):
    get(_key).differs(
        KnownDifference(
            "keras-torch:*:abstract", Kind.RAISED, "`true_fn` and `false_fn`", "2 y - 1 is float32 and y float64: the branches differ",
            KERAS_NARROWS, "documented", when=is_float64,
        )
    )  # fmt: skip
