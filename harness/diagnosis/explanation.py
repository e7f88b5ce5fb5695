"""An explanation: a statement about a wrong outcome that every run can support, contradict, or say nothing of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from harness.case import Case
from harness.diagnosis.observation import Observation
from harness.elements import Admissible

Arrays: TypeAlias = Mapping[str, np.ndarray]
Change: TypeAlias = Callable[[Case, Arrays], tuple[Case, Arrays] | None]


@dataclass(frozen=True)
class Explanation:
    """``name`` is a stable word for what happened, ``sentence`` says it; ``holds`` what a run says of it (``Observation.judged``)."""

    name: str
    sentence: str
    holds: Callable[[Observation], bool | None]


Row: TypeAlias = Callable[[Sequence[Observation]], Iterable[Explanation]]
"""A row of the table: the explanations to try for the runs of one finding, of which the first is the one that is shown."""


def of_call(name: str, sentence: str, change: Change) -> Explanation:
    """The outcome is what is right for another call, which ``change`` makes of the case and its arrays (None: there is none)."""

    def holds(run: Observation) -> bool | None:
        changed = change(run.case, run.arrays)
        if changed is None:
            return None
        expected = run.expected_of(*changed)
        return None if expected is None else run.judge(expected)

    return Explanation(name, sentence, holds)


def of_elements(name: str, sentence: str, predict: Callable[[Observation], Admissible | None]) -> Explanation:
    """The output that the finding names holds what ``predict`` says (None: nothing for this run)."""

    def holds(run: Observation) -> bool | None:
        if run.allowed is None:
            return None
        with np.errstate(all="ignore"):
            return run.judge_elements(predict(run))

    return Explanation(name, sentence, holds)


def permuted(allowed: Admissible, move: Callable[[np.ndarray], np.ndarray]) -> Admissible:
    """The right elements in other places."""
    bound, free = allowed.bound, allowed.free
    return Admissible(
        tuple(move(value) for value in allowed.readings),
        None if bound is None else move(bound),
        None if free is None else move(free),
        allowed.signed,
    )


def mapped(allowed: Admissible, change: Callable[[np.ndarray], np.ndarray], scale: float = 1.0) -> Admissible:
    """Each right element changed; its error bound grows by the factor ``scale``."""
    bound = None if allowed.bound is None else allowed.bound * abs(scale)
    return Admissible(tuple(change(value) for value in allowed.readings), bound, allowed.free, allowed.signed)
