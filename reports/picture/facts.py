"""What the window picture shows, and which products meet on a cell of its canvas."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.windows import Window, canvas

Ints = tuple[int, ...]

MOST_PRODUCTS = 40
"""Products that are listed; the sum is always over all of them."""
LONGEST, MOST_MEETINGS = 2**31, 20_000
"""Above these the page computes no products: beyond them a script would lose exactness, or the reader patience."""


@dataclass(frozen=True)
class Axis:
    """One spatial dimension: a canvas of ``length`` cells.

    ``size`` cells of the narrow side (the input of a transposed convolution, the output of a forward one) lie ``stride``
    apart on it, each under ``kernel`` taps that are ``dilation`` apart. All four are 0 where only the length is known.
    """

    name: str
    length: int
    size: int = 0
    kernel: int = 0
    stride: int = 0
    dilation: int = 0

    @classmethod
    def of(cls, name: str, size: int, kernel: int, stride: int, dilation: int) -> Axis:
        """The dimension whose canvas follows from its own numbers."""
        return cls(name, canvas(size, kernel, stride, dilation), size, kernel, stride, dilation)

    @property
    def known(self) -> bool:
        """Whether the products of a cell can be told."""
        return min(self.size, self.kernel, self.stride, self.dilation) > 0


@dataclass(frozen=True)
class View:
    """One reading's window in every dimension; of a forward convolution, where its input lies."""

    label: str
    windows: tuple[Window, ...]


@dataclass(frozen=True)
class Numbers:
    """The arrays behind the products of one output channel: ``x`` and ``w`` by input channel, spatial axes flattened.

    ``where`` says which sample and channel they are of; ``bias`` is that channel's.
    """

    x: tuple[tuple[float, ...], ...]
    w: tuple[tuple[float, ...], ...]
    where: str = ""
    bias: float | None = None


