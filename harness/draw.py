"""Reproducible draws: block b of an operator is one Hypothesis run whose list of cases depends on its seed alone.

No outcome is fed back: the run only generates, has no example database, and its test function never raises. The cases
come from a provider of their own (a Hypothesis backend), for two reasons. Hypothesis' default one mixes in constants
from whatever local source files happen to be imported; and its engine spends most of a short run on mutations of
cases it already has, which it does not do with another backend. So a list depends on (seed, operator, block, size),
on opdiff's strategies and on Hypothesis' version, and on nothing else.

Structures of a run are numbered through its blocks. The choices that decide parameter classes (``strategies.shapes.choose``) are those
of the structure's row of a covering array; all others are independent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import chain, count

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis.control import current_build_context
from hypothesis.database import choices_to_bytes
from hypothesis.internal.conjecture.choice import ChoiceConstraintsT, ChoiceTypeT
from hypothesis.internal.conjecture.data import ConjectureData
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.strategies import SearchStrategy

from harness.case import Case
from harness.covering import ASPECTS, Row
from strategies.shapes import FIRST_LEVEL

BACKEND = "opdiff"
"""Name of the provider among Hypothesis' backends."""

BLOCK = 50
"""Cases of a block."""

STRIDE = 4
"""Rows of the covering array from one block to the next: the structures of a run's block. Enough to amortise Hypothesis' start, few
enough that a short run reaches many operators."""

NARROW = 2**8
"""Integers of a range up to which Hypothesis' distribution of integers is flat, and drawn by ``random`` in a tenth of the time."""

_ROWS: ContextVar[Iterator[tuple[int, int]] | None] = ContextVar("rows", default=None)
"""The rows of the block that is being drawn: hash and number of each."""


class IndependentProvider(HypothesisProvider):
    """Hypothesis' own distributions, without the constants it collects from the source files of imported modules.

    One provider draws one structure. Its aspects, known by the least value of their range, are drawn from a row of a covering array.
    """

    def __init__(self, conjecturedata: ConjectureData | None, /) -> None:
        super().__init__(conjecturedata)
        self._row: Row | None = None
        self._aspects = 0

    def draw_integer(
        self,
        min_value: int | None = None,
        max_value: int | None = None,
        *,
        weights: dict[int, float] | None = None,
        shrink_towards: int = 0,
    ) -> int:
        """An integer of the range: of a covering array where the range is that of an aspect."""
        if min_value is None or max_value is None or weights is not None or max_value - min_value >= NARROW:
            return super().draw_integer(min_value, max_value, weights=weights, shrink_towards=shrink_towards)
        assert self._random is not None, "a provider draws for a test case"
        number = max_value - min_value + 1
        rows = _ROWS.get() if min_value == FIRST_LEVEL and self._aspects < ASPECTS else None
        if rows is None:
            return min_value + int(self._random.random() * number)
        self._row = self._row or Row(*next(rows), levels=number)
        self._aspects += 1
        return min_value + self._row.level(self._aspects - 1, number, self._random)

    def _maybe_draw_constant(
        self, choice_type: ChoiceTypeT, constraints: ChoiceConstraintsT, *, p: float = 0.05
    ) -> None:
        """Never a constant, neither a local nor a global one: strategies name their own extreme values."""


AVAILABLE_PROVIDERS[BACKEND] = IndependentProvider


@dataclass(frozen=True)
class Drawn:
    """The case at ``index`` of its block, and the choices that draw it again, from which ``shrink`` starts."""

    case: Case
    choices: bytes
    index: int


def block_seed(operator: str, seed: int, block: int) -> int:
    """The seed of a block's Hypothesis run: a hash that is the same in every process and under every Python."""
    digest = hashlib.sha256(f"{seed}/{operator}/{block}".encode()).digest()
    return int.from_bytes(digest[:16], "big")


def _rows(operator: str, seed: int, block: int) -> Iterator[tuple[int, int]]:
    """The rows of a block: ``STRIDE`` of the run's, then those of an array of the block's own.

    The simplest case takes none: it stands first in block 0 and is left out of the others.
    """
    first, end = max(block * STRIDE - 1, 0), (block + 1) * STRIDE - 1
    run, own = block_seed(operator, seed, -1), block_seed(operator, seed, block)
    return chain(((run, number) for number in range(first, end)), ((own, number) for number in count()))


def draw_block(strategy: SearchStrategy[Case], operator: str, seed: int, block: int, size: int = BLOCK) -> list[Drawn]:
    """The cases of a block in order, ``size`` of them less those that repeat an earlier one of the block.

    Hypothesis begins every run with the simplest case; it stands in block 0 alone.
    """
    drawn: dict[str, tuple[Case, bytes]] = {}

    @seeded(block_seed(operator, seed, block))
    @settings(
        max_examples=size + (block > 0),
        phases=[Phase.generate],
        backend=BACKEND,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(strategy)
    def collect(case: Case) -> None:
        drawn.setdefault(case.key, (case, choices_to_bytes(current_build_context().data.choices)))

    # There is no database, and Hypothesis would read and hash this function's source for the key in it, in a tenth of the drawing's time.
    setattr(collect, "_hypothesis_internal_database_key", b"")  # noqa: B010
    token = _ROWS.set(_rows(operator, seed, block))
    try:
        collect()
    finally:
        _ROWS.reset(token)
    kept = list(drawn.values())[block > 0 :]
    return [Drawn(case, choices, index) for index, (case, choices) in enumerate(kept)]
