"""Sorting, and the order that sorts.

NaN is larger than every number (NumPy, torch and JAX document it; the Python array API leaves it open); zeros of either sign are
equal. Results that ties leave open are judged by what they must fulfil.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Mapping, Sequence, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case, Kind, KnownDifference
from harness.formats import FLOATS as FORMATS
from harness.formats import kind_of
from harness.meaning import Expected, Meaning, Property, Rule
from harness.operators.elementwise.bounds import flushed_to_zero
from harness.operators.reductions.axes import Reduced, is_scalar_axis, moved, reduced
from harness.operators.reductions.sums import integers, unchanged, wide_of
from harness.operators.sorting.table import NUMBERS, row
from harness.plain import ask

Arrays = Mapping[str, np.ndarray]

LARGEST, OPEN = "NaN is the largest", "NaN stands anywhere"
"""Where NaN stands in the order: documented, or nothing said."""


def order_of(rows: np.ndarray, descending: bool) -> np.ndarray:
    """The stable order of each row, NaN as the largest: equal elements keep their order in either direction."""
    if not descending:
        return np.argsort(rows, axis=-1, kind="stable")
    backward = np.argsort(rows[..., ::-1], axis=-1, kind="stable")
    return rows.shape[-1] - 1 - backward[..., ::-1]


def element(value: np.ndarray, dtype: str, name: str = "y") -> Expected:
    """An output of elements of the input, exact."""
    return unchanged(value, dtype, name=name) if kind_of(dtype) == "float" else integers(value, dtype, name)


def sorts(outputs: Sequence[np.ndarray], rows: np.ndarray, descending: bool, axis: int, tiny: float) -> np.ndarray:
    """0 where the indices are a permutation of each row that puts it in order (NaN as the largest), 2 elsewhere.

    Numbers below ``tiny``, the smallest normal number, may stand in any order: they are zeros where subnormal numbers are flushed.
    """
    flat = rows.reshape(rows.size // max(rows.shape[-1], 1), rows.shape[-1])
    index = np.moveaxis(np.asarray(outputs[-1]).astype(np.int64), axis, -1).reshape(flat.shape)
    inside = (index >= 0) & (index < rows.shape[-1])
    found = np.take_along_axis(flat, np.where(inside, index, 0), axis=-1)
    once = (np.sort(index, axis=-1) == np.arange(rows.shape[-1])).all(axis=-1)
    before, after = (found[:, 1:], found[:, :-1]) if descending else (found[:, :-1], found[:, 1:])
    nan = np.isnan(after) if found.dtype.kind == "f" else np.zeros(after.shape, bool)
    close = (np.abs(before) < tiny) & (np.abs(after) < tiny)
    ordered = ((before <= after) | nan | close).all(axis=-1)
    return np.where(once & ordered, 0.0, 2.0)


def permutes(outputs: Sequence[np.ndarray], rows: np.ndarray, descending: bool, axis: int, tiny: float) -> np.ndarray:
    """0 where the indices are a permutation of each row that puts its numbers in order in rows without NaN; 2 elsewhere."""
    flat = rows.reshape(rows.size // max(rows.shape[-1], 1), rows.shape[-1])
    index = np.moveaxis(np.asarray(outputs[-1]).astype(np.int64), axis, -1).reshape(flat.shape)
    once = (np.sort(index, axis=-1) == np.arange(rows.shape[-1])).all(axis=-1)
    inside = (index >= 0) & (index < rows.shape[-1])
    found = np.take_along_axis(flat, np.where(inside, index, 0), axis=-1)
    before, after = (found[:, 1:], found[:, :-1]) if descending else (found[:, :-1], found[:, 1:])
    close = (np.abs(before) < tiny) & (np.abs(after) < tiny)
    ordered = ((before <= after) | close).all(axis=-1) | np.isnan(flat).any(axis=-1)
    return np.where(once & ordered, 0.0, 2.0)


def prepared(case: Case, arrays: Arrays) -> Any:
    """The rows along the case's axis and how they lie, or the meaning of a case that has none."""
    shape, axis = case.inputs["x"].shape, case.parameters["axis"]
    if is_scalar_axis(shape, axis):
        return Meaning(Rule.EITHER, f"axis {axis}: an array without axes has none, though some frameworks allow it")
    how = reduced(shape, axis)
    if isinstance(how, str):
        return Meaning(Rule.REFUSE, how)
    rows = how.rows(arrays["x"])
    return how, wide_of(rows, case.dtype) if kind_of(case.dtype) == "float" else rows


def back(expected: Expected, how: Reduced) -> Expected:
    """The output of rows as one of the input's axes."""
    return moved(expected, how.back, how.shape)


