"""Connectionist temporal classification: minus the logarithm of the probability of all alignments of a label with the steps.

By its definition (Graves et al., Connectionist Temporal Classification, ICML 2006, equations 2, 3 and 8): alignments are listed, not
summed up by a recursion as implementations do. Only short sequences are drawn, of which there are a few thousand at most.
"""

from __future__ import annotations

import functools
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from harness.case import Case
from harness.meaning import Accuracy, Rule
from harness.operators import functions as f
from harness.operators.facts import is_float64, narrowed
from harness.operators.formula import Formula, Formulas, Verdict, formula_operator
from harness.operators.linalg.facts import WITHOUT_META
from harness.operators.losses.softmax import TORCH_EXP, log_softmax
from harness.operators.signal.gathering import NOWHERE, places_of, taken
from harness.operators.tracked import Tracked
from harness.plain import ask

STEPS = 16.0
"""Roundings per step beside those of the sum of logarithms: of a logarithm of a sum of three exponentials."""

INFINITE, OPEN = "infinite", "open"
"""The loss of a label that no alignment has: infinity (torch's zero_infinity), or what no document says (TensorFlow, Keras)."""

LONGEST = 8
"""Steps up to which alignments are listed."""


@functools.lru_cache(maxsize=4096)
def alignments(label: Tuple[int, ...], steps: int, blank: int) -> Tuple[Tuple[int, ...], ...]:
    """Every sequence of ``steps`` classes that becomes the label when repetitions are merged and then blanks are left out."""
    ways: Dict[Tuple[int, int], List[Tuple[int, ...]]] = {(0, blank): [()]}
    for _ in range(steps):
        longer: Dict[Tuple[int, int], List[Tuple[int, ...]]] = {}
        for (done, last), found in ways.items():
            following = {(done, blank), (done, last)}
            if done < len(label) and (label[done] != last):
                following.add((done + 1, label[done]))
            for state in following:
                longer.setdefault(state, []).extend((*way, state[1]) for way in found)
        ways = longer
    return tuple(way for (done, _), found in ways.items() if done == len(label) for way in found)


def undefined(x: Tracked, rows: np.ndarray) -> Tracked:
    """x, of whose gradient nothing is known in some rows: an infinite loss has none."""

    def back(g: Tracked) -> Tracked:
        return Tracked(g.how, g.value, np.where(rows[:, None, None], np.inf, g.error))

    return Tracked(x.how, x.value, x.error, [(x, back)])


def losses_of(x: Tracked, listed: Sequence[Tuple[Tuple[int, ...], ...]]) -> Tracked:
    """Minus the logarithm of the sum of the probabilities of alignments, one list of them per sequence; infinity for none."""
    flat = places_of(x.shape)
    places = np.full((len(listed), max(1, *map(len, listed)), x.shape[1]), NOWHERE)
    for i, ways in enumerate(listed):
        if ways:
            way = np.array(ways, np.int64).reshape(len(ways), -1)
            places[i, : len(ways), : way.shape[1]] = flat[i, np.arange(way.shape[1]), way]
    some = np.arange(places.shape[1]) < np.array([[len(ways)] for ways in listed])
    scores = taken(log_softmax(x, axis=-1), places).sum((-1,))
    lost = x.shape[1] * x.how.roundoff * (STEPS + np.abs(scores.value))
    scores = Tracked(x.how, scores.value, scores.error + lost, scores.parents)
    none = np.asarray(~some.any(axis=1))
    top = np.where(none, 0, np.where(some, scores.value, -np.inf).max(axis=1))
    powers = f.where(some, f.exp(scores - top[:, None]), 0.0)
    return f.where(none, np.inf, -(f.log(f.where(none, 1.0, powers.sum((1,)))) + top))


