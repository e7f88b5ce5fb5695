"""Elements in another order or place without indices: shifts, reversals, triangles, diagonals, slices, masks, choices."""

from __future__ import annotations

from typing import Any, Callable, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from harness.case import Case
from harness.operators.indexing.places import axis_of
from harness.operators.moves.positions import REFUSES, ZERO, Refused, Undefined
from harness.operators.moves.rows import move
from harness.plain import Expressions, ask

Axes = Sequence[int]


def row(
    name: str, inputs: str, plan: Callable[..., Any], calls: Expressions, summary: str, drawn: str = "", **facts: Any
) -> None:
    """Register an operator of the family."""
    places: Mapping[str, Any] = {"family": "indexing", "strategies": "strategies.indexing", "drawn": drawn}
    move(name, inputs, plan, calls, summary=summary, **places, **facts)


def where(x: np.ndarray, y: np.ndarray, condition: np.ndarray) -> np.ndarray:
    """Element by element that of x where the condition holds, else that of y."""
    try:
        np.broadcast_shapes(x.shape, y.shape, condition.shape)
    except ValueError:
        raise Refused(f"shapes {x.shape}, {y.shape}, {condition.shape}: do not broadcast") from None
    return np.where(condition, x, y)


def roll(x: np.ndarray, shift: Any, axis: Any) -> np.ndarray:
    """Element i goes to (i + shift) modulo the length; of an axis, of several in turn, or of the flattened array."""
    if axis is None:
        return roll(x.reshape(-1), shift, 0).reshape(x.shape)
    for one, by in zip(axis, shift) if isinstance(axis, tuple) else [(axis, shift)]:
        place = axis_of(one, x.ndim)
        length = x.shape[place]
        x = np.take(x, (np.arange(length) - by) % max(length, 1), axis=place)
    return x


def flip(x: np.ndarray, axis: Axes) -> np.ndarray:
    """Some axes in reverse."""
    places = [axis_of(one, x.ndim) for one in axis]
    if len(set(places)) < len(places):
        raise Refused(f"axis {tuple(axis)}: an axis stands twice")
    return x[tuple(slice(None, None, -1 if i in places else 1) for i in range(x.ndim))]


def rot90(x: np.ndarray, k: int, axes: Axes) -> np.ndarray:
    """k quarter turns from the first of the axes towards the second: new[i, j] = old[j, n - 1 - i]."""
    first, second = (axis_of(one, x.ndim, "axes") for one in axes)
    if first == second:
        raise Refused(f"axes {tuple(axes)}: not a plane")
    for _ in range(k % 4):
        x = np.swapaxes(np.flip(x, second), first, second)
    return x


def band(below: bool) -> Callable[..., np.ndarray]:
    """Zero above the k-th diagonal of the last two axes, or below it."""

    def plan(x: np.ndarray, k: int) -> np.ndarray:
        rows, columns = np.indices(x.shape[-2:])
        kept = columns - rows <= k if below else columns - rows >= k
        result = np.where(kept, x, ZERO)
        if not -(2**31) < k < 2**31:
            raise Undefined(f"k {k}: beyond 32 bits", {"": result})
        return result

    return plan


def diagonal(x: np.ndarray, k: int, axis1: int, axis2: int) -> np.ndarray:
    """The k-th diagonal of two axes, as the last axis; empty where it lies outside (numpy.org, numpy.diagonal)."""
    first, second = axis_of(axis1, x.ndim, "axis1"), axis_of(axis2, x.ndim, "axis2")
    if first == second:
        raise Refused(f"axis1 {axis1} and axis2 {axis2}: the same")
    x = np.moveaxis(x, (first, second), (-2, -1))
    rows = np.arange(max(-k, 0), max(min(x.shape[-2], x.shape[-1] - k), max(-k, 0)))
    return x[..., rows, rows + k]


