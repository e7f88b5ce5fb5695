"""Gathers: elements, rows and slices at the places that indices name."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Union

import numpy as np

from harness.case import Case
from harness.operators.indexing.places import axis_of, follows, index_dtypes, readings, targets
from harness.operators.moves.positions import REFUSES, Refused, Undefined
from harness.operators.moves.rows import move
from harness.plain import Ask, Expressions, ask

Result = Union[np.ndarray, Dict[str, np.ndarray]]

BOTH = ("int32", "int64")
NUMPY = follows("wrap", "fill")
INDEXED = follows("wrap", "clamp")
STRICT = follows(REFUSES, REFUSES)
PYTHON = follows("wrap", REFUSES)


def chosen(indices: np.ndarray, length: int, take: Callable[[np.ndarray], np.ndarray]) -> Result:
    """What ``take`` makes of the places of indices, by convention; places below zero stand for constants."""
    if length == 0 and indices.size:
        raise Undefined("indices: out of bounds of an axis of length 0")
    reason, found = readings(indices, length)
    results = {name: take(places) for name, places in found.items()}
    if reason:
        raise Undefined(reason, results)
    return results


def taken(x: np.ndarray, places: np.ndarray, axis: int) -> np.ndarray:
    """Entries of an axis; a place below zero stands for itself in every element of the entry."""
    result = (
        np.take(x, np.maximum(places, 0), axis=axis)
        if x.shape[axis]
        else x.reshape((*x.shape[:axis], *places.shape, *x.shape[axis + 1 :]))
    )
    along = places.reshape(places.shape + (1,) * (x.ndim - axis - 1))
    return np.where(along < 0, along, result)


def take(x: np.ndarray, indices: np.ndarray, axis: int) -> Result:
    """Entries of one axis; the axis becomes those of the indices."""
    place = axis_of(axis, x.ndim)
    return chosen(indices, x.shape[place], lambda places: taken(x, places, place))


def take_mode(x: np.ndarray, indices: np.ndarray, axis: int, mode: str) -> np.ndarray:
    """Entries of one axis with jax.numpy.take's modes: negative indices count from the end under ``fill`` and ``wrap`` alone."""
    place = axis_of(axis, x.ndim)
    length = x.shape[place]
    if length == 0 and indices.size:
        raise Undefined("indices: out of bounds of an axis of length 0")
    _, found = readings(indices, length)
    places = found.get("") if "" in found else found.get({"fill": "fill", "clip": "clip", "wrap": "modulo"}[mode])
    if places is None:  # negative ones only
        given = indices.astype(np.int64)
        places = np.clip(given, 0, length - 1) if mode == "clip" else given % length
    return taken(x, places, place)


def take_flat(x: np.ndarray, indices: np.ndarray) -> Result:
    """Elements of the flattened array."""
    flat = x.reshape(-1)
    return chosen(indices, flat.size, lambda places: taken(flat, places, 0))


def rows(x: np.ndarray, indices: np.ndarray) -> Result:
    """Entries of the first axis."""
    return chosen(indices, x.shape[0], lambda places: taken(x, places, 0))


def along(x: np.ndarray, indices: np.ndarray, axis: int) -> Result:
    """For every element of the indices the element of x at that place of the axis, other coordinates the same."""
    place = axis_of(axis, x.ndim)

    def pick(places: np.ndarray) -> np.ndarray:
        if not x.shape[place]:
            return places
        found = np.take_along_axis(x, np.maximum(places, 0), axis=place)
        return np.where(places < 0, places, found)

    return chosen(indices, x.shape[place], pick)


def gather_nd(x: np.ndarray, indices: np.ndarray) -> Result:
    """Elements or slices at coordinates of the first axes."""
    depth = indices.shape[-1]
    if depth > x.ndim:
        raise Refused(f"indices of {depth} coordinates: x has {x.ndim} axes")
    if min(x.shape[:depth]) == 0 and indices.size:
        raise Undefined("indices: out of bounds of an axis of length 0")
    reason, found = targets(indices, x.shape[:depth])
    flat = x.reshape((int(np.prod(x.shape[:depth], dtype=np.int64)), *x.shape[depth:]))
    results = {name: taken(flat, places, 0) for name, places in found.items()}
    if reason != "indices: out of bounds":
        if reason:
            raise Undefined(reason, results)
        return results
    results = {
        {"drop": "zero", "positive or drop": "positive or zero"}.get(name, name): r for name, r in results.items()
    }
    raise Undefined(reason, {**results, "fill": np.where(results["zero"] < 0, -2, results["zero"])})


