"""What padding does, as functions of arrays of positions (``harness.operators.moves``), and which widths may be refused."""

from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np

from harness.operators.moves.positions import GIVEN, Refused, Sources, Undefined

Pads = Sequence[Sequence[int]]
Extension = Callable[[np.ndarray, int], np.ndarray]
"""Which element of an axis of n stands at each place (``harness.operators.padding.extension``)."""

MOST = 2**31
"""Elements of a result beyond which memory is a reason to refuse."""


def spread(n: int, low: int, high: int) -> np.ndarray:
    """Places on an axis after padding."""
    return np.arange(-low, n + high)


def checked(x: np.ndarray, pads: Pads, limit: int) -> str:
    """Why the widths may be refused, or nothing. ``limit`` is what a mode's widths may exceed the size by. Raises Refused, Undefined."""
    if len(pads) > x.ndim:
        raise Refused(f"pads of {len(pads)} axes: x has fewer")
    total = 1
    for length, (low, high) in zip(x.shape, pads):
        if length + low + high < 0:
            raise Refused(f"pads {low, high}: less than nothing is left of length {length}")
        if length == 0 and max(low, high) > 0 and limit < MOST:
            raise Refused(f"pads {low, high}: an axis of length 0 has nothing to repeat")
        total *= max(length + low + high, 1)
    if total > MOST:
        raise Undefined(f"pads: a result of {total} elements")
    if min(min(pair) for pair in pads) < 0:
        return "pads: negative"
    beyond = any(max(pair) > length + limit for length, pair in zip(x.shape, pads))
    return f"pads: above the size {'' if limit == 0 else 'less one '}of an axis" if beyond else ""


def padding(mode: Extension, limit: int, crop_first: bool = False) -> Callable[..., Any]:
    """The plan of a mode whose widths exceed the size by at most ``limit`` where they are promised to work.

    With ``crop_first`` there is a second reading of negative widths beside other ones: the mode extends what they leave.
    """

    def plan(x: np.ndarray, pads: Pads, value: Any = None) -> Sources:
        reason = checked(x, pads, limit)
        result = _padded(_cropped, mode, x, pads)
        if reason and min(min(pair) for pair in pads) >= 0:
            raise Undefined(reason, {"repeat": result})
        if not reason:
            return result
        readings = {"crop": result}
        if crop_first and all(n + min(low, 0) + min(high, 0) > 0 for n, (low, high) in zip(x.shape, pads)):
            readings["crop first"] = _padded(_cropped_first, mode, x, pads)
        raise Undefined(reason, readings)

    return plan


def _padded(places: Callable[..., np.ndarray], mode: Extension, x: np.ndarray, pads: Pads) -> np.ndarray:
    """Every axis of x that has widths at the places that a reading of them gives."""
    for axis, (low, high) in enumerate(pads):
        if not low == high == 0:
            x = taken(x, places(mode, x.shape[axis], low, high), axis)
    return x


def _cropped(mode: Extension, n: int, low: int, high: int) -> np.ndarray:
    """The mode's places where one side may be negative: padding by what is not negative, then cropping."""
    if n == 0:
        return np.full(low + high, GIVEN)
    full = mode(spread(n, max(low, 0), max(high, 0)), n)
    return full[max(-low, 0) : full.size - max(-high, 0)]


def _cropped_first(mode: Extension, n: int, low: int, high: int) -> np.ndarray:
    """As ``_cropped``, but cropping first: the mode extends what is left."""
    left = np.arange(n)[max(-low, 0) : n - max(-high, 0)]
    return left[mode(spread(left.size, max(low, 0), max(high, 0)), left.size)]


def taken(x: np.ndarray, chosen: np.ndarray, axis: int) -> np.ndarray:
    """The places ``chosen`` of an axis; those below zero stand for themselves."""
    shape = (*x.shape[:axis], chosen.size, *x.shape[axis + 1 :])
    along = chosen.reshape((-1, *(1,) * (x.ndim - axis - 1)))
    if x.shape[axis] == 0:
        return np.broadcast_to(along, shape)
    return np.where(along < 0, along, np.take(x, np.maximum(chosen, 0), axis=axis))


def interior(x: np.ndarray, config: Sequence[Sequence[int]], value: Any) -> np.ndarray:
    """Gaps between elements first, then widths, of which negative ones crop (openxla.org, operation semantics, Pad)."""
    for axis, (low, high, gap) in enumerate(config):
        length = x.shape[axis]
        if gap < 0:
            raise Refused(f"config {gap}: a gap is not negative")
        spaced = length + max(length - 1, 0) * gap
        if spaced + low + high < 0:
            raise Refused(f"config {low, high, gap}: less than nothing is left")
        place = np.arange(-low, spaced + high)
        inside = (place >= 0) & (place < spaced) & (place % (gap + 1) == 0)
        x = taken(x, np.where(inside, place // (gap + 1), GIVEN), axis)
    return x