def diag(x: np.ndarray, k: int) -> np.ndarray:
    """A square matrix with x on its k-th diagonal."""
    size = x.size + abs(k)
    result = np.full((size, size), ZERO)
    rows = np.arange(x.size) + max(-k, 0)
    result[rows, rows + k] = x
    return result


def sliced(x: np.ndarray, slices: Sequence[Tuple[Optional[int], ...]]) -> np.ndarray:
    """Start, stop and step of every axis as Python's slices mean them (docs.python.org, slice objects)."""
    if any(step == 0 for _, _, step in slices):
        raise Refused("slices: a step of 0")
    return x[tuple(slice(*one) for one in slices)]


def dynamic_slice(x: np.ndarray, starts: Axes, sizes: Axes) -> np.ndarray:
    """A window of given sizes; out of bounds JAX moves it inside (docs.jax.dev, jax.lax.dynamic_slice)."""
    if any(size > length for size, length in zip(sizes, x.shape)):
        raise Refused(f"sizes {tuple(sizes)}: larger than x, {x.shape}")
    return moved_inside(x.shape, starts, sizes, lambda first: x[window(first, sizes)])


def moved_inside(shape: Axes, starts: Axes, sizes: Axes, result: Callable[[List[int]], np.ndarray]) -> np.ndarray:
    """The result at the starts; where the window is out of bounds, at the nearest inside, negative starts counted from the end or not."""
    if all(0 <= start <= length - size for start, size, length in zip(starts, sizes, shape)):
        return result(list(starts))

    def clamped(starts: Axes) -> List[int]:
        return [min(max(start, 0), length - size) for start, size, length in zip(starts, sizes, shape)]

    wrapped = [start + length if start < 0 else start for start, length in zip(starts, shape)]
    raise Undefined(
        f"starts {tuple(starts)}: the window is out of bounds",
        {"wrap, clamp": result(clamped(wrapped)), "clamp": result(clamped(starts))},
    )


def window(starts: Axes, sizes: Axes) -> Tuple[slice, ...]:
    """The slices of a window."""
    return tuple(slice(start, start + size) for start, size in zip(starts, sizes))


def dynamic_update_slice(x: np.ndarray, updates: np.ndarray, starts: Axes) -> np.ndarray:
    """A window overwritten; out of bounds JAX moves it inside (docs.jax.dev, jax.lax.dynamic_update_slice)."""
    if any(size > length for size, length in zip(updates.shape, x.shape)):
        raise Refused(f"updates {updates.shape}: larger than x, {x.shape}")

    def written(first: List[int]) -> np.ndarray:
        result = x.copy()
        result[window(first, updates.shape)] = updates
        return result

    return moved_inside(x.shape, starts, updates.shape, written)