def sort_meaning(case: Case, arrays: Arrays) -> Meaning:
    """The elements of each row in order; the gradient returns each cotangent to where its element came from.

    Which of equal elements is which is open, so a gradient is free there.
    """
    found = prepared(case, arrays)
    if isinstance(found, Meaning):
        return found
    how, rows = found
    order = order_of(rows, case.parameters["descending"])
    if case.quantity == GRADIENT:
        cotangent = how.rows(wide_of(arrays[COTANGENT], case.dtype))
        product = np.empty_like(cotangent)
        np.put_along_axis(product, order, cotangent, axis=-1)
        exact = unchanged(product, case.dtype, name="x", free=tied(rows, order, case))
        return Meaning(Rule.COMPUTE, "", {"": (back(exact, how),)})
    value = element(np.take_along_axis(rows, order, axis=-1), case.dtype)
    variants = {LARGEST: (back(value, how),)}
    if kind_of(case.dtype) == "float" and np.isnan(rows).any():
        free = np.broadcast_to(np.isnan(rows).any(axis=-1, keepdims=True), rows.shape)
        variants[OPEN] = (back(replace(value, free=free), how),)
        return Meaning(Rule.COMPUTE, "", variants)
    return Meaning(Rule.COMPUTE, "", {"": (back(value, how),)})


def tied(rows: np.ndarray, order: np.ndarray, case: Case) -> np.ndarray:
    """Mask of the elements that have an equal one in their row, subnormal ones being equal to each other."""
    ordered = np.take_along_axis(flushed_to_zero(rows, case.dtype), order, axis=-1)
    same = ordered[..., 1:] == ordered[..., :-1]
    none = np.zeros((*rows.shape[:-1], 1), bool)
    either = np.concatenate([same, none], axis=-1) | np.concatenate([none, same], axis=-1)
    mask = np.empty(rows.shape, bool)
    np.put_along_axis(mask, order, either, axis=-1)
    return mask


def tiny_of(case: Case) -> float:
    """The smallest normal number of a float dtype, below which numbers may count as zero; 0 for integers."""
    return FORMATS[case.dtype].smallest_normal if kind_of(case.dtype) == "float" else 0.0


def indices(order: np.ndarray, wanted: Any = None, name: str = "y") -> Expected:
    """Indices, exact or by a property, in either integer dtype that frameworks use for them."""
    return replace(integers(order, "int64", name), exact=wanted is None, property=wanted, other_dtypes=("int32",))


def argsort_meaning(case: Case, arrays: Arrays) -> Meaning:
    """The indices that put each row in order; where equal elements may stand in any order, by that property."""
    found = prepared(case, arrays)
    if isinstance(found, Meaning):
        return found
    how, rows = found
    descending = case.parameters["descending"]
    order = order_of(rows, descending)
    small = tiny_of(case)
    plain = rows.astype(np.float64) if rows.dtype.kind == "f" else rows
    facts = {"rows": plain, "descending": descending, "axis": how.axes[0], "tiny": small}
    by_order = back(indices(order, Property("x[y] is in order and y is a permutation", sorts, facts)), how)
    crowded = rows.dtype.kind == "f" and bool((np.abs(rows) < small).sum() > 1)
    stable = back(indices(order), how) if case.parameters["stable"] and not crowded else by_order
    if rows.dtype.kind == "f" and np.isnan(rows).any():
        words = "x[y] is in order where no NaN is, and y is a permutation"
        anywhere = back(indices(order, Property(words, permutes, facts)), how)
        return Meaning(Rule.COMPUTE, "", {LARGEST: (stable,), OPEN: (anywhere,)})
    return Meaning(Rule.COMPUTE, "", {"": (stable,)})


def nan_largest(case: Case) -> str:
    """The convention of frameworks that document NaN as the largest element."""
    return LARGEST


AXIS = (("descending", (False, True)),)
STABLE = (*AXIS, ("stable", (True, False)))


def by_axis(parameters: Tuple[Tuple[str, Tuple[Any, ...]], ...]) -> Any:
    """Structures of an array with an axis."""
    from strategies import sorting

    return sorting.along_axis(NUMBERS, parameters)


META_AXIS = (
    KnownDifference(
        "torch:*:abstract",
        Kind.DESCRIBED_INVALID,
        "must lie in",
        "a meta tensor's axis is not checked, of sort and argsort",
        "https://github.com/pytorch/pytorch/pull/192390; open",
        "reported",
        name="axis of a sorted meta tensor",
    ),
)

# fmt: off
row("sort", "x", sort_meaning, lambda: by_axis(AXIS), {
    "torch": ask("torch.sort(x, dim=axis, descending=descending).values"),
    "tensorflow": "tf.sort(x, axis=axis, direction='DESCENDING' if descending else 'ASCENDING')",
    "jax": "jax.numpy.sort(x, axis=axis, descending=descending)",
    "keras": ask("keras.ops.sort(x, axis=axis)", when=lambda case: not case.parameters["descending"]),
}, "the elements along an axis in order", result=lambda case: case.inputs["x"].shape, known=META_AXIS)
row("argsort", "x", argsort_meaning, lambda: by_axis(STABLE), {
    "torch": "torch.argsort(x, dim=axis, descending=descending, stable=stable)",
    "tensorflow": "tf.argsort(x, axis=axis, direction='DESCENDING' if descending else 'ASCENDING', stable=stable)",
    "jax": "jax.numpy.argsort(x, axis=axis, descending=descending, stable=stable)",
    "keras": ask("keras.ops.argsort(x, axis=axis)", when=lambda case: not case.parameters["descending"] and not case.parameters["stable"]),
}, "the indices that put the elements along an axis in order", known=META_AXIS)
# fmt: on
