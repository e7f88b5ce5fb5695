"""Planted bugs of sorting and searching."""

from __future__ import annotations

import numpy as np

from harness.case import GRADIENT, Case, Kind
from planted.bugs import WRONG, Arrays, Bug, Results


def last_pair_swapped(case: Case, results: Results) -> Results:
    """The last two elements of rows longer than sixteen are swapped, as by a network one step too short."""
    axis = case.parameters.get("axis", -1)
    y = results[-1]
    if case.quantity == GRADIENT or y.ndim == 0 or y.shape[axis] <= 16:
        return results
    order = np.arange(y.shape[axis])
    order[[-1, -2]] = order[[-2, -1]]
    return [*results[:-1], np.take(y, order, axis=axis)]


def unstable(case: Case, arrays: Arrays) -> tuple[Case, Arrays]:
    """Equal elements come out in reverse."""
    x, axis = arrays["x"], case.parameters["axis"]
    if x.size < 2 or not case.parameters["stable"]:
        return case, arrays
    return case, {**arrays, "x": np.flip(x, axis)}


def mirrored(case: Case, results: Results) -> Results:
    """The second half of ``unstable``: indices count from the other end."""
    axis = case.parameters["axis"]
    if case.inputs["x"].size < 2 or not case.parameters["stable"]:
        return results
    return [case.inputs["x"].shape[axis] - 1 - results[0]]


def repeated_index(case: Case, results: Results) -> Results:
    """The last of the largest elements is the first once more."""
    values, index = results
    if index.ndim == 0 or index.shape[-1] < 2:
        return results
    index = index.copy()
    index[..., -1] = index[..., 0]
    return [values, index]


def other_side(case: Case, arrays: Arrays) -> tuple[Case, Arrays]:
    """Equal elements are inserted on the other side."""
    side = {"left": "right", "right": "left"}[case.parameters["side"]]
    return case.with_parameters(side=side), arrays


def last_bin_open(case: Case, arrays: Arrays) -> tuple[Case, Arrays]:
    """The upper end of the range is outside it."""
    x = arrays["x"]
    return case, {**arrays, "x": np.where(x == 8, x.dtype.type(100), x)}


def minlength_ignored(case: Case, arrays: Arrays) -> tuple[Case, Arrays]:
    """There are only as many counts as the largest integer needs."""
    return case.with_parameters(minlength=0), arrays


def counts_one_less(case: Case, results: Results) -> Results:
    """A run of equal elements is counted without its first where it is longer than four."""
    values, counts = results
    return [values, np.where(counts > 4, counts - 1, counts).astype(counts.dtype)]


def ascending_always(case: Case, arrays: Arrays) -> tuple[Case, Arrays]:
    """descending is ignored."""
    return case.with_parameters(descending=False), arrays


def weights_ignored(case: Case, arrays: Arrays) -> tuple[Case, Arrays]:
    """Every weight counts as one."""
    return case, {**arrays, "w": np.ones_like(arrays["w"])} if "w" in arrays else arrays


def place_counted_from_one(case: Case, arrays: Arrays) -> tuple[Case, Arrays]:
    """The element before the one that is asked for."""
    return case.with_parameters(kth=max(case.parameters["kth"] - 1, 0)), arrays


def first_and_last_swapped(case: Case, results: Results) -> Results:
    y = results[0].copy()
    if y.size:
        y[..., 0], y[..., -1] = results[0][..., -1], results[0][..., 0]
    return [y]


BUGS_SORTING = {
    "last pair of long rows out of order": (("sort", "argsort"), Bug(WRONG, after=last_pair_swapped)),
    "stable sort reverses ties": (("argsort",), Bug(WRONG, before=unstable, after=mirrored)),
    "index of the largest repeated": (("topk",), Bug(WRONG, after=repeated_index)),
    "insertion on the other side": (("searchsorted", "digitize"), Bug(WRONG, before=other_side)),
    "last bin is open": (("histogram",), Bug(WRONG, before=last_bin_open)),
    "weights ignored": (("histogram_weighted", "bincount"), Bug(WRONG, before=weights_ignored)),
    "minlength ignored": (("bincount",), Bug((Kind.SHAPE,), before=minlength_ignored)),
    "runs counted without their first": (("unique_counts",), Bug(WRONG, after=counts_one_less)),
    "place counted from one": (("kthvalue",), Bug(WRONG, before=place_counted_from_one)),
    "first and last swapped": (("partition",), Bug(WRONG, after=first_and_last_swapped)),
    "descending ignored": (("sort", "argsort"), Bug(WRONG, before=ascending_always)),
}
