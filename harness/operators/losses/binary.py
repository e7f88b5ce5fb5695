"""Binary cross entropy: of scores with weights of elements and of the positive class, of probabilities with clipping, smoothed labels."""

from __future__ import annotations

from typing import Any, Dict, Optional

from harness.case import Case
from harness.meaning import Rule
from harness.operator import get
from harness.operators import functions as f
from harness.operators.activations.table import COMPOSED_TOO, documented
from harness.operators.facts import is_float64, narrowed
from harness.operators.formula import Formula, Formulas, Verdict, formula_operator
from harness.operators.functions import Number
from harness.operators.losses.pairs import F, elementwise, last, over_last, pair, same_shape
from harness.operators.tracked import Tracked
from harness.plain import ask


def logistic(
    x: Tracked,
    target: Tracked,
    w: Optional[Tracked],
    positive: Optional[Tracked],
    *,
    reduction: str,
    label_smoothing: float,
) -> Tracked:
    """w (p t softplus(-x) + (1 - t) softplus(x)), t between 0 and 1 moved towards 1/2 by smoothing.

    It may be computed as softplus(x) - t x, or (1 - t) x + (1 + (p - 1) t) softplus(-x) as well: each of the three may cancel.
    """
    if label_smoothing:
        target = (1 - label_smoothing) * target + 0.5 * label_smoothing
    up, down = f.softplus(x), f.softplus(-x)
    both = 1.0 + (positive - 1.0) * target if positive is not None else 1.0 + 0.0 * target
    own = target if positive is None else positive * target
    forms = [own * down + (1.0 - target) * up, (1.0 - target) * x + both * down]
    if positive is None:
        forms.append(up - target * x)
    node = f.worst(*forms)
    # Of its derivative (both) sigmoid(x) - own little may be left, as of (1 - t) - both sigmoid(-x).
    back = [(x, lambda g: g * f.worst(both * f.sigmoid(x) - own, (1.0 - target) - both * f.sigmoid(-x)))]
    loss = Tracked(x.how, node.value, node.error, back)
    return last(loss if w is None else w * loss, reduction)


def clamped(x: Tracked, target: Tracked, *, reduction: str) -> Tracked:
    """-t max(log x, -100) - (1 - t) max(log(1 - x), -100)."""
    logs = f.maximum(f.log(x), -100.0), f.maximum(f.log(1.0 - x), -100.0)
    return last(-(target * logs[0] + (1.0 - target) * logs[1]), reduction)


def clipped(x: Tracked, target: Tracked, *, reduction: str) -> Tracked:
    """-t log c - (1 - t) log(1 - c) with c = x between 1e-7 and 1 - 1e-7."""
    inside: Number = f.minimum(f.maximum(x, 1e-7), 1 - 1e-7)
    assert isinstance(inside, Tracked)
    return last(-(target * f.log(inside) + (1.0 - target) * f.log(1.0 - inside)), reduction)


def focal(x: Tracked, target: Tracked, *, reduction: str, gamma: float) -> Tracked:
    """(1 - q)**gamma times ``clipped``, q = t x + (1 - t) (1 - x) (Lin et al., arXiv:1708.02002)."""
    missing = 1.0 - (target * x + (1.0 - target) * (1.0 - x))
    factor = f.square(missing) if gamma == 2 else missing
    return last(factor * clipped(x, target, reduction="none"), reduction)


def weights_fit(case: Case) -> Verdict:
    """As ``same_shape``; weights are vectors along the last axis."""
    shape = case.inputs["x"].shape
    for name in ("w", "p"):
        if name in case.inputs and case.inputs[name].shape != shape[-1:]:
            return Rule.EITHER, f"{name}: not of the last axis"
    plain = {name: spec for name, spec in case.inputs.items() if name in ("x", "target")}
    return same_shape(Case(case.operator, plain, case.parameters))


def separate(case: Case) -> bool:
    """Whether every loss is asked for."""
    return bool(case.parameters["reduction"] == "none")


def plain(case: Case) -> bool:
    """Every loss, without weights."""
    return separate(case) and not {"w", "p"} & set(case.inputs)


def _structures() -> Any:
    from strategies import losses

    return losses.binary()


formula_operator(
    "bce_with_logits",
    "x target w p",
    Formulas({"": logistic}, weights_fit, loose=True),
    {
        "torch": ask(
            f"{F}.binary_cross_entropy_with_logits(x, target, weight=w, pos_weight=p, reduction=reduction)", when=elementwise
        ),
        "tensorflow": [
            ask("tf.nn.sigmoid_cross_entropy_with_logits(labels=target, logits=x)", when=plain),
            ask(
                "tf.nn.weighted_cross_entropy_with_logits(labels=target, logits=x, pos_weight=p)",
                when=lambda case: separate(case) and "w" not in case.inputs,
            ),
        ],
        "keras": [
            ask("keras.ops.binary_crossentropy(target, x, from_logits=True)", when=plain),
            ask(
                "keras.losses.binary_crossentropy(target, x, from_logits=True, label_smoothing=label_smoothing)",
                when=over_last,
            ),
        ],
    },
    family="loss",
    structures=_structures,
    points=(0.0, 20.0, -20.0, 88.0, -88.0, 1000.0),
    facts=COMPOSED_TOO,
    gradient=("rounding", "near"),
    summary="binary cross entropy of scores, with weights and smoothed labels",
)  # fmt: skip

CLAMPED, CLIPPED = "log clamped at -100", "clipped to 1e-7"
FORMULAS: Dict[str, Formula] = {CLAMPED: clamped, CLIPPED: clipped}

# fmt: off
pair("binary_cross_entropy", FORMULAS, {
    "torch": ask(f"{F}.binary_cross_entropy(x, target, reduction=reduction)", when=elementwise, convention=documented(CLAMPED)),
    "keras": [ask("keras.ops.binary_crossentropy(target, x, from_logits=False)", when=separate, convention=documented(CLIPPED)),
              ask("keras.losses.binary_crossentropy(target, x, from_logits=False)", when=over_last, convention=documented(CLIPPED))],
}, scores=False)
pair("binary_focal_crossentropy", {"": focal}, {
    "keras": "keras.losses.binary_focal_crossentropy(target, x, gamma=gamma)",
}, scores=False, parameters=(("gamma", (2.0, 1.0)),), reductions=("last",))
# fmt: on

narrowed(get("binary_focal_crossentropy"))
for _key in ("bce_with_logits", "binary_cross_entropy"):
    narrowed(get(_key), when=lambda case: is_float64(case) and over_last(case))
