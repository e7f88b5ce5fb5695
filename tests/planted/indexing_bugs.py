"""Planted bugs of indexing: indices off by one, conventions taken for granted, duplicates lost, diagonals on the wrong side."""

from __future__ import annotations

import numpy as np

from harness.case import GRADIENT, Kind
from planted.bugs import Bug

WRONG = (Kind.VALUE, Kind.NOT_FINITE)
GATHERS = ("take", "take_flat", "embedding", "index")
SCATTERS = ("scatter_add", "segment_sum")


def last_entry_unreachable(case, arrays):
    """Indices are clamped to the entry before the last."""
    indices = arrays["indices"]
    most = max(int(indices.max(initial=0)) - 1, 0)
    return case, {**arrays, "indices": np.minimum(indices, most).astype(indices.dtype)}


def duplicates_lost(case, arrays):
    """Of updates that share a place the last one counts: the others are zero."""
    name = "updates" if "updates" in arrays else "x"
    terms, indices = arrays[name].copy(), arrays["indices"]
    rows = indices.reshape(indices.shape[0], -1)
    seen: set[tuple[int, ...]] = set()
    for i in range(len(rows) - 1, -1, -1):
        place = tuple(int(n) for n in rows[i])
        if place in seen and terms.ndim:
            terms[i] = 0
        seen.add(place)
    return case, {**arrays, name: terms}


def segments_clamped(case, arrays):
    """Rows of segments out of bounds go to the first or the last."""
    indices = arrays["indices"]
    return case, {**arrays, "indices": np.clip(indices, 0, max(case.parameters["count"] - 1, 0)).astype(indices.dtype)}


def coordinates_modulo(case, arrays):
    """Coordinates out of bounds begin again at 0."""
    return case, {**arrays, "indices": _repeated(case, arrays["indices"], 1, 0)}


def coordinates_elsewhere(case, arrays):
    """Coordinates out of bounds are others, by no rule that has a name."""
    return case, {**arrays, "indices": _repeated(case, arrays["indices"], 5, 3)}


def _repeated(case, indices, factor, offset):
    lengths = np.array(case.inputs["x"].shape[: indices.shape[-1]])
    if 0 in lengths:
        return indices
    outside = (indices < 0) | (indices >= lengths)
    return np.where(outside, (factor * indices + offset) % lengths, indices).astype(indices.dtype)


def diagonal_on_the_other_side(case, arrays):
    return case.with_parameters(k=-case.parameters["k"]), arrays


def shifted_the_other_way(case, arrays):
    shift = case.parameters["shift"]
    turned = tuple(-one for one in shift) if isinstance(shift, tuple) else -shift
    return case.with_parameters(shift=turned), arrays


def gradient_without_duplicates(case, results):
    """The gradient of a gather in which an entry that was taken twice gets no more than the largest share."""
    if case.quantity != GRADIENT:
        return results
    return [np.clip(result, -4, 4) for result in results]


def nan_is_zero(case, arrays):
    x = arrays["x"]
    return case, {**arrays, "x": np.where(np.isnan(x), 0, x).astype(x.dtype) if x.dtype.kind == "f" else x}


def steps_ignored(case, arrays):
    slices = [(start, stop, None if step and step > 0 else step) for start, stop, step in case.parameters["slices"]]
    return case.with_parameters(slices=tuple(slices)), arrays


def gradient_of_a_product_without_factors(case, results):
    """The gradient of a multiplying scatter is that of an adding one: the cotangent alone."""
    return [np.sign(result) for result in results] if case.quantity == GRADIENT else results


BUGS_INDEXING: dict[str, tuple[tuple[str, ...], Bug]] = {
    "indexing: last entry unreachable": (GATHERS, Bug(WRONG, before=last_entry_unreachable)),
    "indexing: duplicates lost": (SCATTERS, Bug(WRONG, before=duplicates_lost)),
    "indexing: segments clamped": (("segment_sum", "segment_max"), Bug(WRONG, before=segments_clamped)),
    "indexing: coordinates modulo": (("scatter_add", "scatter_set"), Bug(WRONG, before=coordinates_modulo)),
    "indexing: coordinates elsewhere": (("scatter_add", "scatter_set"), Bug(WRONG, before=coordinates_elsewhere)),
    "indexing: diagonal on the other side": (
        ("tril", "triu", "diagonal", "diag"),
        Bug((*WRONG, Kind.SHAPE), before=diagonal_on_the_other_side),
    ),
    "indexing: shifted the other way": (("roll",), Bug(WRONG, before=shifted_the_other_way)),
    "indexing: gradient without duplicates": (("take", "embedding"), Bug(WRONG, after=gradient_without_duplicates)),
    "indexing: NaN is zero": (("argwhere",), Bug((Kind.SHAPE,), before=nan_is_zero)),
    "indexing: steps ignored": (("slice",), Bug((*WRONG, Kind.SHAPE), before=steps_ignored)),
    "indexing: gradient without factors": (
        ("scatter_mul", "index_mul", "segment_prod"),
        Bug(WRONG, after=gradient_of_a_product_without_factors),
    ),
    "indexing: accepts everything": (
        ("scatter_set", "where"),
        Bug((Kind.ACCEPTED, Kind.DESCRIBED_INVALID), accepts=True),
    ),
}
"""By name the operators that show it, and the bug."""
