"""Which explanation fits a finding: the open table of explanations, and what counts as having explained."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.diagnosis import inputs, integers, kinds, memory, parameters, places, precision, results, shapes, siblings
from harness.diagnosis.explanation import Explanation, Row
from harness.diagnosis.observation import Observation

ROWS: list[Row] = [
    memory.unwritten,
    memory.stale,
    results.constants,
    results.unchanged,
    parameters.other_parameters,
    inputs.exchanged_inputs,
    inputs.turned_inputs,
    inputs.missing_inputs,
    inputs.tails_of_inputs,
    inputs.signs_of_inputs,
    results.reordered,
    results.signs,
    precision.rounded_results,
    precision.narrow_computation,
    precision.rounded_operands,
    integers.wrapped,
    integers.rounded_integers,
    integers.computed_in_floats,
    inputs.special_inputs,
    results.special_results,
    precision.flushed_results,
    siblings.other_operators,
    results.factors,
    results.measured_factor,
    results.offsets,
    shapes.other_shapes,
]
"""What predicts the outcome, most specific first. Add a row here."""

PLACES: list[Row] = [
    kinds.kinds_of_inputs,
    places.tails,
    places.lanes,
    places.ends,
    kinds.magnitudes,
    kinds.only_kinds_of_inputs,
    results.limits,
    precision.narrow_accumulation,
]
"""What only says where a result is wrong, or by how much; asked where no outcome was predicted."""

ENOUGH_RUNS = 2
"""Wrong outcomes that an explanation must fit, the one that is shown among them."""

MOST_SAID = 2
"""Explanations that fit equally, up to which all of them are said."""

MOST_ALIKE = 6
"""Explanations that fit equally, beyond which none of them is said: the outcomes do not tell one from another."""


@dataclass(frozen=True)
class Diagnosis:
    """What fits: ``name`` is a stable word for what happened, ``sentence`` says it; it explains ``runs`` of ``of`` wrong outcomes."""

    name: str
    sentence: str
    runs: int = 1
    of: int = 1


@dataclass(frozen=True)
class _Fit:
    """An explanation that fits, its row's place in the table, and how many wrong outcomes it explains, and does not."""

    explanation: Explanation
    row: int
    support: int
    against: int


def diagnose(
    runs: Sequence[Observation], others: Sequence[Observation] = (), deadline: float = math.inf
) -> Diagnosis | None:
    """The explanation that fits the first of ``runs`` and every other one, if there is one.

    ``runs`` are of the structures that are known to show the finding: none of them may contradict the explanation. ``others`` are of
    further structures, which may show it for another reason: four must support the explanation for one that contradicts it, and where they
    are right they say nothing. At least two wrong outcomes must support it, and at least half of all. Of those that fit, the one with the
    least against it and the most for it is said, with what fits equally. Stops trying at ``deadline`` (seconds of ``time.monotonic``).
    """
    for table in (ROWS, PLACES):
        fits = itertools.takewhile(lambda _: time.monotonic() < deadline, _fits(table, runs, others))
        found = _best([fit for fit in fits if fit is not None])
        if found:
            return replace(found, of=_wrong(runs, others))
    return None


def _fits(table: Sequence[Row], runs: Sequence[Observation], others: Sequence[Observation]) -> Iterator[_Fit | None]:
    """What is known of each explanation in turn; None where it does not fit."""
    for row, explanations in enumerate(table):
        for explanation in explanations(runs):
            yield _tried(explanation, row, runs, others)


def _tried(
    explanation: Explanation, row: int, runs: Sequence[Observation], others: Sequence[Observation]
) -> _Fit | None:
    support = 0
    for run in runs:
        said = explanation.holds(run)
        if said is False or (said is None and support == 0):
            return None
        support += said is True
    further = [explanation.holds(run) for run in others if run.same]
    wins, losses = further.count(True), further.count(False)
    most = 2 * (support + wins) >= _wrong(runs, others)
    enough = support + wins >= ENOUGH_RUNS and wins >= 4 * losses and most
    return _Fit(explanation, row, support + wins, losses) if enough else None


def _wrong(runs: Sequence[Observation], others: Sequence[Observation]) -> int:
    """Number of wrong outcomes, in whatever way they are."""
    return sum(not run.right for run in runs) + sum(run.same for run in others)


def _best(fits: Sequence[_Fit]) -> Diagnosis | None:
    """The fit that explains the most outcomes, with those that cannot be told from it; None where they are too many to mean something."""
    ranked = sorted(fits, key=lambda fit: (fit.against, -fit.support, fit.row))
    if not ranked:
        return None
    first = ranked[0]
    alike = [fit for fit in ranked if (fit.against, fit.support) == (first.against, first.support)]
    sentences = list(dict.fromkeys(fit.explanation.sentence for fit in alike))
    if len(sentences) > MOST_ALIKE:
        return None
    said = [*sentences[:MOST_SAID], *(["something else that fits as well"] if len(sentences) > MOST_SAID else [])]
    return Diagnosis(first.explanation.name, ", or ".join(said), first.support)
