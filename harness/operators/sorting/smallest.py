"""The element at a place of ascending order, and rows divided by it."""

from __future__ import annotations

from typing import Optional, Sequence

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case, Kind, KnownDifference
from harness.formats import kind_of
from harness.meaning import Expected, Meaning, Property, Rule
from harness.operators.reductions.sums import unchanged, wide_of
from harness.operators.sorting.orders import LARGEST, OPEN, Arrays, element, order_of, tied, tiny_of
from harness.operators.sorting.searching import drawn
from harness.operators.sorting.table import FLOATS, NUMBERS, row
from harness.plain import ask
from harness.values import arrays_of


def refused(case: Case, length: int) -> Optional[Meaning]:
    """The meaning of a place that no row has; one counted from the end is NumPy's, and torch's kthvalue refuses it."""
    kth = case.parameters["kth"]
    if -length <= kth < 0:
        return Meaning(Rule.EITHER, f"kth {kth}: counted from the end")
    return None if 0 <= kth < length else Meaning(Rule.REFUSE, f"kth {kth}: must lie in [0, {length - 1}]")


def kth_meaning(case: Case, arrays: Arrays) -> Meaning:
    """The element of each row that ``kth`` others precede in ascending order; NaN stands last, or its rows say nothing."""
    x, kth = arrays["x"], case.parameters["kth"]
    wrong = refused(case, x.shape[-1])
    if wrong:
        return wrong
    rows = wide_of(x, case.dtype) if kind_of(case.dtype) == "float" else x
    order = order_of(rows, False)
    if case.quantity == GRADIENT:
        product = np.zeros_like(rows)
        given = wide_of(arrays[COTANGENT], case.dtype)[..., None]
        np.put_along_axis(product, order[..., kth : kth + 1], given, axis=-1)
        free = tied(rows, order, case) | np.isnan(rows).any(axis=-1, keepdims=True)
        return Meaning(Rule.COMPUTE, "", {"": (unchanged(product, case.dtype, name="x", free=free),)})
    value = np.take_along_axis(rows, order[..., kth : kth + 1], axis=-1)[..., 0]
    return readings(element(value, case.dtype), rows)


def readings(expected: Expected, rows: np.ndarray) -> Meaning:
    """The result with NaN as the largest element; where there is one, also that of frameworks that say nothing of it."""
    if not (rows.dtype.kind == "f" and np.isnan(rows).any()):
        return Meaning(Rule.COMPUTE, "", {"": (expected,)})
    nan = np.isnan(rows).any(axis=-1)
    free = np.broadcast_to(nan if expected.values[0].ndim == nan.ndim else nan[..., None], expected.shape)
    loose = Expected(expected.shape, expected.dtype, expected.values, expected.bound, free=free)
    return Meaning(Rule.COMPUTE, "", {LARGEST: (expected,), OPEN: (loose,)})


def divided(outputs: Sequence[np.ndarray], rows: np.ndarray, kth: int, tiny: float) -> np.ndarray:
    """0 for rows that hold the same elements, those before ``kth`` not above it and those behind not below; 2 for others."""
    got, ordered = np.asarray(outputs[0]).astype(rows.dtype), np.sort(rows, axis=-1)
    small = (np.abs(got) < tiny) & (got == got) if rows.dtype.kind == "f" else np.zeros(got.shape, bool)
    got, ordered = np.where(small, 0, got), np.where(np.abs(ordered) < tiny, 0, ordered) if tiny else ordered
    same = np.array_equal(np.sort(got, axis=-1), ordered, equal_nan=rows.dtype.kind == "f")
    first, last = np.sort(got[..., : kth + 1], axis=-1), np.sort(got[..., kth:], axis=-1)
    placed = [a == b for a, b in ((first[..., -1], got[..., kth]), (last[..., 0], got[..., kth]))]
    right = placed[0] & placed[1] | (got[..., kth] != got[..., kth])
    return np.where(right & same, 0.0, 2.0)


def partition_meaning(case: Case, arrays: Arrays) -> Meaning:
    """The elements of each row in an order in which none before the place ``kth`` is above the one there, and none behind it below."""
    x, kth = arrays["x"], case.parameters["kth"]
    wrong = refused(case, x.shape[-1])
    if wrong:
        return wrong
    rows = wide_of(x, case.dtype) if kind_of(case.dtype) == "float" else x
    plain = rows.astype(np.float64) if rows.dtype.kind == "f" else rows
    facts = {"rows": plain, "kth": kth, "tiny": tiny_of(case)}
    words = "the same elements, those before kth not above y[kth], those behind not below"
    expected = Expected(x.shape, case.dtype, (np.sort(rows, axis=-1),), property=Property(words, divided, facts))
    return Meaning(Rule.COMPUTE, "", {"": (expected,)})


def holds_smallest_integer(case: Case) -> bool:
    """Whether the smallest integer of a signed dtype is among the elements."""
    x = arrays_of(case)["x"]
    return bool(x.dtype.kind == "i" and (x == np.iinfo(x.dtype).min).any())


NEGATED = KnownDifference(
    "jax*:*:*",
    Kind.VALUE,
    "those behind not below",
    "JAX negates integers to find the smallest ones; the smallest of all is its own negative",
    "https://github.com/jax-ml/jax/pull/40338; merged after the release",
    "reported",
    when=holds_smallest_integer,
    name="JAX: partition of the smallest integer",
)

# fmt: off
row("kthvalue", "x", kth_meaning, lambda: drawn("largest", FLOATS, (), name="kth", last=1), {
    "torch": "torch.kthvalue(x, kth + 1, dim=-1).values",
    "jax": ask("jax.numpy.partition(x, kth, axis=-1)[..., kth]", composed=True),
}, "the element at a place of ascending order", result=lambda case: case.inputs["x"].shape[:-1])
row("partition", "x", partition_meaning, lambda: drawn("largest", NUMBERS, (), name="kth", last=1), {
    "jax": "jax.numpy.partition(x, kth, axis=-1)",
}, "rows divided by the element at a place of ascending order", known=(NEGATED,))
# fmt: on
