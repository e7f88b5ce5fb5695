"""Which level every aspect of a structure takes, so that a run's structures meet all pairs of levels soon.

An aspect is a choice that decides a parameter class: the dtype, the rank, a layout, a flag. Drawn independently, a pair of levels that
is due once in a hundred structures is missed by every third run of a hundred. An orthogonal array of strength two and ``p`` symbols,
a prime, has every pair of symbols of every two columns exactly once in its ``p**2`` rows, and every symbol once in its first ``p``.
The rows after these are scrambled anew, so a long run meets combinations of more aspects as independent draws do.
"""

from __future__ import annotations

from functools import lru_cache
from random import Random

PRIMES = (13, 17, 19, 23)
"""Numbers of symbols. 13 gives 169 rows: about what 1,000 cases of a floating-point operator are drawn from."""

ASPECTS = PRIMES[0]
"""Columns; further aspects of a structure are drawn independently."""


class Row:
    """Row ``number`` of the array with no fewer symbols than ``levels``, if there is one; ``run`` is a hash of seed and operator."""

    def __init__(self, run: int, number: int, levels: int = 1) -> None:
        self._symbols = next((prime for prime in PRIMES if prime >= levels), PRIMES[-1])
        epoch, inside = divmod(number, self._symbols**2)
        self._slope, self._start = divmod(inside, self._symbols)
        self._epoch = run + epoch

    def level(self, aspect: int, count: int, random: Random) -> int:
        """The level, from 0 to ``count - 1``, of the aspect in column ``aspect``; each is as likely as the others.

        Where there are no more levels than symbols, every level has a symbol of its own, and every pair of levels of two
        aspects is met within the rows of the array.
        """
        # A row is a line, a column a place: two values on a line decide it, so no two rows have the same pair in two columns.
        place = (self._start + aspect * self._slope) % self._symbols
        scramble, shift = _scrambled(self._epoch, aspect, self._symbols)
        within = shift if count <= self._symbols else random.random()
        return int((scramble[place] + within) * count / self._symbols)


@lru_cache(maxsize=1024)
def _scrambled(epoch: int, aspect: int, symbols: int) -> tuple[tuple[int, ...], float]:
    """The symbols of a column in another order, and how far the levels' limits are moved against them."""
    random = Random(epoch * ASPECTS + aspect)  # noqa: S311 - nothing secret
    return tuple(random.sample(range(symbols), symbols)), random.random()
