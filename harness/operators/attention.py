"""Scaled dot product attention (Vaswani et al., arXiv:1706.03762): softmax(x k' scale + mask) v.

Conventions: a causal mask of unequal lengths begins at the first position or ends at the last; a query that may attend to no key
gives NaN (the formula), zeros, or the mean of all values (a mask of large negative numbers).
"""

from __future__ import annotations

from typing import Any, Callable, Optional, Tuple

import numpy as np

from harness.case import VALUE, Case
from harness.meaning import Accuracy, Rule
from harness.operator import Operator
from harness.operators import functions as f
from harness.operators.facts import flushing, is_float64, narrowed
from harness.operators.formula import COMPOSED, Formulas, Verdict, formula_operator
from harness.operators.tracked import OPERATIONS, Tracked, broadcast_to, reshape
from harness.plain import ask

FIRST, LAST = "aligned at the first position", "aligned at the last position"
EMPTY = ("NaN", "zeros", "mean")
"""What a query gives that may attend to no key."""

ADDED = "mean, through the scores"
"""The gradient of a mean that comes of large numbers added to the scores."""


def scores(
    x: Tracked,
    k: Tracked,
    mask: Optional[np.ndarray],
    bias: Optional[Tracked],
    causal: bool,
    scale: Optional[float],
    last: bool,
) -> Tuple[Tracked, np.ndarray]:
    """Scores (batch, heads, queries, keys), and which of them count."""
    factor = 1 / float(np.sqrt(x.shape[-1])) if scale is None else scale
    found = f.einsum("bhle,bhse->bhls", x, k) * factor
    allowed = np.ones(found.shape, bool)
    if causal:
        allowed = np.tril(allowed, found.shape[-1] - found.shape[-2] if last else 0)
    if mask is not None:
        allowed = allowed & mask
    return found if bias is None else found + bias, allowed


