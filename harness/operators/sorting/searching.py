"""Insertion points, membership, distinct elements, counts of values and of bins, partitions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Mapping, Sequence, Tuple

import numpy as np

from harness.case import Case
from harness.formats import kind_of
from harness.meaning import Expected, Meaning, Property, Rule
from harness.operators.reductions.sums import integers, sum_of, wide_of
from harness.operators.sorting.orders import element, indices, tiny_of
from harness.operators.sorting.table import FLOATS, NUMBERS, row
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


def bincount_meaning(case: Case, arrays: Arrays) -> Meaning:
    """How often each integer from 0 on occurs, or the sum of the weights at it; at least ``minlength`` of them."""
    x, weights = arrays["x"].astype(np.int64), arrays.get("w")
    if weights is not None and weights.shape != x.shape:
        return Meaning(Rule.REFUSE, f"w of shape {weights.shape}: must have the shape {x.shape} of x")
    if (x < 0).any():
        return Meaning(Rule.EITHER, "x: has negative integers, which NumPy and torch refuse and others leave out")
    length = max(int(x.max(initial=-1)) + 1, case.parameters["minlength"])
    counts = np.bincount(x, minlength=length)
    if weights is None:
        own = replace(indices(counts), other_dtypes=("int32",))
        return Meaning(Rule.COMPUTE, "", {"": (own,)})
    dtype = case.inputs["w"].dtype
    wide = wide_of(weights, dtype)

    def along(rows: np.ndarray) -> np.ndarray:
        total = np.zeros(length, rows.dtype)
        np.add.at(total, x, rows)
        return total

    return Meaning(Rule.COMPUTE, "", {"": (sum_of(wide, dtype, along=along),)})


INSIDE, CLAMPED = "others are left out", "others count in the first or last bin"
"""What becomes of values outside the range."""

RANGE = (-8.0, 8.0)
"""Range of histograms: with a power of two of bins every edge is an integer, or a half of one, and no value is near one by rounding."""


def histogram_meaning(case: Case, arrays: Arrays) -> Meaning:
    """How many elements lie in each of ``bins`` intervals of equal width, closed on the left, the last one on both sides."""
    x, bins = wide_of(arrays["x"], case.dtype).reshape(-1), case.parameters["bins"]
    low, high = case.parameters["low"], case.parameters["high"]
    position = np.floor((x - low) / (high - low) * bins)
    position = np.where(x == high, bins - 1, position)
    inside = (x >= low) & (x <= high)
    counted = np.bincount(position[inside].astype(np.int64), minlength=bins)
    clamped = np.bincount(np.clip(position, 0, bins - 1).astype(np.int64), minlength=bins)
    others = ("int32", "float32", "float64", "float16", "bfloat16")
    variants = {
        INSIDE: (replace(indices(counted), other_dtypes=others),),
        CLAMPED: (replace(indices(clamped), other_dtypes=others),),
    }
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
BINS = (("bins", (4, 1, 2, 8, 16, 32)), ("low", (-8.0,)), ("high", (8.0,)))


def unweighted(case: Case) -> bool:
    """Whether there are no weights."""
    return "w" not in case.inputs


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
row("bincount", "x w", bincount_meaning, lambda: drawn("counted"), {
    "torch": ask("torch.bincount(x, weights=w, minlength=minlength)", **EAGER),
    "tensorflow": ask("tf.math.bincount(x, weights=w, minlength=minlength)", when=lambda case: case.dtype in ("int32", "int64"), **GRAPH),
    "jax": ask("jax.numpy.bincount(x, weights=w, minlength=minlength)", **EAGER),
    "keras": ask("keras.ops.bincount(x, weights=w, minlength=minlength)", **EAGER),
}, "how often each integer occurs", regimes={"integer": ("rounding",)})
row("histogram", "x", histogram_meaning, lambda: drawn("array", FLOATS, BINS), {
    "torch": ask("torch.histc(x, bins=bins, min=low, max=high)", convention=lambda case: INSIDE, **EAGER),
    "tensorflow": ask("tf.histogram_fixed_width(x, [tf.cast(low, x.dtype), tf.cast(high, x.dtype)], nbins=bins)",
                      convention=lambda case: CLAMPED,
                      when=lambda case: case.dtype in ("float32", "float64")),
    "jax": ask("jax.numpy.histogram(x, bins=bins, range=(low, high))[0]", convention=lambda case: INSIDE),
    "keras": ask("keras.ops.histogram(x, bins=bins, range=(low, high))[0]", modes=("eager", "compiled", "graph"), when=flat),
}, "how many elements lie in each of equal intervals", regimes={"float": ("exact", "near")}, points=(-8.0, 8.0, 100.0, -100.0))
row("argpartition", "x", partition_meaning, lambda: drawn("largest", NUMBERS, (), name="kth", last=1), {
    "jax": ask("jax.numpy.argpartition(x, kth)"),
    "keras": ask("keras.ops.argpartition(x, kth)"),
}, "an order that divides the elements at a position", regimes=PLAIN)
# fmt: on
