"""Losses over classes: cross entropy with indices and with rows of numbers, negative log likelihood."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Tuple

import numpy as np

from harness.case import GRADIENT, Case, Kind, KnownDifference
from harness.meaning import Rule
from harness.operator import Operator
from harness.operators import functions as f
from harness.operators.formula import Formulas, Verdict, formula_operator
from harness.operators.losses.softmax import TORCH_EXP, log_softmax
from harness.operators.tracked import Tracked, reshape
from harness.plain import Expressions, ask

CLASS_AXIS = 1


def reduced(loss: Tracked, reduction: str, weight: Optional[Tracked] = None) -> Tracked:
    """The losses, their sum, or their mean: over the sum of the weights where there are any. The mean of nothing is NaN."""
    if reduction == "none":
        return loss
    if reduction == "mean" and weight is not None:
        return loss.sum() / weight.sum()
    return loss.sum() if reduction == "sum" else loss.mean()


def picked(x: Tracked, target: np.ndarray, ignored: np.ndarray) -> Tracked:
    """The element of each position's target class."""
    indices = np.where(ignored, 0, target)
    found = f.take(x, np.expand_dims(indices, CLASS_AXIS), CLASS_AXIS)
    return reshape(found, target.shape)


def weights_of(x: Tracked, target: np.ndarray, w: Optional[Tracked], ignored: np.ndarray) -> Tracked:
    """The weight of each position's target class, 0 where it is ignored."""
    ones = Tracked(x.how, np.ones(target.shape, x.value.dtype))
    if w is None:
        return f.where(ignored, 0.0, ones)
    safe = np.where(ignored, 0, target)
    return f.where(ignored, 0.0, Tracked(x.how, w.value[safe]))


def as_classes(w: Tracked, rank: int) -> Tracked:
    """The weights of classes, along the class axis of scores of ``rank``."""
    return reshape(w, (-1, *(1,) * (rank - 2)))


def negative_log_likelihood(
    x: Tracked, target: np.ndarray, w: Optional[Tracked], *, reduction: str, ignore_index: int = -100
) -> Tracked:
    """-w[t] x[t]."""
    ignored = target == ignore_index
    weight = weights_of(x, target, w, ignored)
    loss = f.where(ignored, 0.0, -(weight * picked(x, target, ignored)))
    return reduced(loss, reduction, weight)


