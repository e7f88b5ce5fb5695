"""Where the taps of windows lie: every pooling is a function of rows of taps.

A window takes ``taps`` elements of the spatial axes, which are flattened; a tap on padding is ``PADDING``. Inputs are channels first,
(batch, channels, *spatial). Read by the workers: Python 3.9 syntax; standard library and NumPy only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence, Tuple

import numpy as np

from harness import windows

PADDING = -1
"""Place of a tap that lies beyond the input."""

Axis = np.ndarray
"""Places of the taps along one axis: (outputs, taps), ``PADDING`` outside."""


@dataclass(frozen=True)
class Taps:
    """``places`` (outputs, taps) in the flattened spatial axes; ``out`` are the spatial sizes of the result."""

    places: np.ndarray
    out: Tuple[int, ...]

    @property
    def counts(self) -> np.ndarray:
        """How many taps of each window lie on the input."""
        return np.asarray((self.places != PADDING).sum(axis=-1))

    def rows(self, x: np.ndarray, fill: float) -> np.ndarray:
        """The elements under each window, (batch, channels, *out, taps); ``fill`` on padding."""
        flat = x.reshape(*x.shape[:2], math.prod(x.shape[2:]))
        if flat.shape[-1]:
            found = np.where(self.places == PADDING, np.asarray(fill, x.dtype), flat[..., np.maximum(self.places, 0)])
        else:
            found = np.full((*x.shape[:2], *self.places.shape), fill, x.dtype)
        return np.asarray(found.reshape(*x.shape[:2], *self.out, self.places.shape[-1]))


def strided(size: int, kernel: int, stride: int, dilation: int, low: int, out: int) -> Axis:
    """Window ``o`` has its first tap at ``o * stride - low`` and the others ``dilation`` apart."""
    places = np.arange(out)[:, None] * stride - low + np.arange(kernel)[None, :] * dilation
    return np.where((places < 0) | (places >= size), PADDING, places)


def adaptive(size: int, out: int) -> Axis:
    """Window ``o`` goes from floor(o size / out) to before ceil((o + 1) size / out) (torch.nn.AdaptiveAvgPool1d's windows)."""
    starts = [o * size // out for o in range(out)]
    stops = [-(-(o + 1) * size // out) for o in range(out)]
    longest = max((stop - start for start, stop in zip(starts, stops)), default=0)
    places = np.array(starts, np.int64)[:, None] + np.arange(longest)[None, :]
    return np.where(places < np.array(stops, np.int64)[:, None], places, PADDING)


def combined(sizes: Sequence[int], axes: Sequence[Axis]) -> Taps:
    """The taps of windows that are products of windows along the axes, the last axis running fastest."""
    out = tuple(axis.shape[0] for axis in axes)
    places = np.zeros((1, 1), np.int64)
    for size, axis in zip(sizes, axes):
        outer, inner = places[:, None, :, None], axis[None, :, None, :]
        joined = np.where((outer == PADDING) | (inner == PADDING), PADDING, outer * size + inner)
        places = joined.reshape(places.shape[0] * axis.shape[0], places.shape[1] * axis.shape[1])
    return Taps(places, out)


def torch_out(size: int, kernel: int, stride: int, dilation: int, padding: int, ceil: bool) -> int:
    """PyTorch's output size; with ``ceil`` rounded up, but no window starts in the padding behind (torch.nn.MaxPool2d, Note)."""
    room = size + 2 * padding - windows.effective_kernel(kernel, dilation)
    if not ceil:
        return room // stride + 1
    out = -(-room // stride) + 1
    return out - 1 if (out - 1) * stride >= size + padding else out


def counted(size: int, kernel: int, stride: int, padding: int, out: int) -> np.ndarray:
    """Elements and padding under each window of PyTorch's average pooling: the window ends where the padding behind does."""
    starts = np.arange(out) * stride - padding
    return np.asarray(np.minimum(starts + kernel, size + padding) - starts)


def product_of(columns: Sequence[np.ndarray]) -> np.ndarray:
    """The outer product of one vector per axis, as an array of the result's spatial shape."""
    found = np.ones(())
    for column in columns:
        found = found[..., None] * column
    return found
