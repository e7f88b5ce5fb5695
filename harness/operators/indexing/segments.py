"""Reductions of the rows that share a segment: sums, products and extremes, and what a segment without rows holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict, Mapping, Optional, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS, kind_of
from harness.meaning import Expected, Meaning, Rule
from harness.operators.indexing.rows import BOTH, UNIQUE, row
from harness.operators.indexing.scatter import REDUCTIONS, integers
from harness.operators.indexing.scatter_gradients import Scattered, compared, products, shaped
from harness.operators.indexing.scatter_gradients import extremes as extreme_gradients
from harness.operators.moves.positions import wide
from harness.operators.moves.sums import scattered_sum
from harness.plain import ask

Arrays = Mapping[str, np.ndarray]

EMPTY: Mapping[str, Callable[[str], Dict[str, float]]] = {
    "sum": lambda dtype: {"": 0.0},
    "prod": lambda dtype: {"": 1.0},
    "max": lambda dtype: extremes(dtype, False),
    "min": lambda dtype: extremes(dtype, True),
}
"""What a segment without entries holds, by convention."""


def extremes(dtype: str, largest: bool) -> Dict[str, float]:
    """The last finite number and infinity, or the last integer."""
    if dtype not in FLOATS:
        info = np.iinfo(dtype)
        return {"": float(np.longdouble(info.max if largest else info.min))}
    sign = 1.0 if largest else -1.0
    return {"infinity": sign * np.inf, "finite": sign * FLOATS[dtype].largest}


def segmented(kind: str) -> Callable[[Case, Arrays], Meaning]:
    """The meaning of a reduction of the rows of x that share a segment; rows outside [0, count) are left out."""

    def meaning(case: Case, arrays: Arrays) -> Meaning:
        x, segments, count = arrays["x"], arrays["indices"].astype(np.int64), case.parameters["count"]
        outside = bool(((segments < 0) | (segments >= count)).any())
        kept = (segments >= 0) & (segments < count)
        if case.quantity == GRADIENT:
            variants = segment_gradients(kind, case, arrays, kept)
        else:
            variants = {
                name: (segment(kind, case, x[kept], segments[kept], empty),)
                for name, empty in EMPTY[kind](case.dtype).items()
            }
        if not outside:
            return Meaning(Rule.COMPUTE, "", variants)
        return Meaning(Rule.EITHER, "indices: segments out of bounds", variants)

    return meaning


def segment_gradients(kind: str, case: Case, arrays: Arrays, kept: np.ndarray) -> Dict[str, Tuple[Expected, ...]]:
    """The vector-Jacobian products of a segment's reduction, by who gets the cotangent of an extreme that several rows have."""
    x, segments = wide(arrays["x"], case.dtype), arrays["indices"].astype(np.int64)
    entry = int(np.prod(x.shape[1:], dtype=np.int64))
    flat = (np.where(kept, segments, 0).reshape(-1, 1) * entry + np.arange(entry)).reshape(-1)
    cotangent = wide(arrays[COTANGENT], case.dtype).reshape(-1)
    start = {"sum": 0.0, "prod": 1.0, "max": -np.inf, "min": np.inf}[kind]
    given = Scattered(np.full(cotangent.shape, start, x.dtype), x.reshape(-1), cotangent, flat, np.repeat(kept, entry))
    with np.errstate(all="ignore"):
        if kind == "sum":
            return {"": (compared(given.at(cotangent).reshape(x.shape), case.dtype, name="x"),)}
        if kind == "prod":
            found = {"": products(case, given)}
        else:
            found = extreme_gradients(case, given, np.minimum if kind == "min" else np.maximum, counted=False)
    return {name: (replace(shaped(updates, x.shape), name="x"),) for name, (_, updates) in found.items()}


def segment(kind: str, case: Case, x: np.ndarray, segments: np.ndarray, empty: float) -> Expected:
    """The reduction of the rows of each segment."""
    entry = int(np.prod(x.shape[1:], dtype=np.int64))
    shape = (case.parameters["count"], *x.shape[1:])
    flat = (segments.reshape(-1, 1) * entry + np.arange(entry)).reshape(-1)
    values = wide(x, case.dtype).reshape(-1)
    start = np.zeros(int(np.prod(shape, dtype=np.int64)), values.dtype)
    if kind == "sum":
        if kind_of(case.dtype) == "integer":
            return shaped(integers(np.add, case, start, flat, values), shape)
        return scattered_sum(flat, values, start, case.dtype, False).output(slice(None), shape)
    if kind == "prod":
        return shaped(REDUCTIONS["mul"](case, start + 1, flat, values), shape)
    if kind_of(case.dtype) == "integer":
        info = np.iinfo(case.dtype)
        start = start + np.longdouble(info.max if kind == "min" else info.min)
    else:
        start = start + (np.inf if kind == "min" else -np.inf)
    found = REDUCTIONS[kind](case, start, flat, values)
    hit = np.bincount(flat, minlength=start.size) > 0
    filled = tuple(np.where(hit, value, empty if kind_of(case.dtype) == "float" else start) for value in found.values)
    return shaped(compared(filled[0], case.dtype, filled[1:]), shape)


def segment_shape(case: Case, arrays: Arrays) -> Tuple[int, ...]:
    """One entry per segment."""
    return (case.parameters["count"], *case.inputs["x"].shape[1:])


def segment_calls(kind: str, extreme: Optional[str]) -> Dict[str, Any]:
    """The calls of a reduction of segments, and what an empty one holds by TensorFlow's documents."""
    finite: Callable[[Case], str] = lambda case: (extreme or "") if case.dtype not in BOTH else ""  # noqa: E731
    calls: Dict[str, Any] = {
        "tensorflow": ask(f"tf.math.unsorted_segment_{kind}(x, indices, count)", convention=finite),
        "jax": f"jax.ops.segment_{kind}(x, indices, count)",
        "keras": f"keras.ops.segment_{kind}(x, indices, count)",
    }
    if kind == "sum":
        calls["torch"] = ask(
            "torch.zeros((count,) + tuple(x.shape[1:]), dtype=x.dtype).index_add(0, indices, x)",
            composed=True,
            modes=("eager",),
        )
    return calls


# fmt: off
row("segment_sum", "x indices", segmented("sum"), segment_calls("sum", None), "sums of the rows of each segment",
    drawn="segments", differentiable=("x",), shape=segment_shape)
row("segment_prod", "x indices", segmented("prod"), segment_calls("prod", None), "products of the rows of each segment",
    drawn="segments", differentiable=("x",), shape=segment_shape, known=UNIQUE)
for _kind, _word in (("max", "largest"), ("min", "smallest")):
    row(f"segment_{_kind}", "x indices", segmented(_kind), segment_calls(_kind, "finite"), f"the {_word} of each segment",
        drawn="segments", differentiable=("x",), shape=segment_shape)
# fmt: on
