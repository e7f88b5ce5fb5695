"""Planted bugs of poolings: windows displaced, padding that counts or wins, rounding of sizes, gradients of ties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.case import GRADIENT, Kind
from planted.bugs import Bug

WRONG = (Kind.VALUE, Kind.NOT_FINITE)


def padding_wins(case, results):
    """Maxima over padding of zero in the place of minus infinity."""
    if case.quantity == GRADIENT or not any(map(any, case.parameters["padding"])):
        return results
    return [np.where(results[0] < 0, 0, results[0]).astype(results[0].dtype)]


def pads_exchanged(case, arrays):
    return case.with_parameters(padding=tuple((high, low) for low, high in case.parameters["padding"])), arrays


def dilation_ignored(case, arrays):
    if "dilation" not in case.parameters:
        return case, arrays
    p = case.parameters
    # The padding behind shrinks by what the window does, so that the shape stays.
    less = [(k - 1) * (d - 1) for k, d in zip(p["kernel"], p["dilation"], strict=False)]
    pads = tuple((low, max(high - n, 0)) for (low, high), n in zip(p["padding"], less, strict=False))
    return case.with_parameters(dilation=tuple(1 for _ in p["dilation"]), padding=pads), arrays


def padding_counts(case, arrays):
    """The other divisor."""
    return case.with_parameters(include_pad=not case.parameters["include_pad"]), arrays


def floor_mode(case, arrays):
    return case.with_parameters(ceil_mode=False), arrays


def windows_start_late(case, results):
    """Adaptive windows moved by one output."""
    if case.quantity == GRADIENT or results[0].shape[-1] < 2:
        return results
    return [np.roll(results[0], 1, axis=-1)]


def index_into_the_row(case, results):
    """Indices counted from the row's start, not from the image's."""
    if len(results) < 2 or case.inputs["x"].shape[-1] == 0:
        return results
    return [results[0], results[1] % case.inputs["x"].shape[-1]]


def gradient_at_half(case, results):
    """The gradient of an average that forgets windows that overlap: large sums are cut."""
    return [np.clip(result, -0.3, 0.3) for result in results] if case.quantity == GRADIENT else results


def root_forgotten(case, arrays):
    return replace(case, parameters={**case.parameters, "norm": 2 * case.parameters["norm"]}), arrays


def places_mirrored(case, arrays):
    """Elements put back from the end of the result on."""
    index = case.parameters["index"]
    return case.with_parameters(index=tuple(max(index) + min(index) - i for i in index)), arrays


def gradient_of_the_power(case, results):
    """The gradient of the sum of powers, without that of the root."""
    return [2 * result for result in results] if case.quantity == GRADIENT else results


BUGS_POOLING: dict[str, tuple[tuple[str, ...], Bug]] = {
    "pooling: padding wins": (("max_pool:aligned",), Bug(WRONG, after=padding_wins)),
    "pooling: pads exchanged": (
        ("max_pool:aligned", "sum_pool:aligned"),
        Bug((*WRONG, Kind.SHAPE), before=pads_exchanged),
    ),
    "pooling: dilation ignored": (
        ("min_pool:aligned", "sum_pool:aligned"),
        Bug((*WRONG, Kind.SHAPE), before=dilation_ignored),
    ),
    "pooling: padding counts": (("avg_pool:aligned",), Bug(WRONG, before=padding_counts)),
    "pooling: floor mode": (("max_pool:nominal", "avg_pool:nominal"), Bug((*WRONG, Kind.SHAPE), before=floor_mode)),
    "pooling: windows start late": (("adaptive_avg_pool", "adaptive_max_pool"), Bug(WRONG, after=windows_start_late)),
    "pooling: index into the row": (
        ("max_pool_index", "adaptive_max_pool_index"),
        Bug(WRONG, after=index_into_the_row),
    ),
    "pooling: places mirrored": (("max_unpool",), Bug((*WRONG, Kind.RAISED), before=places_mirrored)),
    "pooling: gradient without the root": (("lp_pool",), Bug(WRONG, after=gradient_of_the_power)),
    "pooling: gradient is cut": (("avg_pool:aligned", "global_avg_pool"), Bug(WRONG, after=gradient_at_half)),
    "pooling: another power": (("lp_pool",), Bug(WRONG, before=root_forgotten)),
    "pooling: accepts everything": (
        ("max_pool:nominal", "avg_pool:aligned"),
        Bug((Kind.ACCEPTED, Kind.DESCRIBED_INVALID), accepts=True),
    ),
}
"""By name the operators that show it, and the bug."""
