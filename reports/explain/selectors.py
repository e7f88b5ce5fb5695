"""Which argument selects each of the candidate sizes, in each framework."""

from __future__ import annotations

from dataclasses import dataclass

from harness import windows
from reports.explain.layer import Dimension, Layer

LONGEST = 12
"""Candidate sizes that are listed one by one, per dimension; of longer ranges the first ones and the last."""


@dataclass(frozen=True)
class Selector:
    """``argument`` that makes one dimension come out with ``size`` cells, in the words of each framework."""

    size: int
    torch: str
    keras: str
    tensorflow: str
    jax: str
    chosen: bool


def selectors(layer: Layer, d: Dimension) -> tuple[Selector, ...]:
    """One row for each candidate size of a dimension of a transposed call, the chosen one among them."""
    low, high = d.candidates
    sizes = list(range(low, min(high, low + LONGEST - 1) + 1))
    sizes += [size for size in (d.output, high) if size not in sizes and low <= size <= high]
    return tuple(
        Selector(size, _torch(d, size), _keras(d, size), f"output_shape={size}", _jax(d, size), size == d.output)
        for size in dict.fromkeys(sizes)
    )


def start_of(d: Dimension, size: int) -> int:
    """First canvas cell of the window that undoes the same forward convolution with another size."""
    if d.padding is not None:
        return d.padding[0]
    return windows.output_shape_same(*d.geometry, size).lo


def _torch(d: Dimension, size: int) -> str:
    start = start_of(d, size)
    extra = size - d.canvas + 2 * start
    if start < 0 or not windows.accepts_output_padding(extra, d.stride, d.dilation):
        return "crop or pad"
    padding = f"padding={start}, " if d.padding is None else ""
    return f"{padding}output_padding={extra}"


def _keras(d: Dimension, size: int) -> str:
    start = start_of(d, size)
    for word in ("same", "valid") if d.padding is None else ("valid", "same"):
        plain = windows.TRANSPOSED[f"keras_{word}"](*d.geometry)
        if plain == windows.Window(start, size):
            return f'"{word}", output_padding=None'
        rule = windows.TRANSPOSED[f"keras_{word}_output_padding"]
        extra = size - rule(*d.geometry, 0).out
        if 0 <= extra < d.stride and rule(*d.geometry, extra) == windows.Window(start, size):
            return f'"{word}", output_padding={extra}'
    return "crop or pad"


def _jax(d: Dimension, size: int) -> str:
    start = start_of(d, size)
    before = d.reach - 1 - start
    return f"padding=({before}, {size - d.canvas - before + 2 * (d.reach - 1)})"