def one_axis(case: Case) -> bool:
    """Whether the indices have one axis, as torch.index_select wants them."""
    return len(case.inputs["indices"].shape) == 1


def exact_shape(case: Case) -> bool:
    """Whether no axis but the named one is shorter in x than in the indices."""
    return len(case.inputs["indices"].shape) == len(case.inputs["x"].shape)


def _jax_index(jax: Any, x: Any, indices: Any) -> Any:
    return x[indices]


def _torch_index(torch: Any, x: Any, indices: Any) -> Any:
    return x[indices]


def row(name: str, plan: Callable[..., Any], calls: Expressions, summary: str, drawn: str = "") -> None:
    """Register a gather."""
    facts: Mapping[str, Any] = {"family": "indexing", "strategies": "strategies.indexing", "drawn": drawn}
    move(name, "x indices", plan, calls, summary=summary, **facts)


def strict(text: str, *dtypes: str, **facts: Any) -> Ask:
    """A call that refuses negative indices and those out of bounds, and takes indices of these dtypes."""
    return ask(text, when=index_dtypes(*dtypes, when=facts.pop("when", None)), convention=STRICT, **facts)


# fmt: off
row("take", take, {
    "torch": strict("torch.index_select(x, axis, indices)", *BOTH, when=one_axis),
    "tensorflow": strict("tf.gather(x, indices, axis=axis)", *BOTH),
    "jax": ask("jax.numpy.take(x, indices, axis=axis)", convention=NUMPY),
    "keras": "keras.ops.take(x, indices, axis=axis)",
}, "entries of an axis at indices")
row("take_mode", take_mode, {"jax": "jax.numpy.take(x, indices, axis=axis, mode=mode)"},
    "entries of an axis at indices, with a mode for those out of bounds")
row("take_flat", take_flat, {
    "torch": ask("torch.take(x, indices)", when=index_dtypes("int64"), convention=PYTHON),
    "jax": ask("jax.numpy.take(x, indices)", convention=NUMPY),
    "keras": "keras.ops.take(x, indices)",
}, "elements of the flattened array at indices")
row("embedding", rows, {
    "torch": strict("torch.nn.functional.embedding(indices, x)", *BOTH),
    "tensorflow": strict("tf.nn.embedding_lookup(x, indices)", *BOTH),
    "jax": ask("jax.numpy.take(x, indices, axis=0)", convention=NUMPY),
    "keras": "keras.ops.take(x, indices, axis=0)",
}, "rows of a table at indices")
row("take_along_axis", along, {
    "torch": [
        strict("torch.gather(x, axis, indices)", "int64", spelling="gather"),
        ask("torch.take_along_dim(x, indices, axis)", when=index_dtypes("int64"), spelling="take_along_dim"),
    ],
    "tensorflow": ask("tf.experimental.numpy.take_along_axis(x, indices, axis)", when=index_dtypes(*BOTH)),
    "jax": ask("jax.numpy.take_along_axis(x, indices, axis=axis)", convention=NUMPY),
    "keras": "keras.ops.take_along_axis(x, indices, axis=axis)",
}, "for every index the element at that place of an axis")
row("gather_nd", gather_nd, {
    "torch": ask("x[tuple(torch.moveaxis(indices, -1, 0))]", when=index_dtypes(*BOTH), convention=PYTHON),
    "tensorflow": strict("tf.gather_nd(x, indices)", *BOTH),
    "jax": ask("x[tuple(jax.numpy.moveaxis(indices, -1, 0))]", convention=INDEXED),
}, "elements or slices at coordinates")
row("index", rows, {}, "x[indices]")
# fmt: on


def _register_index() -> None:
    """The calls of indexing with brackets, which no module names."""
    from harness.operator import get

    operator = get("index")
    operator.call("torch", when=index_dtypes(*BOTH), convention=PYTHON)(_torch_index)
    operator.call("jax", convention=INDEXED)(_jax_index)


_register_index()
