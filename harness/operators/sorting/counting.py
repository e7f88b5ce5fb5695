"""Counts of values and of bins, and sums of weights by either."""

from __future__ import annotations

from dataclasses import replace
from typing import Mapping, Tuple

import numpy as np

from harness.case import Case
from harness.formats import numpy_dtype
from harness.meaning import Expected, Meaning, Rule
from harness.operators.reductions.sums import sum_of, wide_of
from harness.operators.sorting.orders import indices
from harness.operators.sorting.searching import EAGER, GRAPH, drawn, flat
from harness.operators.sorting.table import FLOATS, row
from harness.plain import ask

Arrays = Mapping[str, np.ndarray]


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
        return Meaning(Rule.COMPUTE, "", {"": (indices(counts),)})
    dtype = case.inputs["w"].dtype
    wide = wide_of(weights, dtype)

    def along(rows: np.ndarray) -> np.ndarray:
        total = np.zeros(length, rows.dtype)
        np.add.at(total, x, rows)
        return total

    total = sum_of(wide, dtype, along=along)
    if (
        not x.size
    ):  # NumPy's weighted counts of nothing are integers, and so are torch's; no document says of which dtype they are
        total = replace(total, other_dtypes=("int64",))
    return Meaning(Rule.COMPUTE, "", {"": (total,)})


INSIDE, CLAMPED = "others are left out", "others count in the first or last bin"
"""What becomes of values outside the range."""

RANGE = (-8.0, 8.0)
"""Range of histograms: with a power of two of bins every edge is an integer, or a half of one, and no value is near one by rounding."""


def bins_of(case: Case, x: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Per element the bin, closed on the left and the last one on both sides, and whether it lies in the range."""
    bins, low, high = (case.parameters[name] for name in ("bins", "low", "high"))
    position = np.floor((x - low) / (high - low) * bins)
    return np.where(x == high, bins - 1, position), (x >= low) & (x <= high)


def histogram_meaning(case: Case, arrays: Arrays) -> Meaning:
    """How many elements lie in each of ``bins`` intervals of equal width; counts in the dtype of the elements are rounded to it."""
    bins = case.parameters["bins"]
    position, inside = bins_of(case, wide_of(arrays["x"], case.dtype).reshape(-1))
    counts = {
        INSIDE: np.bincount(position[inside].astype(np.int64), minlength=bins),
        CLAMPED: np.bincount(np.clip(position, 0, bins - 1).astype(np.int64), minlength=bins),
    }
    variants = {name: (counted_in(counted, case.dtype),) for name, counted in counts.items()}
    return Meaning(Rule.COMPUTE, "", variants)


def counted_in(counts: np.ndarray, dtype: str) -> Expected:
    """Counts, exact or rounded to the dtype."""
    exact, none = indices(counts), np.zeros(counts.shape)
    rounded = counts.astype(numpy_dtype(dtype)).astype(np.longdouble)
    readings = (exact.values[0], rounded) if (rounded != counts).any() else exact.values
    others = ("int32", "float32", "float64", "float16", "bfloat16")
    return replace(exact, exact=False, values=readings, bound=lambda *facts: none, other_dtypes=others)


def weighted_meaning(case: Case, arrays: Arrays) -> Meaning:
    """The sum of the weights of the elements in each of ``bins`` intervals, those outside the range left out."""
    x, dtype = wide_of(arrays["x"], case.dtype).reshape(-1), case.inputs["w"].dtype
    if arrays["w"].shape != arrays["x"].shape:
        return Meaning(Rule.REFUSE, f"w of shape {arrays['w'].shape}: must have the shape {arrays['x'].shape} of x")
    position, inside = bins_of(case, x)
    places = position[inside].astype(np.int64)

    def along(rows: np.ndarray) -> np.ndarray:
        total = np.zeros(case.parameters["bins"], rows.dtype)
        np.add.at(total, places, rows[inside])
        return total

    return Meaning(Rule.COMPUTE, "", {"": (sum_of(wide_of(arrays["w"], dtype).reshape(-1), dtype, along=along),)})


BINS = (("bins", (4, 1, 2, 8, 16, 32)), ("low", (-8.0,)), ("high", (8.0,)))

# fmt: off
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
row("histogram_weighted", "x w", weighted_meaning, lambda: drawn("binned", ("float32", "float32", "float64"), BINS), {
    "torch": ask("torch.histogram(x, bins, range=(low, high), weight=w).hist", **EAGER),
    "jax": ask("jax.numpy.histogram(x, bins=bins, range=(low, high), weights=w)[0]"),
}, "the sum of the weights of the elements in each of equal intervals", regimes={"float": ("exact", "near")},
    points=(-8.0, 8.0, 100.0, -100.0))
# fmt: on