def masked(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The elements where the mask holds, in row-major order."""
    return x[mask]


def clamps(case: Case) -> str:
    """JAX's documented convention: negative starts count from the end, then the window moves inside."""
    return "wrap, clamp" if case.parameters["indices_are"] != "inside" else ""


def refuses(case: Case) -> str:
    """What raises where the window is out of bounds."""
    return REFUSES if case.parameters["indices_are"] != "inside" else ""


def forward(case: Case) -> bool:
    """Whether every step is positive, or zero, which is refused."""
    return all(step is None or step >= 0 for _, _, step in case.parameters["slices"])


def simple_axes(case: Case) -> bool:
    """Whether the last two axes are meant, in order."""
    rank = len(case.inputs["x"].shape)
    return case.parameters["axis1"] in (-2, rank - 2) and case.parameters["axis2"] in (-1, rank - 1)


def has_diagonal(case: Case) -> bool:
    """Whether the diagonal lies within the matrix: tf.linalg.diag_part takes no other."""
    rows, columns = case.inputs["x"].shape[-2:]
    return simple_axes(case) and -rows < case.parameters["k"] < columns


# fmt: off
row("where", "x y condition", where, {
    "torch": "torch.where(condition, x, y)",
    "tensorflow": "tf.where(condition, x, y)",
    "jax": "jax.numpy.where(condition, x, y)",
    "keras": "keras.ops.where(condition, x, y)",
}, "x where the condition holds, else y", moved="x y")
row("roll", "x", roll, {
    "torch": "torch.roll(x, shift, axis)",
    "tensorflow": ask("tf.roll(x, shift, axis)", when=lambda case: case.parameters["axis"] is not None),
    "jax": "jax.numpy.roll(x, shift, axis)",
    "keras": "keras.ops.roll(x, shift, axis)",
}, "elements shifted around")
row("flip", "x", flip, {
    "torch": "torch.flip(x, axis)",
    "tensorflow": "tf.reverse(x, list(axis))",
    "jax": "jax.numpy.flip(x, axis)",
    "keras": "keras.ops.flip(x, axis)",
}, "axes reversed")
row("rot90", "x", rot90, {
    "torch": "torch.rot90(x, k, axes)",
    "jax": "jax.numpy.rot90(x, k, axes)",
    "keras": "keras.ops.rot90(x, k, axes)",
}, "quarter turns in a plane")
for _name, _below in (("tril", True), ("triu", False)):
    row(_name, "x", band(_below), {
        "torch": f"torch.{_name}(x, k)",
        "jax": f"jax.numpy.{_name}(x, k)",
        "keras": f"keras.ops.{_name}(x, k)",
        "tensorflow": f"tf.experimental.numpy.{_name}(x, k)",
    }, f"the {'lower' if _below else 'upper'} triangle", "triangle")
row("diagonal", "x", diagonal, {
    "torch": "torch.diagonal(x, k, axis1, axis2)",
    "tensorflow": ask("tf.linalg.diag_part(x, k=k)", when=has_diagonal),
    "jax": "jax.numpy.diagonal(x, k, axis1, axis2)",
    "keras": "keras.ops.diagonal(x, k, axis1, axis2)",
}, "a diagonal of two axes")
row("diag", "x", diag, {
    "torch": "torch.diag(x, k)",
    "tensorflow": "tf.linalg.diag(x, k=k)",
    "jax": "jax.numpy.diag(x, k)",
    "keras": "keras.ops.diag(x, k)",
}, "a matrix with x on a diagonal")
row("slice", "x", sliced, {
    "torch": ask("torch.Tensor.__getitem__(x, tuple(slice(*one) for one in slices))", when=forward),
    "tensorflow": "tf.Tensor.__getitem__(x, tuple(slice(*one) for one in slices))",
    "jax": "jax.numpy.asarray(x)[tuple(slice(*one) for one in slices)]",
    "keras": ask("keras.ops.get_item(x, tuple(slice(*one) for one in slices))", when=forward),
}, "slices with start, stop and step", "slices")
row("dynamic_slice", "x", dynamic_slice, {
    "tensorflow": ask("tf.slice(x, starts, sizes)", convention=refuses),
    "jax": ask("jax.lax.dynamic_slice(x, starts, sizes)", convention=clamps),
    "keras": "keras.ops.slice(x, starts, sizes)",
}, "a window of given sizes")
row("dynamic_update_slice", "x updates", dynamic_update_slice, {
    "jax": ask("jax.lax.dynamic_update_slice(x, updates, starts)", convention=clamps),
    "keras": "keras.ops.slice_update(x, starts, updates)",
}, "a window overwritten", moved="x updates")
row("boolean_mask", "x mask", masked, {
    "torch": ask("torch.masked_select(x, mask)", modes=("eager",)),
    "tensorflow": ask("tf.boolean_mask(x, mask)", when=lambda case: len(case.inputs["x"].shape) > 0),
    "jax": ask("jax.numpy.asarray(x)[mask]", modes=("eager",)),
}, "the elements where a mask holds", "mask")
# fmt: on
