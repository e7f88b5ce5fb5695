"""Kernels, strides, dilations and paddings of one spatial dimension, bounded by construction.

The arithmetic needed to bound sizes is repeated here in three lines: this package stands below ``harness.windows``,
which owns the rules of the frameworks. A canvas has (size - 1) * stride + reach cells, and reach = dilation * (kernel
- 1) + 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis.strategies import DrawFn

from strategies.shapes import SIZES, Pool, index

KERNELS = Pool((1, 2, 3, 3, 4, 5, 6, 7, 9, 11, 16, 17), 4)
STRIDES = Pool((1, 1, 1, 2, 2, 3, 4, 5, 7, 8), 5)
DILATIONS = Pool((1, 1, 1, 2, 2, 3, 4), 3)
PADS = Pool((0, 0, 1, 1, 2, 3, 4, 5, 7, 8, 16), 4)

CELLS = {1: 160, 2: 40, 3: 12}
"""Largest canvas length per dimension, by rank."""

LARGEST_KERNEL = {1: 17, 2: 7, 3: 4}

PADDINGS = ("valid", "same", "symmetric", "same", "symmetric", "valid", "unsymmetric", "unsymmetric")
"""Kinds of padding of a convolution, in shrinking order; of all kinds the first ``COMMON_KINDS`` recur."""

COMMON_KINDS = 4

WINDOWS = ("full", "explicit", "valid", "same", "explicit", "valid", "same", "free")
"""Kinds of window of a transposed convolution, in shrinking order."""

WORDS = ("valid", "same", "numbers", "same", "numbers", "causal", "same_lower")
WORDS_WITHOUT_CAUSAL = ("valid", "same", "numbers", "same", "numbers", "same_lower")
TRANSPOSED_WORDS = ("valid", "same", "numbers", "same")
"""How users write paddings, in shrinking order; numbers: one per dimension."""


@dataclass(frozen=True)
class Dimension:
    """Input size, kernel, stride and dilation of one spatial dimension."""

    size: int
    kernel: int
    stride: int
    dilation: int

    @property
    def reach(self) -> int:
        """Cells from the first to the last tap of the dilated kernel."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def canvas(self) -> int:
        """Cells that every input value times the kernel reaches."""
        return (self.size - 1) * self.stride + self.reach

    def outputs(self, padding: tuple[int, int]) -> int:
        """Output size of a convolution with that padding."""
        return (self.size + sum(padding) - self.reach) // self.stride + 1


def dimension(draw: DrawFn, common: bool, rank: int, transposed: bool) -> Dimension:
    """A dimension whose input, and whose canvas if transposed, has at most ``CELLS[rank]`` cells."""
    cells = CELLS[rank]
    kernel = KERNELS.pick(draw, common, LARGEST_KERNEL[rank])
    dilation = DILATIONS.pick(draw, common, (cells - 1) // max(kernel - 1, 1))
    stride = STRIDES.pick(draw, common)
    reach = dilation * (kernel - 1) + 1
    size = SIZES.pick(draw, common, (cells - reach) // stride + 1 if transposed else cells)
    return Dimension(size, kernel, stride, dilation)


def dimensions(draw: DrawFn, common: bool, rank: int, transposed: bool) -> tuple[Dimension, ...]:
    """``rank`` dimensions, mostly all the same."""
    uneven = draw(index(1 if common else 2))
    first = dimension(draw, common, rank, transposed)
    return (first, *(dimension(draw, common, rank, transposed) if uneven else first for _ in range(rank - 1)))


def wide_enough(dim: Dimension, padding: int = 0) -> Dimension:
    """The dimension, its input enlarged where the kernel would not fit into it with ``padding`` cells at both ends."""
    return Dimension(max(dim.size, dim.reach - 2 * padding), dim.kernel, dim.stride, dim.dilation)


def same(dim: Dimension) -> tuple[int, int]:
    """The padding for which a convolution has ceil(size / stride) outputs, the odd cell behind."""
    outputs = -(-dim.size // dim.stride)
    total = max((outputs - 1) * dim.stride + dim.reach - dim.size, 0)
    return total // 2, total - total // 2


def padding(draw: DrawFn, common: bool, kind: str, dim: Dimension) -> tuple[int, int]:
    """Padding before and after the input, with which the kernel fits; ``valid`` needs a dimension wide enough."""
    if kind == "valid":
        return 0, 0
    if kind == "same":
        return same(dim)
    missing = max(dim.reach - dim.size, 0)
    if kind == "symmetric":
        both = max(PADS.pick(draw, common, dim.reach), (missing + 1) // 2)
        return both, both
    low = PADS.pick(draw, common, dim.reach)
    return low, max(PADS.pick(draw, common, dim.reach), missing - low)


def window(draw: DrawFn, common: bool, kind: str, dim: Dimension) -> tuple[int, int]:
    """First cell and length (at least 1) of a window of the canvas; it may reach beyond the canvas."""
    canvas, stride = dim.canvas, dim.stride
    if kind == "full":
        return 0, canvas
    if kind == "valid":
        return 0, canvas + draw(index(stride))
    if kind == "same":
        length = dim.size * stride - draw(index(stride))
        return max(canvas - length, 0) // 2, length
    if kind == "explicit":
        low = PADS.pick(draw, common, (canvas - 1) // 2)
        return low, canvas - 2 * low + draw(index(max(stride, dim.dilation)))
    return draw(index(canvas + 6)) - 3, 1 + draw(index(canvas + 3))
