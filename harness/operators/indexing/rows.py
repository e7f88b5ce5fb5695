"""The rows of scatters."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Optional, Tuple

import numpy as np

from harness.case import GRADIENT, Case, Kind, KnownDifference
from harness.meaning import Meaning
from harness.operators.indexing.places import follows, index_dtypes
from harness.operators.indexing.scatter import along, rows, scattering
from harness.operators.moves.positions import REFUSES
from harness.operators.moves.rows import operator_row
from harness.plain import Expressions, ask

Arrays = Mapping[str, np.ndarray]
BOTH = ("int32", "int64")


def row(
    name: str, inputs: str, meaning: Callable[[Case, Arrays], Meaning], calls: Expressions, summary: str, **facts: Any
) -> None:
    """Register an operator of the family."""
    operator_row(
        name, inputs, meaning, calls, summary=summary, family="indexing", strategies="strategies.indexing", **facts
    )


def shape_of_x(case: Case, arrays: Arrays) -> Optional[Tuple[int, ...]]:
    """The result has the shape of x. Without updates there is no gradient: what loops over them does not use them."""
    return case.inputs["x"].shape if arrays["updates"].size else None


def scatter_calls(kind: str) -> Dict[str, Any]:
    """The calls of a scatter at coordinates."""
    places = "tuple(torch.moveaxis(indices, -1, 0))"
    tensorflow = {"set": "update"}.get(kind, kind)
    calls: Dict[str, Any] = {
        "jax": ask(
            f"x.at[tuple(jax.numpy.moveaxis(indices, -1, 0))].{kind}(updates)", convention=follows("wrap", "drop")
        ),
        "keras": f"keras.ops.scatter_update(x, indices, updates, reduction={None if kind == 'set' else kind!r})",
    }
    if kind in ("set", "add"):
        text = f"torch.index_put(x, {places}, updates, accumulate={kind == 'add'})"
        calls["torch"] = ask(text, when=index_dtypes(*BOTH), convention=follows("wrap", REFUSES))
    if kind != "mul":
        text = f"tf.tensor_scatter_nd_{tensorflow}(x, indices, updates)"
        calls["tensorflow"] = ask(text, when=index_dtypes(*BOTH), convention=follows(REFUSES, REFUSES))
    return calls


KINDS = (
    ("set", "written"),
    ("add", "added"),
    ("mul", "multiplied"),
    ("min", "the smallest kept"),
    ("max", "the largest kept"),
)
"""Kinds of scatters, with words for them."""

UNIQUE = (
    KnownDifference(
        "*jax*:*:*",
        Kind.RAISED,
        "scatter_mul gradients are only implemented if",
        "JAX differentiates a scatter that multiplies only where the caller promises that no index stands twice",
        "jax/_src/lax/slicing.py, _scatter_mul_jvp_rhs, and its message",
        when=lambda case: case.quantity == GRADIENT,
        name="gradient of a multiplying scatter",
    ),
)

# fmt: off
for _kind, _words in KINDS:
    row(
        f"scatter_{_kind}", "x indices updates", scattering(_kind), scatter_calls(_kind),
        f"updates at coordinates, {_words}", drawn="scatter" if _kind == "set" else "scatter_numbers",
        differentiable=("x", "updates"), shape=shape_of_x, known=UNIQUE if _kind == "mul" else (),
    )


def reduced_calls(kind: str, name: str) -> Dict[str, Any]:
    """The calls of scatters of rows (``index_*``) and along an axis (``scatter_along_*``)."""
    strict = follows(REFUSES, REFUSES)
    long = {"when": index_dtypes("int64"), "convention": strict}
    reduction = {"mul": "prod", "min": "amin", "max": "amax"}.get(kind, "")
    if name == "index":
        text = {"set": "index_copy(x, 0, indices, updates)", "add": "index_add(x, 0, indices, updates)"}.get(
            kind, f"index_reduce(x, 0, indices, updates, {reduction!r})"
        )
        return {"torch": ask(f"torch.{text}", **long), "jax": ask(f"jax.numpy.asarray(x).at[indices].{kind}(updates)", convention=NUMPY)}
    text = {"set": "scatter(x, axis, indices, updates)", "add": "scatter_add(x, axis, indices, updates)"}.get(
        kind, f"scatter_reduce(x, axis, indices, updates, {reduction!r})"
    )
    calls: Dict[str, Any] = {"torch": ask(f"torch.{text}", **long)}
    if kind == "set":
        calls["jax"] = ask("jax.numpy.put_along_axis(x, indices, updates, axis, inplace=False)", convention=NUMPY)
    return calls


NUMPY = follows("wrap", "drop")
"""What JAX documents of updates: negative indices count from the end, others are dropped."""

for _name, _coordinates, _where in (("index", rows, "rows at indices"), ("scatter_along", along, "updates along an axis")):
    for _kind, _words in KINDS:
        row(
            f"{_name}_{_kind}", "x indices updates", scattering(_kind, _coordinates), reduced_calls(_kind, _name), f"{_where}, {_words}",
            drawn={"index": "index_set"}.get(_name, _name) if _kind == "set" else f"{_name}_numbers",
            differentiable=("x", "updates"), shape=shape_of_x, known=UNIQUE if _kind == "mul" else (),
        )
# fmt: on
