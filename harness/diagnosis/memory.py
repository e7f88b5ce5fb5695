"""Explanations by memory: the result of the case before, elements that were never written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from harness import limits
from harness.case import Returned
from harness.diagnosis.explanation import Explanation, of_elements
from harness.diagnosis.observation import Observation
from harness.elements import Admissible

FILL = ~limits.PATTERN & 0xFF
"""What every byte of allocated memory holds during the second call of a case."""


def stale(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """The result is that of the case which the same worker ran before."""
    name = runs[0].name
    yield of_elements("stale result", f"{name} is the result of the call before, of other inputs", _before)


def _before(run: Observation) -> Admissible | None:
    if run.before is None or run.allowed is None:
        return None
    old = run.before.allowed
    return old if old is not None and old.readings[0].shape == run.got.shape else None


def unwritten(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Elements are never written: in the second call, on memory filled with a pattern, they hold the pattern."""
    shown = runs[0]
    sentence = f"elements of {shown.name} are never written: on memory filled with bytes of {FILL:#04x} they hold these"
    yield Explanation("uninitialised memory", sentence, _holds_pattern)


def _holds_pattern(run: Observation) -> bool | None:
    if not isinstance(run.outcome, Returned) or not run.outcome.again:
        return None
    once, again = run.outcome.arrays[run.output], run.outcome.again[run.output]
    if once.shape != again.shape or once.size == 0:
        return None
    first, second = (_bytes(array) for array in (once, again))
    changed = (first != second).any(axis=-1)
    return bool(changed.any() and (second[changed] == FILL).all())


def _bytes(array: np.ndarray) -> np.ndarray:
    """One row of bytes per element."""
    return np.ascontiguousarray(array).reshape(-1, 1).view(np.uint8)
