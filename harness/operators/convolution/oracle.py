"""Convolution and transposed convolution from the definition: three contractions of one trilinear form.

Along each spatial dimension, cells ``i`` of the narrow side (the output of a convolution, the input of a transposed one), kernel taps ``t``
and cells ``l = i * stride + t * dilation`` of the wide side, the canvas, meet in the form

    T(narrow, kernel, canvas) = sum narrow[i] * kernel[t] * canvas[i * stride + t * dilation].

A convolution contracts kernel and canvas (``gather``), a transposed convolution narrow and kernel (``scatter``), the kernel's gradient
narrow and canvas (``correlate``); every vector-Jacobian product of the one is one of the others. Arrays have a leading axis that stacks
independent evaluations (the values, their magnitudes, indicators of special values), so one pass serves them all:

    narrow (stack, batch, groups, a, *sizes)   kernel (stack, groups, a, b, *taps)   canvas (stack, batch, groups, b, *lengths)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Tuple

import numpy as np

from harness.windows import Window, canvas

Ints = Tuple[int, ...]


@dataclass(frozen=True)
class Geometry:
    """Sizes of the narrow side, kernel, stride and dilation, and per dimension the window of the canvas that holds the wide array."""

    sizes: Ints
    kernel: Ints
    stride: Ints
    dilation: Ints
    windows: Tuple[Window, ...]

    @property
    def lengths(self) -> Ints:
        """Canvas lengths (x - 1) s + d (k - 1) + 1."""
        return tuple(map(canvas, self.sizes, self.kernel, self.stride, self.dilation))

    @property
    def taps(self) -> int:
        """Number of kernel taps."""
        return math.prod(self.kernel)


def gather(canvas_: np.ndarray, kernel: np.ndarray, geometry: Geometry) -> np.ndarray:
    """(stack, batch, groups, a, *sizes): sum over b and taps of canvas times kernel."""
    stack, groups, a, b = kernel.shape[:4]
    batch, cells = canvas_.shape[1], math.prod(geometry.sizes)
    columns = _patches(canvas_, geometry).reshape(stack, batch, groups, b * geometry.taps, cells)
    weights = kernel.reshape(stack, 1, groups, a, b * geometry.taps)
    return np.matmul(weights, columns).reshape((stack, batch, groups, a) + geometry.sizes)


def scatter(narrow: np.ndarray, kernel: np.ndarray, geometry: Geometry) -> np.ndarray:
    """(stack, batch, groups, b, *lengths): every narrow value times the kernel, added onto the canvas."""
    stack, groups, a, b = kernel.shape[:4]
    batch, cells = narrow.shape[1], math.prod(geometry.sizes)
    weights = kernel.reshape(stack, 1, groups, a, b * geometry.taps).transpose(0, 1, 2, 4, 3)
    products = np.matmul(weights, narrow.reshape(stack, batch, groups, a, cells))
    result = products.reshape((stack, batch, groups, b) + geometry.kernel + geometry.sizes)
    # One dimension after the other: k1 + k2 + k3 additions of arrays in place of k1 k2 k3. The one that grows most comes last,
    # so that nothing in between is larger than the products and the canvas.
    left = list(range(len(geometry.sizes)))
    for dimension in sorted(left, key=lambda i: geometry.lengths[i] / max(geometry.kernel[i] * geometry.sizes[i], 1)):
        result = _scatter_along(result, 4 + left.index(dimension), dimension, geometry)
        left.remove(dimension)
    return result


def _scatter_along(products: np.ndarray, taps_axis: int, dimension: int, geometry: Geometry) -> np.ndarray:
    """The products (stack, batch, groups, b, *taps, *cells) with the taps and cells of one dimension added onto its canvas."""
    taps, size = geometry.kernel[dimension], geometry.sizes[dimension]
    stride, dilation = geometry.stride[dimension], geometry.dilation[dimension]
    shape = list(products.shape[:taps_axis] + products.shape[taps_axis + 1 :])
    cells_axis = len(shape) - len(geometry.sizes) + dimension
    shape[cells_axis] = geometry.lengths[dimension]
    result = np.zeros(shape, products.dtype)
    for tap in range(taps):
        cells = slice(tap * dilation, tap * dilation + (size - 1) * stride + 1, stride)
        result[(slice(None),) * cells_axis + (cells,)] += products[(slice(None),) * taps_axis + (tap,)]
    return result


def correlate(narrow: np.ndarray, canvas_: np.ndarray, geometry: Geometry) -> np.ndarray:
    """(stack, groups, a, b, *taps): sum over batch and cells of narrow times canvas."""
    stack, batch, groups, a = narrow.shape[:4]
    b, cells = canvas_.shape[3], math.prod(geometry.sizes)
    columns = _patches(canvas_, geometry).reshape(stack, batch, groups, b * geometry.taps, cells)
    columns = columns.transpose(0, 2, 1, 4, 3).reshape(stack, groups, batch * cells, b * geometry.taps)
    rows = narrow.reshape(stack, batch, groups, a, cells).transpose(0, 2, 3, 1, 4)
    return np.matmul(rows.reshape(stack, groups, a, batch * cells), columns).reshape(
        (stack, groups, a, b) + geometry.kernel
    )


def place(wide: np.ndarray, geometry: Geometry) -> np.ndarray:
    """The canvas that shows ``wide`` (..., *outs) through the windows; zero elsewhere. The adjoint of ``look``."""
    rank = len(geometry.sizes)
    result = np.zeros(wide.shape[:-rank] + geometry.lengths, wide.dtype)
    overlaps = [_overlap(window, length) for window, length in zip(geometry.windows, geometry.lengths)]
    on_canvas, in_window = zip(*overlaps)
    result[(Ellipsis,) + on_canvas] = wide[(Ellipsis,) + in_window]
    return result


def look(canvas_: np.ndarray, geometry: Geometry) -> np.ndarray:
    """(..., *outs): what the windows show of the canvas, zero beyond it."""
    rank = len(geometry.sizes)
    outs = tuple(window.out for window in geometry.windows)
    result = np.zeros(canvas_.shape[:-rank] + outs, canvas_.dtype)
    overlaps = [_overlap(window, length) for window, length in zip(geometry.windows, geometry.lengths)]
    on_canvas, in_window = zip(*overlaps)
    result[(Ellipsis,) + in_window] = canvas_[(Ellipsis,) + on_canvas]
    return result


class Forms:
    """The three contractions of one geometry, between the narrow side, the kernel and the wide array in its windows."""

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry

    def to_narrow(self, wide: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        """What a convolution computes."""
        return gather(place(wide, self.geometry), kernel, self.geometry)

    def to_wide(self, narrow: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        """What a transposed convolution computes."""
        return look(scatter(narrow, kernel, self.geometry), self.geometry)

    def to_kernel(self, narrow: np.ndarray, wide: np.ndarray) -> np.ndarray:
        """What the kernel's gradient of either computes."""
        return correlate(narrow, place(wide, self.geometry), self.geometry)


def _overlap(window: Window, length: int) -> Tuple[slice, slice]:
    """The part of the canvas that the window shows: as a slice of the canvas and as a slice of the window."""
    start = min(max(window.lo, 0), length)
    stop = max(min(window.lo + window.out, length), start)
    return slice(start, stop), slice(start - window.lo, stop - window.lo)


def _patches(canvas_: np.ndarray, geometry: Geometry) -> np.ndarray:
    """A view (stack, batch, groups, b, *taps, *sizes) of the canvas cells i * stride + t * dilation."""
    canvas_ = np.ascontiguousarray(canvas_)
    steps = canvas_.strides[4:]
    # A stride or dilation that is never taken may be any integer, also one that no array stride can hold.
    strides = (step * s if x > 1 else 0 for step, s, x in zip(steps, geometry.stride, geometry.sizes))
    dilations = (step * d if k > 1 else 0 for step, d, k in zip(steps, geometry.dilation, geometry.kernel))
    return np.lib.stride_tricks.as_strided(
        canvas_,
        canvas_.shape[:4] + geometry.kernel + geometry.sizes,
        canvas_.strides[:4] + tuple(dilations) + tuple(strides),
        writeable=False,
    )
