"""Explanations by order: the right elements of a result in other places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from harness.diagnosis.explanation import Explanation, of_elements, permuted
from harness.diagnosis.observation import Observation
from harness.elements import Admissible

Move = Callable[[np.ndarray], np.ndarray]


def reordered(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """The right elements stand in another order."""
    shape = runs[0].focus.shape
    name = runs[0].name
    if len(shape) > 1:
        yield _permutation("result transposed", f"{name} is transposed", lambda a: np.swapaxes(a, -1, -2))
        words = f"{name} is in column-major order"
        yield _permutation("column-major order", words, lambda a: a.reshape(-1).reshape(a.shape, order="F"))
        yield _permutation("column-major order", words, lambda a: a.reshape(-1, order="F").reshape(a.shape))
    if len(shape) > 1:
        for step in (1, -1):
            words = f"{name} is the right result rotated by {step} in memory order"
            yield _permutation("result rotated", words, partial(np.roll, shift=step))
        yield from _transposed_groups(shape, name)
    for axis in range(-1, -len(shape) - 1, -1):
        yield _permutation("result reversed", f"{name} is reversed along axis {axis}", partial(np.flip, axis=axis))
        for step in (1, -1):
            words = f"{name} is the right result rotated by {step} along axis {axis}"
            yield _permutation("result rotated", words, partial(np.roll, shift=step, axis=axis))
            words = f"{name} is the right result shifted by {step} along axis {axis}, with a zero moving in"
            yield _permutation("result shifted", words, partial(shifted, step=step, axis=axis))


def reordered_along_its_axis(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """The right elements stand in another order along the axis that a parameter names."""
    name = runs[0].name
    rows: tuple[tuple[str, str, Callable[..., np.ndarray]], ...] = (
        ("result reversed", "reversed", np.flip),
        ("result rotated", "rotated by 1", partial(np.roll, shift=1)),
        ("result rotated", "rotated by -1", partial(np.roll, shift=-1)),
        ("result shifted", "shifted by 1, with a zero moving in,", partial(shifted, step=1)),
        ("result shifted", "shifted by -1, with a zero moving in,", partial(shifted, step=-1)),
    )
    for slug, words, move in rows:
        sentence = f"{name} is the right result {words} along its axis"
        yield of_elements(slug, sentence, partial(_moved_along, move=move))


def _moved_along(run: Observation, move: Callable[..., np.ndarray]) -> Admissible | None:
    axis = run.case.parameters.get("axis")
    if type(axis) is not int or run.allowed is None or not -run.got.ndim <= axis < run.got.ndim:
        return None
    return permuted(run.allowed, partial(move, axis=axis))


def _transposed_groups(shape: tuple[int, ...], name: str) -> Iterator[Explanation]:
    """An axis that is (group, member) is read as (member, group)."""
    for axis in range(-len(shape), 0):
        for groups in range(2, shape[axis]):
            if shape[axis] % groups == 0:
                words = f"axis {axis} of {name}, in {groups} groups, has its groups and their members exchanged"
                yield _permutation("groups transposed", words, partial(_regrouped, axis=axis, groups=groups))


def _regrouped(array: np.ndarray, axis: int, groups: int) -> np.ndarray:
    """Elements along an axis in the order of the second index of (group, member). Raises ValueError where they have no such groups."""
    order = np.arange(array.shape[axis]).reshape(groups, -1).T.reshape(-1)
    return np.take(array, order, axis)


def shifted(array: np.ndarray, step: int, axis: int) -> np.ndarray:
    """The elements moved by one along an axis, zero where none comes."""
    moved = np.roll(array, step, axis)
    edge = [slice(None)] * array.ndim
    edge[axis] = slice(0, 1) if step > 0 else slice(-1, None)
    moved[tuple(edge)] = 0
    return moved


def _permutation(slug: str, sentence: str, move: Move) -> Explanation:
    def predict(run: Observation) -> Admissible | None:
        assert run.allowed is not None, "asked for runs that are judged by elements"
        try:
            moved = permuted(run.allowed, move)
        except (ValueError, IndexError):  # an axis that a result of fewer axes does not have
            return None
        return moved if moved.readings[0].shape == run.got.shape else None

    return of_elements(slug, sentence, predict)