def cross_entropy(
    x: Tracked,
    target: np.ndarray,
    w: Optional[Tracked],
    *,
    reduction: str,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> Tracked:
    """(1 - s) w[t] (-log p[t]) + s / C sum_c w[c] (-log p[c]), p the softmax of x over classes."""
    ignored = target == ignore_index
    logs = log_softmax(x, axis=CLASS_AXIS)
    weight = weights_of(x, target, w, ignored)
    loss = -(weight * picked(logs, target, ignored))
    if label_smoothing > 0:
        every = logs if w is None else logs * as_classes(w, len(x.shape))
        loss = (1 - label_smoothing) * loss + (label_smoothing / x.shape[CLASS_AXIS]) * -every.sum((CLASS_AXIS,))
    return reduced(f.where(ignored, 0.0, loss), reduction, weight)


def soft_cross_entropy(
    x: Tracked, target: Tracked, w: Optional[Tracked], *, reduction: str, label_smoothing: float = 0.0
) -> Tracked:
    """-sum_c w[c] t'[c] log p[c] with t' = (1 - s) t + s / C; its mean is over positions."""
    if label_smoothing > 0:
        target = (1 - label_smoothing) * target + label_smoothing / x.shape[CLASS_AXIS]
    terms = log_softmax(x, axis=CLASS_AXIS) * target
    if w is not None:
        terms = terms * as_classes(w, len(x.shape))
    return reduced(-terms.sum((CLASS_AXIS,)), reduction)


def targets_fit(case: Case) -> Verdict:
    """Refuses targets of another shape than the scores'; says nothing where a class index is out of range."""
    x, target = case.inputs["x"].shape, case.inputs["target"].shape
    if case.inputs["target"].dtype.startswith("int"):
        if target != x[:1] + x[2:]:
            return Rule.REFUSE, f"target {target}: not one class index per position of x"
        return None
    return None if target == x else (Rule.REFUSE, f"target {target}: not of x's shape")


def classes_in_range(case: Case, arrays: Mapping[str, np.ndarray]) -> Verdict:
    """Says nothing where a class index that counts is out of range."""
    target = arrays["target"]
    if target.dtype.kind not in "iu":
        return None
    outside = (target < 0) | (target >= arrays["x"].shape[CLASS_AXIS])
    counts = target != case.parameters.get("ignore_index", -100)
    return (Rule.EITHER, "a class index out of range") if (outside & counts).any() else None


def plain(case: Case) -> bool:
    """Scores of shape (batch, classes) without weights, ignored classes, smoothing or reduction."""
    parameters = case.parameters
    return (
        len(case.inputs["x"].shape) == 2
        and "w" not in case.inputs
        and parameters["reduction"] == "none"
        and not parameters.get("label_smoothing")
        and parameters.get("ignore_index", -100) == -100
    )


def of_classes(name: str, operator: Formulas, calls: Expressions, soft: bool, parameters: Tuple[Any, ...]) -> Operator:
    """Register a loss of scores x, targets and weights w of classes."""

    def structures() -> Any:
        from strategies import losses

        return losses.classes(soft, (("reduction", losses.REDUCTIONS), *parameters))

    return formula_operator(
        name,
        "x target w",
        operator,
        calls,
        family="loss",
        structures=structures,
        facts=TORCH_EXP,
        regimes=("rounding", "magnitudes", "special"),
        gradient=("rounding",),
    )


# fmt: off
SMOOTHING = ("label_smoothing", (0.0, 0.1, 0.5, 1.0))
IGNORED = ("ignore_index", (-100, 0, 1))
of_classes("cross_entropy", Formulas({"": cross_entropy}, targets_fit, inspect=classes_in_range), {
    "torch": "torch.nn.functional.cross_entropy(x, target, weight=w, ignore_index=ignore_index, reduction=reduction, "
             "label_smoothing=label_smoothing)",
    "tensorflow": ask("tf.nn.sparse_softmax_cross_entropy_with_logits(labels=target, logits=x)", when=plain),
    "keras": ask("keras.ops.sparse_categorical_crossentropy(target, x, from_logits=True)", when=plain),
}, soft=False, parameters=(SMOOTHING, IGNORED))
of_classes("soft_cross_entropy", Formulas({"": soft_cross_entropy}, targets_fit, inspect=classes_in_range), {
    "torch": "torch.nn.functional.cross_entropy(x, target, weight=w, reduction=reduction, label_smoothing=label_smoothing)",
    "tensorflow": ask("tf.nn.softmax_cross_entropy_with_logits(labels=target, logits=x)", when=plain),
    "keras": ask("keras.ops.categorical_crossentropy(target, x, from_logits=True)", when=plain),
}, soft=True, parameters=(SMOOTHING,)).differs(KnownDifference(
    "*tensorflow:*", Kind.VALUE, "x: ", "the gradient is softmax(x) - target, right only where every row of targets sums to 1",
    "tensorflow/python/ops/nn_ops.py, softmax_cross_entropy_with_logits: each row of labels must be a valid probability distribution; "
    "if they are not, the computation of the gradient will be incorrect", "documented", when=lambda case: case.quantity == GRADIENT,
))
of_classes("nll_loss", Formulas({"": negative_log_likelihood}, targets_fit, inspect=classes_in_range), {
    "torch": "torch.nn.functional.nll_loss(x, target, weight=w, ignore_index=ignore_index, reduction=reduction)",
}, soft=False, parameters=(IGNORED,))
# fmt: on
