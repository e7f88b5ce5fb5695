"""Axes along which an array is reduced: what they must fulfil, and the array seen as rows that are reduced to one number each."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Callable, Optional, Tuple, Union

import numpy as np

from harness.meaning import Accuracy, Expected

Axis = Union[None, int, Tuple[int, ...]]


@dataclass(frozen=True)
class Reduced:
    """An array of ``shape`` whose ``axes`` (not negative, ascending) are reduced."""

    shape: Tuple[int, ...]
    axes: Tuple[int, ...]
    keepdims: bool = False

    @property
    def kept(self) -> Tuple[int, ...]:
        """Shape of what remains, without the reduced axes."""
        return tuple(length for i, length in enumerate(self.shape) if i not in self.axes)

    @property
    def result(self) -> Tuple[int, ...]:
        """Shape of the result: the reduced axes are gone, or of length one."""
        if not self.keepdims:
            return self.kept
        return tuple(1 if i in self.axes else length for i, length in enumerate(self.shape))

    @property
    def count(self) -> int:
        """Number of elements that become one."""
        return math.prod(self.shape[i] for i in self.axes)

    def rows(self, array: np.ndarray) -> np.ndarray:
        """The array as (*kept, count): what is reduced lies along the last axis, in row-major order."""
        order = [i for i in range(len(self.shape)) if i not in self.axes] + list(self.axes)
        return np.ascontiguousarray(array.transpose(order)).reshape(*self.kept, self.count)

    def back(self, rows: np.ndarray) -> np.ndarray:
        """The array whose ``rows`` these are."""
        order = [i for i in range(len(self.shape)) if i not in self.axes] + list(self.axes)
        moved = rows.reshape([self.shape[i] for i in order])
        return moved.transpose(np.argsort(order))


def reduced(shape: Tuple[int, ...], axis: Axis, keepdims: bool = False) -> Union[Reduced, str]:
    """The reduction along ``axis`` (None: every axis), or why there is none, as ``name value: rule``."""
    rank = len(shape)
    if axis is None:
        return Reduced(shape, tuple(range(rank)), keepdims)
    given = axis if isinstance(axis, tuple) else (axis,)
    for each in given:
        if not -rank <= each < rank:
            return f"axis {each}: must lie in [{-rank}, {rank}) for {rank} axes"
    axes = tuple(sorted(each % rank for each in given))
    if len(set(axes)) < len(axes):
        return f"axis {axis}: names an axis twice"
    return Reduced(shape, axes, keepdims)


def is_scalar_axis(shape: Tuple[int, ...], axis: Axis) -> bool:
    """Whether the first or last axis of an array without axes is meant, which some frameworks allow."""
    given = axis if isinstance(axis, tuple) else (axis,)
    return shape == () and len(given) == 1 and given[0] in (0, -1)


def moved(expected: Expected, move: Callable[[np.ndarray], np.ndarray], shape: Tuple[int, ...]) -> Expected:
    """The expectation with all its arrays rearranged by ``move`` to ``shape``."""
    bound = expected.bound

    def moved_bound(dtype: str, accuracy: Accuracy) -> Optional[np.ndarray]:
        assert bound is not None
        error = bound(dtype, accuracy)
        return None if error is None else move(np.asarray(error))

    changes: dict[str, Any] = {
        "values": tuple(move(np.asarray(value)) for value in expected.values),
        "flushed": tuple(move(np.asarray(value)) for value in expected.flushed),
        "free": None if expected.free is None else move(np.asarray(expected.free)),
        "bound": None if bound is None else moved_bound,
    }
    return replace(expected, shape=shape, **changes)