def repeated(k: Tracked, heads: int) -> Tracked:
    """Heads of keys or values, each repeated for its group of queries."""
    batch, own, length, depth = k.shape
    wide = broadcast_to(reshape(k, (batch, own, 1, length, depth)), (batch, own, heads // own, length, depth))
    return reshape(wide, (batch, heads, length, depth))


def absorbed(mask: np.ndarray, x: Tracked) -> Tracked:
    """0 where the mask holds, as a large number that is added to all of a row leaves it; derivatives flow as through x."""
    return Tracked(x.how, np.where(mask, 0, x.value), np.where(mask, 0, x.error), [(x, lambda g: g)])


def attention(last: bool, empty: str) -> Callable[..., Tracked]:
    """The formula under one choice of both conventions."""

    def formula(
        x: Tracked,
        k: Tracked,
        v: Tracked,
        mask: Optional[np.ndarray],
        bias: Optional[Tracked],
        *,
        causal: bool,
        scale: Optional[float],
    ) -> Tracked:
        k, v = repeated(k, x.shape[1]), repeated(v, x.shape[1])
        found, allowed = scores(x, k, mask, bias, causal, scale, last)
        none = np.asarray(~allowed.any(-1, keepdims=True))
        hidden = {"NaN": lambda: found, ADDED: lambda: absorbed(none, found)}.get(
            empty, lambda: f.where(none, 0.0, found)
        )
        seen = f.where(allowed if empty == "NaN" else allowed | none, hidden(), -np.inf)
        # Where a score that does not count is NaN or infinite, it depends on how the mask is applied: -inf added, or chosen.
        lost = (~allowed & ~(np.isfinite(found.value) & np.isfinite(found.error))).any(-1, keepdims=True)
        powers = f.exp(seen - f.largest(seen, (-1,)))
        weights = powers / powers.sum((-1,), True)
        if empty == "zeros":
            weights = f.where(none, 0.0, weights)
        y = f.einsum("bhls,bhse->bhle", weights, v)
        return Tracked(y.how, y.value, np.where(lost, np.inf, y.error), y.parents)

    return formula


FORMULAS = {f"{side}, {empty}": attention(side == LAST, empty) for side in (FIRST, LAST) for empty in EMPTY}
KINKS = {**FORMULAS, **{f"{side}, {ADDED}": attention(side == LAST, ADDED) for side in (FIRST, LAST)}}


def shapes_fit(case: Case) -> Verdict:
    """Refuses keys of another depth than the queries'."""
    x, k = case.inputs["x"].shape, case.inputs["k"].shape
    return None if x[-1] == k[-1] else (Rule.REFUSE, f"k {k}: not of the queries' depth")


def documented(side: str, empty: str) -> Callable[[Case], str]:
    """The convention, where the case tells it from others."""
    return lambda case: f"{side}, {empty}" if case.quantity == VALUE and case.parameters["causal"] else ""


FACTS = (
    *COMPOSED,
    (
        "torch:*",
        Accuracy(
            roundings={"float16": OPERATIONS, "bfloat16": OPERATIONS},
            ulps={"exp": 20.0},
            source="torch/include/ATen/cpu/vec: exp_u20 (20 units in the last place); measured on torch 2.13.0: in bfloat16 5 % of "
            "the results differ from float64's rounded once, by up to 1.2 unit roundoffs of the largest",
        ),
    ),
)


def _structures() -> Any:
    from strategies import attention as drawn

    return drawn.attention()


def _call(library: str, names: str) -> str:
    """A call for frameworks whose heads come after the length."""
    swap = "jax.numpy.swapaxes" if library == "jax" else "keras.ops.swapaxes"
    arrays = ", ".join(f"{swap}({name}, 1, 2)" for name in ("x", "k", "v"))
    function = "jax.nn.dot_product_attention" if library == "jax" else "keras.ops.dot_product_attention"
    return f"{swap}({function}({arrays}, {names}scale=scale, is_causal=causal), 1, 2)"


def one_mask(case: Case) -> bool:
    """Whether there is a mask of truth values, one of numbers or the causal one at most, as torch has it."""
    return ("mask" in case.inputs) + ("bias" in case.inputs) + bool(case.parameters["causal"]) < 2


def one_array(case: Case) -> bool:
    """Whether values are as deep as keys, and there is one array of masks at most, as Keras documents it."""
    return as_deep(case) and not {"mask", "bias"} <= set(case.inputs)


def as_deep(case: Case) -> bool:
    """Whether values are as deep as keys, as JAX documents it."""
    return case.inputs["k"].shape == case.inputs["v"].shape


operator = formula_operator(
    "scaled_dot_product_attention",
    "x k v mask bias",
    Formulas(FORMULAS, shapes_fit, loose=True, kinks=KINKS),
    {
        "torch": ask(
            "torch.nn.functional.scaled_dot_product_attention(x, k, v, attn_mask=mask if bias is None else bias, "
            "is_causal=causal, scale=scale, enable_gqa=grouped)",
            when=one_mask,
            convention=documented(FIRST, "NaN"),
        ),
        "jax": ask(
            _call("jax", "mask=mask, bias=bias, "), composed=True, when=as_deep, convention=documented(FIRST, "mean")
        ),
        "keras": ask(_call("keras", "mask=mask, bias=bias, "), composed=True, when=one_array),
    },
    family="attention",
    structures=_structures,
    differentiable="x k v bias",
    regimes=("rounding", "near", "special"),
    points=(0.0, 1.0, 10.0),
    gradient=("rounding",),
    facts=FACTS,
)


def in_float32(operator: Operator) -> None:
    """State that Keras computes float64 attention in float32 on torch, and its scores on TensorFlow; and JAX its softmax."""
    narrowed(operator)
    scores = flushing(
        accumulate={"float64": "float32"},
        source="keras/src/backend/tensorflow/nn.py, _dot_product_attention_xla: logits are cast to result_type(query.dtype, 'float32')",
    )
    operator.accuracies.insert(0, ("keras-tensorflow:*", scores, is_float64))
    softmax = flushing(
        accumulate={"float64": "float32"},
        source="jax/_src/nn/functions.py, _dot_product_attention_core: 'Softmax and it is always carried out in fp32'",
    )
    operator.accuracies.insert(0, ("jax-x64:*", softmax, is_float64))


in_float32(operator)
