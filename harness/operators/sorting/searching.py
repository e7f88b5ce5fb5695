"""Insertion points, membership, distinct elements, partitions."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Sequence, Tuple

import numpy as np

from harness.case import Case
from harness.formats import kind_of
from harness.meaning import Expected, Meaning, Property, Rule
from harness.operators.reductions.sums import integers, wide_of
from harness.operators.sorting.orders import element, indices, tiny_of
from harness.operators.sorting.table import NUMBERS, row
from harness.plain import ask

Arrays = Mapping[str, np.ndarray]

PLAIN: Mapping[str, Tuple[str, ...]] = {"float": ("exact", "rounding"), "integer": ("exact", "rounding")}
"""Value sets without NaN and subnormal numbers: these operators are about which elements are equal."""


def numbers(array: np.ndarray, dtype: str) -> np.ndarray:
    """The array in the reference dtype, integers in their own."""
    return wide_of(array, dtype) if kind_of(dtype) == "float" else array


def search_meaning(case: Case, arrays: Arrays) -> Meaning:
    """Where each of ``v`` would be inserted into the sorted ``x``: before equal elements (left) or behind them (right)."""
    sequence = np.sort(numbers(arrays["x"], case.dtype))
    found = np.searchsorted(sequence, numbers(arrays["v"], case.dtype), side=case.parameters["side"])
    return Meaning(Rule.COMPUTE, "", {"": (indices(np.asarray(found)),)})


def member_meaning(case: Case, arrays: Arrays) -> Meaning:
    """Whether each element of ``v`` occurs in ``x``."""
    found = np.isin(numbers(arrays["v"], case.dtype), numbers(arrays["x"], case.dtype))
    return Meaning(Rule.COMPUTE, "", {"": (integers(np.asarray(found), "bool"),)})


ASCENDING, APPEARANCE = "ascending", "by first appearance"
"""Order of distinct elements."""


def unique_meaning(case: Case, arrays: Arrays) -> Meaning:
    """The distinct elements, with their counts or with the index of each element's value among them."""
    x = numbers(arrays["x"], case.dtype).reshape(-1)
    values, first, inverse, counts = np.unique(x, return_index=True, return_inverse=True, return_counts=True)
    variants: Dict[str, Tuple[Expected, ...]] = {}
    for name, order in ((ASCENDING, np.arange(len(values))), (APPEARANCE, np.argsort(first, kind="stable"))):
        outputs = [element(values[order], case.dtype, "values")]
        if case.operator == "unique_counts":
            outputs.append(indices(counts[order], name="counts"))
        if case.operator == "unique_inverse":
            rank = np.argsort(order)
            where = rank[inverse].reshape(case.inputs["x"].shape)
            outputs.append(indices(where, name="inverse"))
        variants[name] = tuple(outputs)
    return Meaning(Rule.COMPUTE, "", variants)