def ctc(said: bool) -> Formula:
    """The loss; of a label that no alignment has it is infinite, or, unless ``said``, anything."""

    def formula(
        x: Tracked,
        target: np.ndarray,
        steps: np.ndarray,
        labels: np.ndarray,
        *,
        blank: int,
        reduction: str,
        zero_infinity: bool,
    ) -> Tracked:
        rows = [tuple(map(int, row[:count])) for row, count in zip(target, labels)]
        listed = [alignments(row, int(most), blank) for row, most in zip(rows, steps)]
        none = np.array([not ways for ways in listed])
        if zero_infinity:
            loss = f.where(none, 0.0, losses_of(x, listed))
        else:
            loss = losses_of(undefined(x, none), listed)
            loss = loss if said else Tracked(x.how, loss.value, np.where(none, np.inf, loss.error), loss.parents)
        if reduction == "mean":
            return (loss / np.maximum(labels, 1).astype(x.value.dtype)).mean()
        return loss.sum() if reduction == "sum" else loss

    return formula


def fitting(case: Case) -> Verdict:
    """Refuses batches of different sizes."""
    x, target, steps, labels = (case.inputs[name].shape for name in ("x", "target", "steps", "labels"))
    if (len(x), len(target), len(steps), len(labels)) != (3, 2, 1, 1) or 0 in (*x, *target) or x[1] > LONGEST:
        return (
            Rule.EITHER,
            f"shapes {x}, {target}, {steps}, {labels}: not (n, t, c), (n, s), (n,) and (n,), or t above {LONGEST}",
        )
    if len({x[0], target[0], steps[0], labels[0]}) != 1:
        return Rule.REFUSE, f"shapes {x}, {target}, {steps}, {labels}: of different numbers of sequences"
    return None


def countable(case: Case, arrays: Mapping[str, np.ndarray]) -> Verdict:
    """Nothing is said of blanks within labels, nor of lengths beyond the arrays'."""
    x, target, blank = case.inputs["x"].shape, arrays["target"], case.parameters["blank"]
    counted = np.arange(target.shape[1]) < arrays["labels"][:, None]
    outside = counted & ((target < 0) | (target >= x[2]) | (target == blank))
    long = (arrays["steps"] > x[1]).any() or (arrays["labels"] > target.shape[1]).any()
    if outside.any() or not 0 <= blank < x[2]:
        return Rule.EITHER, f"labels that are the blank {blank} or no class"
    return (Rule.EITHER, "lengths beyond those of the arrays") if long else None


def plain(case: Case) -> bool:
    """Whether it is a loss per sequence, infinite where no alignment exists."""
    return case.parameters["reduction"] == "none" and not case.parameters["zero_infinity"]


def of_tensorflow(case: Case) -> bool:
    """TensorFlow computes in float32."""
    return plain(case) and case.dtype == "float32"


IN_FLOAT32 = Accuracy(
    accumulate={"float64": "float32"},
    source='keras/src/backend/tensorflow/nn.py, ctc_loss: compute_dtype = "float32" if result_dtype == "float64"',
)


def structures() -> Any:
    """Short sequences with labels."""
    from strategies import losses

    return losses.sequences()


MEANING = Formulas({INFINITE: ctc(True), OPEN: ctc(False)}, fitting, inspect=countable)

# fmt: off
loss = formula_operator("ctc_loss", "x target steps labels", MEANING, {
    "torch": ask("torch.nn.functional.ctc_loss(torch.log_softmax(x, -1).transpose(0, 1), target, steps, labels, blank=blank, "
                 "reduction=reduction, zero_infinity=zero_infinity)", composed=True, convention=lambda case: INFINITE),
    "tensorflow": ask("tf.nn.ctc_loss(labels=target, logits=x, label_length=labels, logit_length=steps, logits_time_major=False, "
                      "blank_index=blank)", when=of_tensorflow),
    "keras": ask("keras.ops.ctc_loss(target, x, labels, steps, mask_index=blank)", when=plain),
}, family="loss", structures=structures, regimes=("rounding", "near"), points=(0.0, 1.0, 20.0), gradient=("rounding",), facts=TORCH_EXP,
   summary="connectionist temporal classification: minus the logarithm of the probability of a label")
# fmt: on
loss.differs(WITHOUT_META)
narrowed(loss)
loss.accuracies.insert(0, ("keras-tensorflow:*", IN_FLOAT32, is_float64))
