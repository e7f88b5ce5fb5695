"""What operators that change shapes do, as functions of arrays of positions (``harness.operators.moves``)."""

from __future__ import annotations

import math
from typing import Any, List, Optional, Sequence

import numpy as np

from harness.operators.indexing.places import axis_of
from harness.operators.moves.positions import GIVEN, Refused, Undefined


def reshape(x: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """The same elements in row-major order; one length may be -1, and follows from the others (numpy.org, numpy.reshape)."""
    known = math.prod(length for length in shape if length != -1)
    if list(shape).count(-1) > 1 or any(length < -1 for length in shape):
        raise Refused(f"shape {tuple(shape)}: one length at most may be left open, and none is negative")
    if -1 in shape:
        if known == 0 or x.size % known:
            raise Refused(f"shape {tuple(shape)}: no length fits {x.size} elements")
        shape = [x.size // known if length == -1 else length for length in shape]
    elif known != x.size:
        raise Refused(f"shape {tuple(shape)}: x has {x.size} elements")
    return x.reshape(tuple(shape))


def ravel(x: np.ndarray) -> np.ndarray:
    """One axis, in row-major order."""
    return x.reshape(-1)


def transpose(x: np.ndarray, axes: Sequence[int]) -> np.ndarray:
    """Axis i of the result is axis ``axes[i]`` of x."""
    places = [axis_of(axis, x.ndim, "axes") for axis in axes]
    if sorted(places) != list(range(x.ndim)):
        raise Refused(f"axes {tuple(axes)}: no permutation of {x.ndim} axes")
    return x.transpose(places)


def moveaxis(x: np.ndarray, source: int, destination: int) -> np.ndarray:
    """An axis taken out and put elsewhere; the others keep their order."""
    first, second = axis_of(source, x.ndim, "source"), axis_of(destination, x.ndim, "destination")
    axes = [axis for axis in range(x.ndim) if axis != first]
    axes.insert(second, first)
    return x.transpose(axes)


def swapaxes(x: np.ndarray, axis1: int, axis2: int) -> np.ndarray:
    """Two axes exchanged."""
    first, second = axis_of(axis1, x.ndim, "axis1"), axis_of(axis2, x.ndim, "axis2")
    axes = list(range(x.ndim))
    axes[first], axes[second] = second, first
    return x.transpose(axes)


def squeeze(x: np.ndarray, axis: Optional[int]) -> np.ndarray:
    """All axes of length one removed, or a named one; torch leaves a longer one as it is (docs.pytorch.org, torch.squeeze)."""
    if axis is None:
        return x.reshape([length for length in x.shape if length != 1])
    place = axis_of(axis, x.ndim)
    if x.shape[place] != 1:
        raise Undefined(f"axis {axis}: longer or shorter than one", {"kept": x})
    return x.reshape(x.shape[:place] + x.shape[place + 1 :])


def expand_dims(x: np.ndarray, axis: int) -> np.ndarray:
    """An axis of length one at that place of the result."""
    if not -x.ndim - 1 <= axis <= x.ndim:
        raise Refused(f"axis {axis}: the result has {x.ndim + 1} axes")
    place = axis % (x.ndim + 1)
    return x.reshape((*x.shape[:place], 1, *x.shape[place:]))


def concatenate(x: np.ndarray, y: np.ndarray, z: np.ndarray, axis: int) -> np.ndarray:
    """One after another along an axis, in which alone they differ."""
    place = axis_of(axis, x.ndim)
    rest = {part.shape[:place] + part.shape[place + 1 :] for part in (x, y, z)}
    if len(rest) > 1 or len({part.ndim for part in (x, y, z)}) > 1:
        raise Refused(f"shapes {x.shape}, {y.shape}, {z.shape}: differ in another axis than {axis}")
    return np.concatenate([x, y, z], axis=place)


def stack(x: np.ndarray, y: np.ndarray, z: np.ndarray, axis: int) -> np.ndarray:
    """One after another along a new axis."""
    if not x.shape == y.shape == z.shape:
        raise Refused(f"shapes {x.shape}, {y.shape}, {z.shape}: not the same")
    return np.concatenate([expand_dims(part, axis) for part in (x, y, z)], axis=axis % (x.ndim + 1))


def pieces(x: np.ndarray, axis: int, borders: Sequence[int]) -> List[np.ndarray]:
    """What lies between borders along an axis."""
    ends = zip(borders[:-1], borders[1:])  # noqa: RUF007 - Python 3.9 has no itertools.pairwise
    return [np.take(x, np.arange(low, high), axis=axis) for low, high in ends]


def split(x: np.ndarray, sections: int, axis: int) -> List[np.ndarray]:
    """Sections of equal length."""
    place = axis_of(axis, x.ndim)
    length = x.shape[place]
    if sections < 1 or length % sections:
        raise Refused(f"sections {sections}: length {length} has no such equal parts")
    return pieces(x, place, [i * (length // sections) for i in range(sections + 1)])


def array_split(x: np.ndarray, sections: int, axis: int) -> List[np.ndarray]:
    """Sections of nearly equal length, the longer ones first (numpy.org, numpy.array_split; docs.pytorch.org, torch.tensor_split)."""
    place = axis_of(axis, x.ndim)
    each, more = divmod(x.shape[place], sections)
    return pieces(x, place, [i * each + min(i, more) for i in range(sections + 1)])


def split_at(x: np.ndarray, places: Sequence[int], axis: int) -> List[np.ndarray]:
    """Sections between places."""
    place = axis_of(axis, x.ndim)
    return pieces(x, place, [0, *places, x.shape[place]])


def unstack(x: np.ndarray, axis: int) -> List[np.ndarray]:
    """Every entry of an axis."""
    place = axis_of(axis, x.ndim)
    return [np.take(x, i, axis=place) for i in range(x.shape[place])]


def tile(x: np.ndarray, repeats: Sequence[int]) -> np.ndarray:
    """The whole array again and again; missing repetitions and axes are 1, in front (numpy.org, numpy.tile)."""
    if min(repeats) < 0:
        raise Refused(f"repeats {tuple(repeats)}: negative")
    rank = max(len(repeats), x.ndim)
    counts = [1] * (rank - len(repeats)) + list(repeats)
    x = x.reshape((1,) * (rank - x.ndim) + x.shape)
    for axis, count in enumerate(counts):
        x = np.take(x, np.tile(np.arange(x.shape[axis]), count), axis=axis)
    return x


def repeat(x: np.ndarray, repeats: int, axis: Optional[int]) -> np.ndarray:
    """Every entry of an axis, or every element, again and again."""
    if repeats < 0:
        raise Refused(f"repeats {repeats}: negative")
    if axis is None:
        return repeat(x.reshape(-1), repeats, 0)
    place = axis_of(axis, x.ndim)
    return np.take(x, np.arange(x.shape[place] * repeats) // max(repeats, 1), axis=place)


def broadcast_to(x: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """x repeated along axes of length one and new leading axes."""
    lead = len(shape) - x.ndim
    own = (1,) * lead + x.shape
    if -1 in shape[max(lead, 0) :] and min(shape) == -1:  # torch.Tensor.expand: a length of -1 keeps that of x
        kept = tuple(n if m == -1 else m for n, m in zip(own, shape))
        raise Undefined(f"shape {tuple(shape)}: a negative length", {"kept": broadcast_to(x, kept)})
    if lead < 0 or min(shape, default=0) < 0 or any(n not in (1, m) for n, m in zip(own, shape)):
        raise Refused(f"shape {tuple(shape)}: x of shape {x.shape} does not broadcast to it")
    return np.broadcast_to(x, tuple(shape))


def meshgrid(x: np.ndarray, y: np.ndarray, z: np.ndarray, indexing: str) -> List[np.ndarray]:
    """Coordinates of a grid; with ``xy`` the first two axes are exchanged (numpy.org, numpy.meshgrid)."""
    full = np.broadcast_shapes((x.size, 1, 1), (y.size, 1), (z.size,))
    grids = [np.broadcast_to(x[:, None, None], full), np.broadcast_to(y[:, None], full), np.broadcast_to(z, full)]
    return [np.swapaxes(grid, 0, 1) for grid in grids] if indexing == "xy" else grids


def full_like(x: np.ndarray, value: Any) -> np.ndarray:
    """A constant in the shape of x."""
    return np.full(x.shape, GIVEN)
