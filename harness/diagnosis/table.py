"""Which explanation fits a finding: the open table of explanations, and what counts as having explained."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.case import Described
from harness.diagnosis import (
    indices,
    inputs,
    integers,
    intervals,
    kinds,
    memory,
    orders,
    parameters,
    places,
    precision,
    results,
    shapes,
    siblings,
)
from harness.diagnosis.explanation import Explanation, Row
from harness.diagnosis.observation import Observation

ROWS: list[Row] = [
    memory.unwritten,
    memory.stale,
    results.constants,
    results.unchanged,
    parameters.other_parameters,
    indices.out_of_bounds,
    inputs.exchanged_inputs,
    inputs.turned_inputs,
    inputs.halves_of_inputs,
    inputs.missing_inputs,
    inputs.tails_of_inputs,
    inputs.signs_of_inputs,
    orders.reordered_along_its_axis,
    orders.reordered,
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
]
"""What predicts the outcome, most specific first. Add a row here."""

PLACES: list[Row] = [
    kinds.kinds_of_inputs,
    places.tails,
    places.lanes,
    places.ends,
    results.limits,
    intervals.intervals,
    kinds.magnitudes,
    kinds.only_kinds_of_inputs,
    precision.narrow_accumulation,
    shapes.other_shapes,
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
    further structures, which may show it for another reason: as many must support the explanation as contradict it, and where they are
    right they say nothing. At least two wrong outcomes must support it, and at least half of all. Of those that fit, the one with the
    most for it and the least against it is said, with what fits equally. Stops trying at ``deadline`` (seconds of ``time.monotonic``).
    """
    for table in (ROWS, PLACES):
        if isinstance(runs[0].outcome, Described) or (table is PLACES and runs[0].shape != runs[0].focus.shape):
            runs, others = _one_of_each(runs), _one_of_each(others)
        seen = runs if table is ROWS else (*runs, *others)
        tried = (_tried(one, row, runs, others) for row, rows in enumerate(table) for one in rows(seen))
        fits = itertools.takewhile(lambda _: time.monotonic() < deadline, tried)
        found = _best([fit for fit in fits if fit is not None])
        if found:
            return replace(found, of=_wrong(runs, others))
    return None


def _one_of_each(runs: Sequence[Observation]) -> list[Observation]:
    """The first run of each structure: a shape does not depend on values, so that others say nothing more of it."""
    return list({run.structure: run for run in reversed(runs)}.values())[::-1]


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
    enough = support + wins >= ENOUGH_RUNS and wins >= losses and most
    return _Fit(explanation, row, support + wins, losses) if enough else None


def _wrong(runs: Sequence[Observation], others: Sequence[Observation]) -> int:
    """Number of wrong outcomes, in whatever way they are."""
    return sum(run.same or run.wrong_elements for run in (*runs, *others))


def _best(fits: Sequence[_Fit]) -> Diagnosis | None:
    """The fit that explains the most outcomes, with those that cannot be told from it; None where they are too many to mean something."""
    ranked = sorted(fits, key=lambda fit: (fit.against - fit.support, fit.row))
    if not ranked:
        return None
    first = ranked[0]
    alike = [fit for fit in ranked if fit.support - fit.against == first.support - first.against]
    sentences = list(dict.fromkeys(fit.explanation.sentence for fit in alike))
    if len(sentences) > MOST_ALIKE:
        return None
    said = [*sentences[:MOST_SAID], *(["something else that fits as well"] if len(sentences) > MOST_SAID else [])]
    return Diagnosis(first.explanation.name, ", or ".join(said), first.support)
