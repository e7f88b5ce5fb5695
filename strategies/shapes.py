"""Sizes of arrays: pools of values in shrinking order, of which the first few recur.

A new shape costs a compilation in some frameworks, so half of all structures are drawn from the front of every pool
alone: about a thousand shapes, which recur. An index means the same value in both kinds of draw, so a structure
shrinks without leaving the one for the other.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy


@cache
def index(count: int) -> SearchStrategy[int]:
    """Integers from 0 to count - 1, one strategy per count: building one costs more than drawing from it."""
    return st.integers(0, count - 1)


FIRST_LEVEL = 1
"""Least value of the range of a choice that decides a parameter class: by it ``harness.draw`` tells such choices from others."""


@cache
def _levels(count: int) -> SearchStrategy[int]:
    return st.integers(FIRST_LEVEL, FIRST_LEVEL + count - 1)


def choose(draw: DrawFn, count: int) -> int:
    """An integer from 0 to count - 1 that decides a parameter class; the structures of a run meet all pairs of such levels soon.

    Which choice of a structure is which is told by their order: draw them before, or outside of, anything whose number varies.
    """
    return draw(_levels(count)) - FIRST_LEVEL if count > 1 else 0


def one_of(draw: DrawFn, values: tuple[str, ...], most: int | None = None) -> str:
    """One of the values, by its index, or of the first ``most``; it shrinks to the first."""
    return values[choose(draw, most or len(values))]


@dataclass(frozen=True)
class Pool:
    """Values in ascending order (one that stands twice is drawn twice as often); the first ``common`` of them recur."""

    values: tuple[int, ...]
    common: int

    def pick(self, draw: DrawFn, common: bool = False, most: int | None = None, aspect: bool = False) -> int:
        """One of the values, at most ``most`` unless even the first is larger; with ``common`` one of the recurring.

        ``aspect``: the value decides a parameter class.
        """
        count = self.common if common else len(self.values)
        if most is not None:
            count = max(1, min(count, bisect_right(self.values, most)))
        return self.values[choose(draw, count) if aspect else draw(index(count))]


RANKS = Pool((1, 1, 1, 1, 1, 2, 2, 2, 3), 8)
"""Numbers of spatial dimensions."""

SIZES = Pool((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 15, 16, 17, 19, 23, 31, 32, 33, 63, 64, 65), 5)
"""Spatial sizes: small ones, and those around the widths of vector registers."""

CHANNELS = Pool((1, 1, 1, 2, 2, 3, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65), 5)
"""Channels per group. One stands thrice: with groups it makes a depthwise convolution or a channel multiplier."""

GROUPS = Pool((1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 5, 7, 8, 15, 16, 17), 6)
"""Groups of channels."""

BATCHES: tuple[int | None, ...] = (1, 2, 1, 2, 3, 4, 0, None)
"""Batch sizes in shrinking order; None: no batch axis."""

COMMON_BATCHES = 2
"""How many of them recur."""


def batch(draw: DrawFn, common: bool, most: int) -> int | None:
    """A batch size, 1 in place of one above ``most``; None where the array has no batch axis."""
    drawn = BATCHES[choose(draw, COMMON_BATCHES if common else len(BATCHES))]
    return 1 if drawn is not None and drawn > most else drawn
