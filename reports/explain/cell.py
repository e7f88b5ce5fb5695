"""The products that add up to one output cell."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from reports.explain.errors import refuse
from reports.explain.layer import Dimension, Ints, Layer
from reports.picture import Axis, meetings, taps

MOST = 10_000
"""Products that are listed at most."""


@dataclass(frozen=True)
class Cell:
    """Spatial ``index`` of an output cell and the (input, kernel) indices whose products add up to it.

    Kernel indices are those of the call's own kernel. With ``channel``, an output channel, ``input_channels`` are those
    that reach it; every product then stands for one of each.
    """

    index: Ints
    products: tuple[tuple[Ints, Ints], ...]
    channel: int | None = None
    input_channels: tuple[int, ...] = ()


def cell(layer: Layer, index: Ints, channel: int | None = None) -> Cell:
    """The products of one output cell. Raises CallError for an index outside, or more than ``MOST`` products."""
    if len(index) != layer.rank:
        raise refuse("--cell", index, f"expected {layer.rank} spatial indices")
    for each, d in zip(index, layer.dimensions, strict=True):
        if not 0 <= each < d.output:
            raise refuse(
                "--cell", index, f"outside the output of {' x '.join(str(d.output) for d in layer.dimensions)}"
            )
    along = [_meetings(d, each, layer.flipped) for each, d in zip(index, layer.dimensions, strict=True)]
    if math.prod(map(len, along)) > MOST:
        raise refuse("--cell", index, f"more than {MOST} products add up to it")
    products = tuple(
        (tuple(pair[0] for pair in meeting), tuple(pair[1] for pair in meeting))
        for meeting in itertools.product(*along)
    )
    return Cell(index, products, channel, _input_channels(layer, channel))


def _meetings(d: Dimension, index: int, flipped: bool) -> list[tuple[int, int]]:
    """(input, kernel tap) of every product in one dimension.

    On the canvas, narrow cell i and tap t meet at i s + t d. A transposed output cell is a place on it, a forward one
    an i.
    """
    found = []
    if d.transposed:
        axis, place = Axis.of("", *d.geometry), d.window.lo + index
        if len(taps(axis, place)) > 100 * MOST:
            raise refuse("--cell", place, "the kernel is too long to search")
        found = [(source, d.kernel - 1 - tap if flipped else tap) for source, tap in meetings(axis, place)]
    else:
        start = index * d.stride - d.window.lo
        first, last = max(-(start // d.dilation), 0), min((d.input - 1 - start) // d.dilation, d.kernel - 1)
        if last - first >= MOST:
            raise refuse("--cell", index, f"more than {MOST} products add up to it")
        found = [(start + tap * d.dilation, tap) for tap in range(first, last + 1)]
    return sorted(found)


def _input_channels(layer: Layer, channel: int | None) -> tuple[int, ...]:
    if channel is None:
        return ()
    if not 0 <= channel < layer.channels_out:
        raise refuse("--channel", channel, f"must be 0 to {layer.channels_out - 1}")
    inner = layer.channels_in // layer.groups
    group = channel // (layer.channels_out // layer.groups)
    return tuple(range(group * inner, (group + 1) * inner))
