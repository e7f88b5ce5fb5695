"""Statements about where in the range of an input it is wrong: between two numbers, and at none that was compared below or above.

How far the wrong numbers reach is known no better than the elements lie close: where they become few, some may lie outside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from harness.diagnosis.explanation import Explanation
from harness.diagnosis.kinds import CLEAR, FEW, Sizes, input_sizes
from harness.diagnosis.observation import Observation

MANY = 6
"""Different wrong inputs from which an interval is said."""


@dataclass(frozen=True)
class _Interval:
    """The least and the largest wrong input, and the right ones next to them."""

    low: float
    high: float
    below: float
    above: float


def intervals(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """Wrong only where an input, or its magnitude, lies between two numbers, as a polynomial of one stretch of the range is."""
    for name, array in runs[0].arrays.items():
        if array.dtype.kind not in "cb":
            for words, sizes in ((name, _numbers), (f"|{name}|", input_sizes)):
                own = partial(sizes, name=name)
                found = _interval(runs, own)
                if found is not None:
                    sentence = (
                        f"every wrong element is one with {words} from {found.low:.4g} to {found.high:.4g}, "
                        f"those compared with {words} up to {found.below:.4g} and from {found.above:.4g} on are right"
                    )
                    yield Explanation("interval of an input", sentence, partial(_between, sizes=own, found=found))


def _numbers(run: Observation, name: str) -> np.ndarray | None:
    """The numbers of an input per element of the result."""
    array = run.arrays.get(name)
    if array is None or array.dtype.kind == "c":
        return None
    try:
        return np.broadcast_to(array.astype(np.longdouble), run.focus.shape)
    except ValueError:
        return None


def _interval(runs: Sequence[Observation], sizes: Sizes) -> _Interval | None:
    """The interval of the wrong inputs of all runs, where most of what lies in it is wrong and right inputs lie on both sides."""
    pairs = [(sizes(run), run.wrong) for run in runs if run.allowed is not None and (run.right or run.same)]
    known = [(size, wrong) for size, wrong in pairs if size is not None]
    if not known:
        return None
    size = np.concatenate([size.reshape(-1) for size, _ in known])
    wrong = np.concatenate([mask.reshape(-1) for _, mask in known])
    bad, good = np.unique(size[wrong]), np.unique(size[~wrong & np.isfinite(size)])
    if len(bad) < MANY or not np.isfinite(bad).all():
        return None
    below, above = good[good < bad[0]], good[good > bad[-1]]
    if min(len(below), len(above)) < FEW or CLEAR * (len(good) - len(below) - len(above)) > (1 - CLEAR) * len(bad):
        return None
    return _Interval(float(bad[0]), float(bad[-1]), float(below[-1]), float(above[0]))


def _between(run: Observation, sizes: Sizes, found: _Interval) -> bool | None:
    size = sizes(run) if run.allowed is not None and (run.right or run.same) else None
    if size is None:
        return None
    inside = (size >= found.low) & (size <= found.high)
    if not run.wrong.any():
        return False if len(np.unique(size[inside])) >= FEW else None
    return not run.wrong[~inside].any()
