"""Reproducible draws: block b of an operator is one Hypothesis run whose list of cases depends on its seed alone.

No outcome is fed back: the run only generates, has no example database, and its test function never raises. The cases
come from a provider of their own (a Hypothesis backend), for two reasons. Hypothesis' default one mixes in constants
from whatever local source files happen to be imported; and its engine spends most of a short run on mutations of
cases it already has, which it does not do with another backend. So a list depends on (seed, operator, block, size),
on opdiff's strategies and on Hypothesis' version, and on nothing else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis.control import current_build_context
from hypothesis.database import choices_to_bytes
from hypothesis.internal.conjecture.choice import ChoiceConstraintsT, ChoiceTypeT
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.strategies import SearchStrategy

from harness.case import Case

BACKEND = "opdiff"
"""Name of the provider among Hypothesis' backends."""

BLOCK = 50
"""Cases of a block."""


class IndependentProvider(HypothesisProvider):
    """Hypothesis' own distributions, without the constants it collects from the source files of imported modules."""

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

    collect()
    kept = list(drawn.values())[block > 0 :]
    return [Drawn(case, choices, index) for index, (case, choices) in enumerate(kept)]