def divides(outputs: Sequence[np.ndarray], rows: np.ndarray, kth: int, tiny: float) -> np.ndarray:
    """0 where the indices are a permutation with nothing larger before, and nothing smaller behind, the position ``kth``; 2 elsewhere."""
    flat = rows.reshape(rows.size // max(rows.shape[-1], 1), rows.shape[-1])
    index = np.asarray(outputs[0]).astype(np.int64).reshape(flat.shape)
    inside = (index >= 0) & (index < rows.shape[-1])
    found = np.take_along_axis(flat, np.where(inside, index, 0), axis=-1)
    once = (np.sort(index, axis=-1) == np.arange(rows.shape[-1])).all(axis=-1)
    pivot = found[:, kth : kth + 1]
    before = (found[:, :kth] <= pivot).all(axis=-1)
    behind = (found[:, kth:] >= pivot).all(axis=-1)
    return np.where(once & before & behind, 0.0, 2.0)


def partition_meaning(case: Case, arrays: Arrays) -> Meaning:
    """An order in which the element at ``kth`` stands where sorting would put it, smaller ones before it, larger ones behind."""
    x, kth = arrays["x"], case.parameters["kth"]
    if not -x.shape[-1] <= kth < x.shape[-1]:
        return Meaning(Rule.REFUSE, f"kth {kth}: must lie in [{-x.shape[-1]}, {x.shape[-1]})")
    rows = numbers(x, case.dtype)
    plain = rows.astype(np.float64) if rows.dtype.kind == "f" else rows
    facts = {"rows": plain, "kth": kth % x.shape[-1], "tiny": tiny_of(case)}
    order = np.argsort(rows, axis=-1, kind="stable")
    wanted = Property("x[y] is divided at kth and y is a permutation", divides, facts)
    return Meaning(Rule.COMPUTE, "", {"": (indices(order, wanted),)})


def drawn(maker: str, *arguments: Any, **named: Any) -> Any:
    """The structures that the function ``maker`` of ``strategies.sorting`` draws."""
    from strategies import sorting

    return getattr(sorting, maker)(*arguments, **named)


EAGER = {"modes": ("eager",)}
GRAPH = {"modes": ("eager", "graph")}
SIDE = (("side", ("left", "right")),)


def flat(case: Case) -> bool:
    """Whether the input has one axis."""
    return len(case.inputs["x"].shape) == 1


# fmt: off
row("searchsorted", "x v", search_meaning, lambda: drawn("searched", NUMBERS, SIDE, "v"), {
    "torch": ask("torch.searchsorted(torch.sort(x).values, v, side=side)", composed=True),
    "tensorflow": ask("tf.searchsorted(tf.sort(x), v, side=side)", composed=True, when=lambda case: len(case.inputs["v"].shape) == 1),
    "jax": ask("jax.numpy.searchsorted(jax.numpy.sort(x), v, side=side)", composed=True),
    "keras": ask("keras.ops.searchsorted(keras.ops.sort(x), v, side=side)", composed=True),
}, "where values would be inserted into a sorted sequence", regimes=PLAIN)
row("digitize", "x v", search_meaning, lambda: drawn("searched", NUMBERS, (("side", ("right", "left")),), "v"), {
    "torch": ask("torch.bucketize(v, torch.sort(x).values, right=side == 'right')", composed=True),
    "jax": ask("jax.numpy.digitize(v, jax.numpy.sort(x), right=side == 'left')", composed=True),
    "keras": ask("keras.ops.digitize(v, keras.ops.sort(x))", composed=True, when=lambda case: case.parameters["side"] == "right"),
}, "the bins that values belong to", regimes=PLAIN)
row("isin", "x v", member_meaning, lambda: drawn("searched", NUMBERS, (), "v"), {
    "torch": "torch.isin(v, x)",
    "jax": "jax.numpy.isin(v, x)",
    "keras": "keras.ops.isin(v, x)",
}, "whether values occur in a sequence", regimes=PLAIN)
row("unique", "x", unique_meaning, lambda: drawn("array", NUMBERS, ()), {
    "torch": ask("torch.unique(x, sorted=True)", convention=lambda case: ASCENDING, **EAGER),
    "tensorflow": ask("tf.unique(x).y", when=flat, convention=lambda case: APPEARANCE, **GRAPH),
    "jax": ask("jax.numpy.unique(x)", convention=lambda case: ASCENDING, **EAGER),
    "keras": ask("keras.ops.unique(x)", convention=lambda case: ASCENDING, **EAGER),
}, "the distinct elements", regimes=PLAIN)
row("unique_counts", "x", unique_meaning, lambda: drawn("array", NUMBERS, ()), {
    "torch": ask("torch.unique(x, sorted=True, return_counts=True)", convention=lambda case: ASCENDING, **EAGER),
    "tensorflow": ask("tf.unique_with_counts(x)[::2]", when=flat, convention=lambda case: APPEARANCE, **GRAPH),
    "jax": ask("jax.numpy.unique(x, return_counts=True)", convention=lambda case: ASCENDING, **EAGER),
    "keras": ask("keras.ops.unique(x, return_counts=True)", convention=lambda case: ASCENDING, **EAGER),
}, "the distinct elements and how often they occur", regimes=PLAIN)
row("unique_inverse", "x", unique_meaning, lambda: drawn("array", NUMBERS, ()), {
    "torch": ask("torch.unique(x, sorted=True, return_inverse=True)", convention=lambda case: ASCENDING, **EAGER),
    "tensorflow": ask("tuple(tf.unique(x))", when=flat, convention=lambda case: APPEARANCE, **GRAPH),
    "jax": ask("jax.numpy.unique(x, return_inverse=True)", convention=lambda case: ASCENDING, **EAGER),
    "keras": ask("keras.ops.unique(x, return_inverse=True)", convention=lambda case: ASCENDING, **EAGER),
}, "the distinct elements and which of them each element is", regimes=PLAIN)
row("argpartition", "x", partition_meaning, lambda: drawn("largest", NUMBERS, (), name="kth", last=1), {
    "jax": ask("jax.numpy.argpartition(x, kth)"),
    "keras": ask("keras.ops.argpartition(x, kth)"),
}, "an order that divides the elements at a position", regimes=PLAIN)
# fmt: on
