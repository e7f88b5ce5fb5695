"""Multi-head attention (Vaswani et al., arXiv:1706.03762): three projections, scaled dot product attention of every head, one projection.

``x``, ``k`` and ``v`` are (batch, length, model); ``w`` (3, heads, depth, model) projects queries, keys and values, ``o``
(model, heads, depth) what the heads give; ``b`` (3, heads, depth) and ``d`` (model) are the biases; ``mask`` (batch, queries, keys) is
true where a key counts.
"""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from harness.case import Case, Kind, KnownDifference
from harness.operators import functions as f
from harness.operators.attention import ADDED, EMPTY, FACTS, FIRST, attention, in_float32
from harness.operators.formula import Formula, Formulas, formula_operator
from harness.operators.recurrent.formulas import entry, shapes_fit
from harness.operators.tracked import Tracked, reshape

Maybe = Optional[Tracked]
AXES = {"x": "btm", "k": "bsm", "v": "bsm", "w": "3hem", "o": "mhe", "mask": "bts", "b": "3he", "d": "m"}


def projected(x: Tracked, w: Tracked, b: Maybe) -> Tracked:
    """(batch, heads, length, depth)."""
    y = f.einsum("blm,hem->bhle", x, w)
    return y if b is None else y + reshape(b, (b.shape[0], 1, b.shape[1]))


def multi_head(empty: str) -> Formula:
    """The formula, with one convention for queries without keys."""
    attend = attention(False, empty)

    def formula(
        x: Tracked, k: Tracked, v: Tracked, w: Tracked, o: Tracked, mask: Optional[np.ndarray], b: Maybe, d: Maybe, *, causal: bool
    ) -> Tracked:  # fmt: skip
        heads = [projected(each, entry(w, i), b and entry(b, i)) for i, each in enumerate((x, k, v))]
        allowed = None if mask is None else mask[:, None]
        y = f.einsum("bhle,mhe->blm", attend(*heads, allowed, None, causal=causal, scale=None), o)
        return y if d is None else y + d

    return formula


def _structures() -> Any:
    from strategies import attention as drawn

    return drawn.multi_head()


operator = formula_operator(
    "multi_head_attention",
    "x k v w o mask b d",
    Formulas(
        {f"{FIRST}, {empty}": multi_head(empty) for empty in EMPTY},
        shapes_fit(AXES),
        loose=True,
        kinks={f"{FIRST}, {empty}": multi_head(empty) for empty in (*EMPTY, ADDED)},
    ),
    {},
    family="attention",
    structures=_structures,
    differentiable="x k v w o b d",
    regimes=("rounding", "special"),
    gradient=("rounding",),
    facts=FACTS,
)
in_float32(operator)
operator.differs(
    KnownDifference(
        "torch:*",
        Kind.BAD_REFUSAL,
        "AssertionError",
        "shapes that do not fit are refused by an AssertionError with a message",
        'torch/nn/functional.py, multi_head_attention_forward: raise AssertionError(f"key shape {key.shape} does not match ...")',
        when=lambda case: case.parameters.get("hostile") == "model",
    )
)


def one_mask(case: Case) -> bool:
    """Whether there is a mask or the causal one, not both: torch takes the causal mask as the mask."""
    return not ("mask" in case.inputs and case.parameters["causal"])


@operator.call("torch", when=one_mask, composed=True)
def in_torch(torch, x, k, v, w, o, mask, b, d, *, causal):
    """Lengths come before batches; a mask is true where a key does not count."""
    heads, depth, model = w.shape[1:]
    if causal:
        mask = torch.ones(x.shape[1], k.shape[1], dtype=torch.bool, device=x.device).tril()
    elif mask is not None:
        mask = mask.repeat_interleave(heads, 0)
    return torch.nn.functional.multi_head_attention_forward(
        *[each.transpose(0, 1) for each in (x, k, v)], model, heads, w.reshape(3 * heads * depth, model),
        None if b is None else b.reshape(-1), None, None, False, 0.0, o.reshape(model, heads * depth), d,
        training=False, need_weights=False,
        attn_mask=None if mask is None else ~mask,
    )[0].transpose(0, 1)  # fmt: skip


@operator.call("keras", modes=("eager", "compiled", "abstract"), composed=True)
def in_keras(keras, x, k, v, w, o, mask, b, d, *, causal):
    """keras.layers.MultiHeadAttention; kernels are (model, heads, depth) and (heads, depth, model)."""
    layer = keras.layers.MultiHeadAttention(
        w.shape[1],
        w.shape[2],
        use_bias=b is not None,
        dtype=keras.backend.standardize_dtype(x.dtype),
        kernel_initializer="zeros",
    )
    layer.build(*[(each.shape[0], each.shape[1], w.shape[3]) for each in (x, v, k)])
    if keras.backend.is_keras_tensor(x):
        return layer(x, v, k, attention_mask=mask, use_causal_mask=causal)
    weights = []
    for i in range(3):
        weights += [keras.ops.transpose(w[i], [2, 0, 1]), *([] if b is None else [b[i]])]
    weights += [keras.ops.transpose(o, [1, 2, 0]), *([] if d is None else [d])]
    return layer.stateless_call(
        weights, layer.non_trainable_variables, x, v, k, attention_mask=mask, use_causal_mask=causal
    )[0]