@dataclass(frozen=True)
class Description:
    """A cell in words: what it is, its products, and where each view shows it."""

    head: str
    products: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A canvas with windows. ``at`` is the canvas cell that is described at first.

    ``flipped`` says that the kernel's own indices count from the other end. ``first`` replaces the description of ``at``,
    as ``marked`` (canvas cells per dimension) replaces its highlight.
    """

    axes: tuple[Axis, ...]
    views: tuple[View, ...]
    transposed: bool = True
    at: Ints | None = None
    flipped: bool = False
    bias: bool = False
    numbers: Numbers | None = None
    first: Description | None = None
    marked: tuple[Ints, ...] = ()

    @property
    def interactive(self) -> bool:
        """Whether the page can tell the products of any cell."""
        meet = math.prod(min(axis.size, axis.kernel) for axis in self.axes)
        taps = max((axis.kernel for axis in self.axes), default=0)
        return max(meet, taps) <= MOST_MEETINGS and all(axis.known and axis.length <= LONGEST for axis in self.axes)

    def to_json(self) -> dict[str, Any]:
        """What ``picture.js`` needs."""
        numbers = self.numbers
        document: dict[str, Any] = {
            "axes": [[axis.size, axis.kernel, axis.stride, axis.dilation] for axis in self.axes],
            "views": [[view.label, [[window.lo, window.out] for window in view.windows]] for view in self.views],
            "transposed": self.transposed,
            "flipped": self.flipped,
            "bias": self.bias,
            "at": self.at,
        }
        if numbers is not None:
            document |= {
                "x": [[_plain(value) for value in row] for row in numbers.x],
                "w": [[_plain(value) for value in row] for row in numbers.w],
                "where": numbers.where,
                "bias": self.bias if numbers.bias is None else number(numbers.bias),
            }
        return document


def taps(axis: Axis, place: int) -> range:
    """Taps that may fall on canvas cell ``place``: those within the reach of some narrow cell."""
    first = max(-((axis.stride * (axis.size - 1) - place) // axis.dilation), 0)
    return range(first, min(place // axis.dilation, axis.kernel - 1) + 1)


def meetings(axis: Axis, place: int) -> list[tuple[int, int]]:
    """(narrow cell i, tap t) of every product on canvas cell ``place``: i s + t d = place, by ascending i."""
    found = []
    for tap in reversed(taps(axis, place)):
        source, rest = divmod(place - tap * axis.dilation, axis.stride)
        if rest == 0 and 0 <= source < axis.size:
            found.append((source, tap))
    return found


def describe(picture: Picture, at: Ints) -> Description:
    """A canvas cell in words. ``picture.js`` says the same of any cell; a test holds them together."""
    along = [meetings(axis, place) for axis, place in zip(picture.axes, at, strict=True)]
    count = math.prod(map(len, along))
    pairs = itertools.product(*along)
    cell = f"{'canvas' if picture.transposed else 'padded input'} cell {_index(at)}"
    if any(not 0 <= place < axis.length for axis, place in zip(picture.axes, at, strict=True)):
        head = f"{cell} is outside the canvas: no product falls there"
    elif not picture.transposed:
        head = f"{cell} is read {count} time{'' if count == 1 else 's'}"
    else:
        head = f"{cell} is the sum of {count} product{'' if count == 1 else 's'}" if count else f"{cell}: no product"
    lines = [_product(picture, pair) for pair in itertools.islice(pairs, MOST_PRODUCTS)]
    if picture.transposed and picture.numbers is not None:
        head += f" = {number(sum(_value(picture, pair) for pair in itertools.product(*along)))}"
        head += f" ({picture.numbers.where})" if picture.numbers.where else ""
    if picture.bias and picture.transposed:
        known = picture.numbers is not None and picture.numbers.bias is not None
        head += f", plus the bias {number(picture.numbers.bias)}" if known else ", plus the bias"  # type: ignore[union-attr,arg-type]
    if count > MOST_PRODUCTS:
        lines.append(f"and {count - MOST_PRODUCTS} more")
    return Description(head, tuple(lines), tuple(_shown(picture, view, at) for view in picture.views))


def number(value: float) -> str:
    """Six significant digits, whole numbers without a point."""
    return repr(float(f"{value:.6g}") + 0.0).removesuffix(".0")  # + 0.0: no sign on a zero


Pair = Sequence[tuple[int, int]]


def _product(picture: Picture, pair: Pair) -> str:
    source = [meeting[0] for meeting in pair]
    tap = [
        axis.kernel - 1 - meeting[1] if picture.flipped else meeting[1]
        for axis, meeting in zip(picture.axes, pair, strict=True)
    ]
    if not picture.transposed:
        return f"kernel{tap} × it goes into output{source}"
    text, numbers = f"input{source} × kernel{tap}", picture.numbers
    if numbers is None:
        return text
    total = number(_value(picture, pair))
    if len(numbers.x) != 1:
        return f"{text} = {total}, summed over {len(numbers.x)} channels"
    x, w = (number(rows[0][index]) for rows, index in zip((numbers.x, numbers.w), _flat(picture, pair), strict=True))
    return f"{text} = {x} × {w} = {total}"


def _value(picture: Picture, pair: Pair) -> float:
    """The product, summed over input channels."""
    assert picture.numbers is not None
    i, t = _flat(picture, pair)
    return sum(x[i] * w[t] for x, w in zip(picture.numbers.x, picture.numbers.w, strict=True))


def _flat(picture: Picture, pair: Pair) -> tuple[int, int]:
    """Flat indices of the narrow cell and of the tap."""
    source = tap = 0
    for axis, (i, t) in zip(picture.axes, pair, strict=True):
        source, tap = source * axis.size + i, tap * axis.kernel + t
    return source, tap


def _shown(picture: Picture, view: View, at: Ints) -> str:
    inside = all(window.lo <= place < window.stop for window, place in zip(view.windows, at, strict=True))
    index = _index(tuple(place - window.lo for window, place in zip(view.windows, at, strict=True)))
    if picture.transposed:
        return f"{view.label}: {f'output {index}' if inside else 'not shown'}"
    return f"{view.label}: {f'input {index}' if inside else 'a zero of the padding'}"


def _index(index: Ints) -> str:
    return f"({', '.join(map(str, index))})"


def _plain(value: float) -> float | str:
    """JSON has no name for what is not finite; JavaScript's ``Number`` reads these."""
    return value if math.isfinite(value) else "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
