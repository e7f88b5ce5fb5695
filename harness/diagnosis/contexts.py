"""Where a finding shows and where it does not: other modes and devices of the same framework, smaller sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from harness import operator
from harness.case import VALUE, Case, Returned, Target
from harness.check import Checked
from harness.diagnosis.observation import MALFORMED
from harness.meaning import Rule
from harness.records import Status
from harness.values import PLAIN_MAKERS, arrays_of

SHORTEST = 4
"""Lengths of axes from which a smaller size is asked for: a case that shrank to shorter ones does not need its size."""

SETS = 4
"""Sets of random values with which each size is tried."""

MOST_GROWN = 1 << 16
"""Elements of an input up to which a larger size is asked for."""


def elsewhere(checked: Checked, target: Target) -> str:
    """In which modes or on which devices of the framework the same call is right; "" where nothing is known."""
    right = {
        other
        for other, judgement in checked.judgements.items()
        if other.framework == target.framework
        and other != target
        and judgement.status is Status.AGREED
        and isinstance(checked.outcomes[other], Returned)
    }
    modes = sorted(other.mode for other in right if other.device == target.device)
    if modes and target.mode != "abstract":
        return f"in mode {' and '.join(modes)} {target.framework} is right"
    devices = sorted(other.device for other in right if other.mode == target.mode)
    return f"on {' and '.join(devices)} {target.framework} is right" if devices else ""


def unsteady(shown: int, attempts: int) -> str:
    """How often a case that was run several times showed the finding; "" where it always or never did."""
    return f"the same call is wrong in {shown} of {attempts} runs" if 0 < shown < attempts else ""


def beyond_a_size(case: Case, wrong: Callable[[Sequence[Case]], list[bool | None]], most: int = 2) -> str:
    """The length below which the outcome is right and from which it is wrong, as far as that was tried; "" where there is none.

    ``wrong`` runs cases and says of each whether it shows the finding (None: something else came of it). Random values are others each
    time, so that it is not them on which it depends. ``most`` lengths of axes are tried, and none any further once it cannot be.
    """
    for length in islice(_lengths(case), most):
        smaller = [resized(case, length, n) for n in dict.fromkeys((length - 1, length // 2))]
        larger = [resized(case, length, n) for n in (length, length + 1, 2 * length)]
        if None in smaller or larger[-1] is None:
            continue
        below = (one for form in smaller if form for one in wrong(_reseeded(form)))
        above = (one for form in larger if form for one in wrong(_reseeded(form)))
        if all(one is False for one in below) and all(above):
            lengths = " and ".join(str(n) for n in dict.fromkeys((length - 1, length // 2)))
            return (
                f"with {lengths} in place of {length} elements along an axis it is right, with {2 * length} wrong again"
            )
    return ""


def _reseeded(case: Case) -> list[Case]:
    """The case with several sets of values, where they are random."""
    if all(spec.regime in PLAIN_MAKERS for spec in case.inputs.values()):
        return [case]
    return [
        replace(case, inputs={name: replace(spec, seed=spec.seed + n) for name, spec in case.inputs.items()})
        for n in range(1, 1 + SETS)
    ]


def _lengths(case: Case) -> Iterator[int]:
    """Lengths of axes that may matter, longest first."""
    if case.quantity == VALUE:
        yield from sorted({n for spec in case.inputs.values() for n in spec.shape if n >= SHORTEST}, reverse=True)


def resized(case: Case, length: int, other: int) -> Case | None:
    """The case with axes of another length wherever they have that one; None where that is no case that must compute."""
    inputs = {
        name: replace(spec, shape=tuple(other if n == length else n for n in spec.shape))
        for name, spec in case.inputs.items()
    }
    if any(spec.size > MOST_GROWN for spec in inputs.values()):
        return None
    changed = replace(case, inputs=inputs)
    try:
        meaning = operator.get(case.operator).meaning(changed, arrays_of(changed))
    except MALFORMED:
        return None
    return changed if meaning.rule is Rule.COMPUTE and meaning.variants else None
