"""Shapes of arrays, pairs that broadcast, axes, layouts: what operators on arrays of any rank share.

Lengths lie below, at and above the widths of vector registers, because a vector body and its scalar tail are different code.
"""

from __future__ import annotations

import math
from typing import Any

from hypothesis.strategies import DrawFn

from strategies import hostile
from strategies.shapes import Pool, choose, index

LENGTHS = Pool(
    (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 15, 16, 17, 19, 23, 31, 32, 33, 63, 64, 65, 127, 129, 257, 1023, 1025), 5
)
"""Lengths of an axis."""

RANKS = (1, 1, 1, 2, 2, 3, 0, 4)
"""Numbers of axes in shrinking order."""

KINDS = 12
"""Kinds of shapes: the last is empty, the one before has lengths of one alone, the others are of any lengths."""

MOST = 4096
"""Largest number of elements of an array."""

LAYOUTS = ("contiguous",) * 4 + ("transposed", "strided", "offset", "reversed", "broadcast", "readonly")
"""Layouts in shrinking order; four in ten arrays are contiguous."""

INTEGERS = ("int32", "int64", "int8", "uint8", "int16", "uint16", "uint32", "uint64")
"""Integer dtypes in shrinking order."""

FLOATS = ("float32", "float32", "float32", "float64", "float16", "bfloat16")
"""Floating-point dtypes in shrinking order."""

COMPLEX = ("complex64", "complex128")
"""Complex dtypes in shrinking order."""


def shape(
    draw: DrawFn, ranks: tuple[int, ...] = RANKS, most: int = MOST, empty: bool = True, least: int = 1
) -> tuple[int, ...]:
    """A shape of one of the ranks with at most ``most`` elements; with ``empty`` one in twelve has an axis of length zero."""
    rank, kind = ranks[choose(draw, len(ranks))], choose(draw, KINDS)
    if kind == KINDS - 1 and empty:
        rank = rank or max(ranks)
    if kind == KINDS - 2:
        return (least,) * rank
    lengths: list[int] = []
    for _ in range(rank):
        room = max(most // max(math.prod(lengths), 1), 1)
        lengths.append(max(LENGTHS.pick(draw, most=room), least))
    if kind == KINDS - 1 and empty and rank:
        lengths[draw(index(rank))] = 0
    return tuple(lengths)


def degenerate(draw: DrawFn, lengths: list[int]) -> list[int]:
    """The lengths; in one of ``KINDS`` draws all of them one, in another one of them zero."""
    kind = choose(draw, KINDS)
    if kind == KINDS - 2:
        return [1] * len(lengths)
    if kind == KINDS - 1 and lengths:
        place = draw(index(len(lengths)))
        return [*lengths[:place], 0, *lengths[place + 1 :]]
    return lengths


def broadcast_with(draw: DrawFn, full: tuple[int, ...]) -> tuple[int, ...]:
    """A shape that broadcasts to ``full``: the same, with axes of length one, or with leading axes left out."""
    kind = draw(index(4))
    if kind < 2:
        return full
    if kind == 2:
        return full[draw(index(len(full) + 1)) :]
    return tuple(1 if draw(index(2)) else length for length in full)


def axis(draw: DrawFn, rank: int) -> int:
    """An axis of an array of ``rank`` at least 1, counted from either end."""
    chosen = draw(index(2 * rank))
    return chosen if chosen < rank else chosen - 2 * rank


def axes(draw: DrawFn, rank: int) -> tuple[int, ...] | None:
    """None, one axis, several, or none of them (the empty tuple), each axis counted from either end."""
    kind = draw(index(4))
    if kind == 0 or rank == 0:
        return None
    if kind == 1:
        return (axis(draw, rank),)
    chosen = [i for i in range(rank) if draw(index(2))]
    return tuple(i - rank if draw(index(2)) else i for i in chosen)


def one(draw: DrawFn, values: tuple[Any, ...]) -> Any:
    """One of the values, by its index; it shrinks to the first."""
    return values[choose(draw, len(values))]


def layout(draw: DrawFn) -> str:
    """A memory layout."""
    chosen: str = one(draw, LAYOUTS)
    return chosen


def classes(structure: Any) -> dict[str, str]:
    """Parameter classes of a structure for coverage: of its first input, and every parameter that is a flag or a word.

    Rank and size are left out where a hostile mutation made them, and so is a parameter that a mutation of its name changed.
    """
    array, dtype, laid = next(iter(structure["inputs"].values()))
    size = math.prod(array)
    widths = {7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129}
    found = {
        "dtype": dtype,
        "rank": str(len(array)),
        "size": "0" if size == 0 else "1" if size == 1 else "at a vector width" if array[-1] in widths else "other",
        "layout": laid,
    }
    for name, value in structure["parameters"].items():
        if (isinstance(value, (str, bool)) or value is None) and name != structure["parameters"].get("hostile"):
            found[name] = str(value)
    if found.get("hostile") in hostile.RESHAPING:
        del found["rank"], found["size"]
    return found


def count_class(count: int) -> str:
    """A number of elements in a word: what an operator does for it changes at zero and one, and with the orders of magnitude."""
    if count < 0:
        return "negative"
    return str(count) if count < 2 else "few" if count < 10 else "many" if count < 2**15 else "huge"
