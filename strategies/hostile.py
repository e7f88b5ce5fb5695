"""Arguments that are wrong or extreme: integers at the borders of machine types, structures with one thing changed.

A structure is ``{"inputs": {name: (shape, dtype, layout)}, "parameters": {name: value}}``; nothing here knows what
operator it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis.strategies import DrawFn

from strategies.shapes import choose, index, one_of

Structure = dict[str, Any]
Mutation = Callable[[DrawFn, Structure], None]
"""Changes a structure in place."""

LENGTHS = tuple(2**power + step for power in (15, 16) for step in (-1, 0, 1))
"""Integers around the borders of 16-bit types, which an array can still have as a length."""

_BORDERS = tuple(2**power + step for power in (31, 32, 62) for step in (-1, 0, 1))

POSITIVE = (*LENGTHS, *_BORDERS, 2**63 - 2, 2**63 - 1)
"""Integers around the borders of 16-, 32- and 64-bit types."""

INTEGERS = (0, -1, -2, *POSITIVE, -(2**15), -(2**31), -(2**31) - 1, -(2**63))
"""Hostile integers in shrinking order: zero, negative ones, and those around the borders of machine types."""


def integer(draw: DrawFn, values: tuple[int, ...] = INTEGERS) -> int:
    """One of the values, by its index; it shrinks to the first."""
    return values[draw(index(len(values)))]


RESHAPING = ("axes", "length", "few")
"""Names of mutations that make the rank and the size of the first input what they are: those are none of the drawn ones."""

LEVELS, LEAST, MOST = 13, 2, 4
"""As many of ``LEVELS`` structures are changed as there are mutations, but at least ``LEAST`` and at most ``MOST`` of them."""


def sometimes(draw: DrawFn, structure: Structure, mutations: Mapping[str, Mutation], most: int = MOST) -> bool:
    """In some draws, changes the structure by a mutation named in the parameter ``hostile``; whether it did.

    A hostile structure is one case where others are about six: a third of the structures is less than a tenth of the cases. ``most``
    may be less than ``MOST``.
    """
    names = tuple(mutations)
    groups = min(max(len(names), LEAST), most)
    chosen = choose(draw, LEVELS) - (LEVELS - groups)
    if chosen < 0:
        return False
    name = one_of(draw, names[chosen % len(names) :: groups])
    mutations[name](draw, structure)
    structure["parameters"]["hostile"] = name
    return True


def entry(name: str) -> Mutation:
    """The mutation by which one entry of a parameter becomes a hostile integer; of a pair, one of both."""

    def mutate(draw: DrawFn, structure: Structure) -> None:
        values = structure["parameters"][name]
        position = draw(index(len(values)))
        old: Any = values[position]
        new: Any = integer(draw)
        if isinstance(old, tuple):
            new = replaced(old, draw(index(2)), new)
        structure["parameters"][name] = replaced(values, position, new)

    return mutate


def arity(*names: str) -> Mutation:
    """The mutation by which one of the parameters has an entry too many or too few."""

    def mutate(draw: DrawFn, structure: Structure) -> None:
        name = one_of(draw, names)
        values = structure["parameters"][name]
        structure["parameters"][name] = values[1:] if draw(index(2)) else (*values, values[-1])

    return mutate


def axes(*names: str) -> Mutation:
    """The mutation by which one of the inputs has an axis too many or too few."""

    def mutate(draw: DrawFn, structure: Structure) -> None:
        name, more = one_of(draw, names), draw(index(2))
        reshape(structure, name, lambda shape: (*shape, 1) if more else shape[:-1])

    return mutate


def dtypes(first: str, *others: str, choices: tuple[str, ...]) -> Mutation:
    """The mutation by which one of the other inputs, where present, has another dtype than the first one."""

    def mutate(draw: DrawFn, structure: Structure) -> None:
        inputs = structure["inputs"]
        name = one_of(draw, tuple(other for other in others if other in inputs))
        shape, _, layout = inputs[name]
        left = tuple(sorted(set(choices) - {inputs[first][1]}))
        inputs[name] = (shape, one_of(draw, left), layout)

    return mutate


def replaced(values: tuple[Any, ...], position: int, value: Any) -> tuple[Any, ...]:
    """The tuple with another value at a position, which may be negative."""
    position %= len(values)
    return (*values[:position], value, *values[position + 1 :])


def reshape(structure: Structure, name: str, change: Callable[[tuple[int, ...]], tuple[int, ...]]) -> None:
    """Gives an input the shape that ``change`` makes of its own."""
    shape, dtype, layout = structure["inputs"][name]
    structure["inputs"][name] = (change(shape), dtype, layout)
