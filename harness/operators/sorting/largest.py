"""The largest or smallest elements of rows, and where they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Sequence, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import kind_of
from harness.meaning import Expected, Meaning, Property, Rule
from harness.operators.reductions.sums import unchanged, wide_of
from harness.operators.sorting.orders import LARGEST, OPEN, Arrays, element, indices, order_of, tied, tiny_of
from harness.operators.sorting.table import FLOATS, NUMBERS, row
from harness.plain import ask


def picks(
    outputs: Sequence[np.ndarray], rows: np.ndarray, k: int, largest: bool, ordered: bool, tiny: float
) -> np.ndarray:
    """0 where the indices of a row are different and point at the values beside them, 2 elsewhere."""
    count = rows.size // max(rows.shape[-1], 1)
    values = np.asarray(outputs[0]).astype(rows.dtype).reshape(count, k)
    index = np.asarray(outputs[1]).astype(np.int64).reshape(count, k)
    flat = rows.reshape(count, rows.shape[-1])
    inside = (index >= 0) & (index < rows.shape[-1])
    found = np.take_along_axis(flat, np.where(inside, index, 0), axis=-1)
    same = (
        (found == values) | ((found != found) & (values != values)) | ((np.abs(found) < tiny) & (np.abs(values) < tiny))
    )
    different = (np.diff(np.sort(index, axis=-1), axis=-1) > 0).all(axis=-1, keepdims=True)
    return np.where(inside & same & different, 0.0, 2.0)


def top_meaning(case: Case, arrays: Arrays) -> Meaning:
    """The k largest (or smallest) elements of each row in order, and with ``topk`` where they are."""
    x, k = arrays["x"], case.parameters["k"]
    if not 0 <= k <= x.shape[-1]:
        return Meaning(Rule.REFUSE, f"k {k}: must lie in [0, {x.shape[-1]}]")
    rows = wide_of(x, case.dtype) if kind_of(case.dtype) == "float" else x
    order = order_of(rows, case.parameters["largest"])[..., :k]
    nan = rows.dtype.kind == "f" and np.isnan(rows).any(axis=-1, keepdims=True)
    if case.quantity == GRADIENT:
        product = np.zeros_like(rows)
        np.put_along_axis(product, order, wide_of(arrays[COTANGENT], case.dtype), axis=-1)
        ties = tied(rows, order_of(rows, case.parameters["largest"]), case)
        return Meaning(Rule.COMPUTE, "", {"": (unchanged(product, case.dtype, name="x", free=ties),)})
    values = element(np.take_along_axis(rows, order, axis=-1), case.dtype)
    plain = rows.astype(np.float64) if rows.dtype.kind == "f" else rows
    facts = {"rows": plain, "k": k, "largest": case.parameters["largest"], "ordered": True, "tiny": tiny_of(case)}
    where = indices(order, Property("x[indices] are the values", picks, facts), "indices")
    outputs: Tuple[Expected, ...] = (values, where) if case.operator == "topk" else (values,)
    if np.any(nan):
        loose = replace(values, free=np.broadcast_to(nan, values.shape))
        return Meaning(Rule.COMPUTE, "", {LARGEST: outputs, OPEN: (loose, *outputs[1:])})
    return Meaning(Rule.COMPUTE, "", {"": outputs})


def counted(parameters: Tuple[Tuple[str, Tuple[Any, ...]], ...], dtypes: Tuple[str, ...] = NUMBERS) -> Any:
    """Structures of an array with a number of elements that are asked for."""
    from strategies import sorting

    return sorting.largest(dtypes, parameters)


def is_largest(case: Case) -> bool:
    """Whether the largest elements are asked for: the only ones that TensorFlow and Keras have a call for."""
    return bool(case.parameters["largest"])


# fmt: off
LARGE = (("largest", (True, False)),)
row("topk", "x", top_meaning, lambda: counted(LARGE), {
    "torch": "torch.topk(x, k, dim=-1, largest=largest)",
    "tensorflow": ask("tf.math.top_k(x, k=k)", when=is_largest),
    "jax": ask("jax.lax.top_k(x, k)", when=is_largest),
    "keras": ask("keras.ops.top_k(x, k)", when=is_largest),
}, "the largest elements of the last axis, and where they are")
row("topk_values", "x", top_meaning, lambda: counted(LARGE, FLOATS), {
    "torch": "torch.topk(x, k, dim=-1, largest=largest).values",
    "tensorflow": ask("tf.math.top_k(x, k=k)[0]", when=is_largest),
    "jax": ask("jax.lax.top_k(x, k)[0]", when=is_largest),
    "keras": ask("keras.ops.top_k(x, k)[0]", when=is_largest),
}, "the largest elements of the last axis", result=lambda case: (*case.inputs["x"].shape[:-1], case.parameters["k"]))
# fmt: on
