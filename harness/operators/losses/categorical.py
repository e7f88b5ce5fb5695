"""Keras' losses over classes along any axis: of scores or of probabilities, smoothed targets, an ignored class."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.case import Case, Kind, KnownDifference
from harness.meaning import Rule
from harness.operator import get
from harness.operators import functions as f
from harness.operators.facts import narrowed
from harness.operators.formula import Formula, Formulas, Verdict, formula_operator
from harness.operators.losses.softmax import TORCH_EXP, log_softmax
from harness.operators.tracked import Tracked, reshape
from harness.plain import ask


def clip(x: Tracked) -> Tracked:
    """x between 1e-7 and 1 - 1e-7."""
    return f.minimum(f.maximum(x, 1e-7), 1 - 1e-7)


def logarithms(x: Tracked, axis: int, from_logits: bool, clipped_first: bool = False) -> Tracked:
    """Logarithms of the classes' probabilities: of a softmax, or of numbers that are divided by their sum and clipped, or clipped first."""
    if from_logits:
        return log_softmax(x, axis=axis)
    if clipped_first:
        return log_softmax(f.log(clip(x)), axis=axis)
    return f.log(clip(x / x.sum((axis,), True)))


def categorical(x: Tracked, target: Tracked, *, axis: int, from_logits: bool, label_smoothing: float) -> Tracked:
    """-sum_c t'[c] log p[c] with t' = (1 - s) t + s / C."""
    if label_smoothing:
        target = (1 - label_smoothing) * target + label_smoothing / x.shape[axis]
    return -(target * logarithms(x, axis, from_logits)).sum((axis,))


def sparse(clipped_first: bool) -> Formula:
    """-log p[t], 0 where t is the ignored class."""

    def formula(x: Tracked, target: np.ndarray, *, axis: int, from_logits: bool, ignore_class: Any) -> Tracked:
        ignored = target == ignore_class if ignore_class is not None else np.zeros(target.shape, bool)
        hidden = np.expand_dims(ignored, axis)
        logs = logarithms(f.where(hidden, 0.0, x), axis, from_logits, clipped_first)
        found = f.take(logs, np.expand_dims(np.where(ignored, 0, target), axis), axis)
        return f.where(ignored, 0.0, -reshape(found, target.shape))

    return formula


def targets_fit(case: Case) -> Verdict:
    """Refuses targets of another shape than the scores'."""
    axis, shape, target = case.parameters["axis"], list(case.inputs["x"].shape), case.inputs["target"]
    if target.dtype.startswith("int"):
        del shape[axis]
    return None if list(target.shape) == shape else (Rule.REFUSE, f"target {target.shape}: does not fit x")


def _structures(soft: bool) -> Any:
    from strategies import losses

    return losses.categories(soft)


# fmt: off
SOFT = "keras.losses.categorical_crossentropy(target, x, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)"
HARD = "keras.losses.sparse_categorical_crossentropy(target, x, from_logits=from_logits, ignore_class=ignore_class, axis=axis)"
formula_operator(
    "categorical_crossentropy", "x target", Formulas({"": categorical}, targets_fit, loose=True), {"keras": SOFT},
    family="loss", structures=lambda: _structures(True), facts=TORCH_EXP, regimes=("rounding", "special"), gradient=("rounding",),
    summary="cross entropy of scores or probabilities along an axis, with smoothed targets",
).differs(KnownDifference(
    "keras-tensorflow:*", Kind.VALUE, "x: ", "the gradient is softmax(x) - target, right only where every row of targets sums to 1",
    "tensorflow/python/ops/nn_ops.py, softmax_cross_entropy_with_logits: each row of labels must be a valid probability distribution; "
    "if they are not, the computation of the gradient will be incorrect", "documented",
    when=lambda case: case.quantity == "gradient" and case.parameters["from_logits"],
), KnownDifference(
    "keras-*", Kind.VALUE, "", "targets are smoothed by the length of the last axis, whatever axis is asked for",
    "https://github.com/keras-team/keras/issues/23451 (closed), fixed by #23437, which is not in 3.15.1", "reported",
    when=lambda case: case.parameters["axis"] == 1 and case.parameters["label_smoothing"] > 0,
))
formula_operator(
    "sparse_categorical_crossentropy", "x target",
    Formulas({"scaled, then clipped": sparse(False), "clipped, then scaled": sparse(True)}, targets_fit, loose=True), {"keras": ask(HARD)},
    family="loss", structures=lambda: _structures(False), facts=TORCH_EXP, regimes=("rounding", "special"), gradient=("rounding",),
    summary="cross entropy of scores or probabilities along an axis with class indices, one of which may be ignored",
).differs(KnownDifference(
    "keras-tensorflow:*", Kind.RAISED, "Only axis=-1 is currently supported", "classes must stand last",
    "keras/src/backend/tensorflow/nn.py, sparse_categorical_crossentropy: \"Only axis=-1 is currently supported\"",
    when=lambda case: case.parameters["axis"] == 1,
))
# fmt: on

narrowed(get("sparse_categorical_crossentropy"), computes=())
