"""Softmax, its logarithm, and activations that work along an axis."""

from __future__ import annotations

from typing import Any, Tuple

import numpy as np

from harness.case import Case, Kind, KnownDifference
from harness.meaning import Accuracy, Rule
from harness.operator import get
from harness.operators import functions as f
from harness.operators.facts import Facts
from harness.operators.formula import COMPOSED, Formulas, Verdict, formula_operator
from harness.operators.tracked import OPERATIONS, Tracked, constant
from harness.plain import Expressions

TORCH_EXP: Facts = (
    *COMPOSED,
    (
        "torch:*",
        Accuracy(
            roundings={"float16": OPERATIONS, "bfloat16": OPERATIONS},
            ulps={"exp": 20.0},
            source="torch/include/ATen/cpu/vec: exp_u20 (20 units in the last place), of which torch's kernels are made; measured on "
            "torch 2.13.0: softmax saves its result in the dtype (grad_fn._saved_result)",
        ),
    ),
)
LARGE = (0.0, 88.7, 1000.0, -1000.0, 1e4)
"""Scores whose exponentials overflow."""


def axis_in_range(case: Case) -> Verdict:
    """Refuses an axis outside [-rank, rank)."""
    axis, rank = case.parameters["axis"], len(case.inputs["x"].shape)
    return None if -rank <= axis < rank else (Rule.REFUSE, f"axis {axis}: outside [-rank, rank) of x")


def softmax(x: Tracked, *, axis: int) -> Tracked:
    """e**(x - max) over its sum."""
    powers = f.exp(x - f.largest(x, (axis,)))
    return powers / powers.sum((axis,), True)


def log_softmax(x: Tracked, *, axis: int) -> Tracked:
    """x - max - log(sum of e**(x - max))."""
    shifted = x - f.largest(x, (axis,))
    y = constant(shifted - f.log(f.exp(shifted).sum((axis,), True)))
    # From the result, as implementations do.
    return Tracked(x.how, y.value, y.error, [(x, lambda g: g - f.exp(y) * g.sum((axis,), True))])


def glu(x: Tracked, *, axis: int) -> Tracked:
    """The first half along the axis times the sigmoid of the second."""
    first, second = halves(x, axis)
    return first * f.sigmoid(second)


def halves(x: Tracked, axis: int) -> Tuple[Tracked, Tracked]:
    """Both halves along an axis."""
    length = x.shape[axis] // 2
    return f.part(x, axis, 0, length), f.part(x, axis, length, 2 * length)


def sparsemax(x: Tracked, *, axis: int) -> Tracked:
    """The Euclidean projection of each row on the simplex (Martins and Astudillo, arXiv:1602.02068, algorithm 1)."""
    rows = f.exchanged(x, axis)
    order = -np.sort(-rows.value, axis=-1)
    k = np.arange(1, order.shape[-1] + 1)
    support = np.maximum((1 + k * order > np.cumsum(order, -1)).sum(-1, keepdims=True), 1)
    inside = rows.value >= np.take_along_axis(order, support - 1, -1) if order.size else np.zeros(order.shape, bool)
    chosen = f.where(inside, rows, 0.0)
    threshold = (chosen.sum((-1,), True) - 1.0) / inside.sum(-1, keepdims=True)
    return f.exchanged(f.maximum(rows - threshold, 0.0), axis)


def even_axis(case: Case) -> Verdict:
    """Refuses an axis out of range or of odd length."""
    outside = axis_in_range(case)
    if outside or case.inputs["x"].shape[case.parameters["axis"]] % 2 == 0:
        return outside
    return Rule.REFUSE, f"axis {case.parameters['axis']}: an odd number of elements has no halves"


def along_axis(name: str, operator: Formulas, calls: Expressions, even: bool = False, family: str = "loss") -> None:
    """Register an operator of x along an axis."""

    def structures() -> Any:
        from strategies import losses

        return losses.along_axis(even=even)

    formula_operator(name, "x", operator, calls, family=family, structures=structures, points=LARGE, facts=TORCH_EXP)


# fmt: off
along_axis("softmax", Formulas({"": softmax}, axis_in_range), {
    "torch": "torch.nn.functional.softmax(x, dim=axis)", "tensorflow": "tf.nn.softmax(x, axis=axis)",
    "jax": "jax.nn.softmax(x, axis=axis)", "keras": "keras.ops.softmax(x, axis=axis)",
})
along_axis("log_softmax", Formulas({"": log_softmax}, axis_in_range), {
    "torch": "torch.nn.functional.log_softmax(x, dim=axis)", "tensorflow": "tf.nn.log_softmax(x, axis=axis)",
    "jax": "jax.nn.log_softmax(x, axis=axis)", "keras": "keras.ops.log_softmax(x, axis=axis)",
})
along_axis("glu", Formulas({"": glu}, even_axis), {
    "torch": "torch.nn.functional.glu(x, dim=axis)", "jax": "jax.nn.glu(x, axis=axis)", "keras": "keras.ops.glu(x, axis=axis)",
}, even=True, family="activation")
along_axis("sparsemax", Formulas({"": sparsemax}, axis_in_range, loose=True), {
    "keras": "keras.ops.sparsemax(x, axis=axis)",
}, family="activation")
# fmt: on

get("softmax").differs(
    KnownDifference(
        "torch:*:abstract",
        Kind.DESCRIBED_INVALID,
        "outside",
        "a meta tensor's axis is not checked",
        "https://github.com/pytorch/pytorch/pull/192390 (open)",
        "reported",
        when=lambda case: axis_in_range(case) is not None,
    )
)
