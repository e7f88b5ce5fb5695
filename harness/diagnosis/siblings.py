"""Explanations by another operator: the outcome is what is right for a call of one that takes the same inputs and parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness import operator
from harness.case import GRADIENT
from harness.diagnosis.explanation import Explanation
from harness.diagnosis.observation import MALFORMED, Observation
from harness.meaning import Rule
from harness.operator import Operator


def other_operators(runs: Sequence[Observation]) -> Iterator[Explanation]:
    """The result is that of another operator of the family."""
    shown = runs[0]
    if shown.allowed is None:
        return  # shapes tell too few operators apart
    for other in operator.load().values():
        if other is not shown.op and other.family == shown.op.family and _takes(other, shown):
            yield Explanation("another operator", f"the result is that of {other.key}", _Of(other))


def _takes(other: Operator, run: Observation) -> bool:
    """Whether the other operator can be asked the same."""
    if run.case.quantity == GRADIENT and other.differentiable != run.op.differentiable:
        return False
    return other.inputs == run.op.inputs


class _Of:
    """What a run says of having been a call of another operator."""

    def __init__(self, other: Operator) -> None:
        self.other = other

    def __call__(self, run: Observation) -> bool | None:
        case = replace(run.case, operator=self.other.key)
        try:
            meaning = self.other.meaning(case, run.arrays)
        except MALFORMED:
            return None
        variants = meaning.variants
        if meaning.rule is Rule.REFUSE or set(variants) != {""} or len(variants[""]) != len(run.expected):
            return None
        return run.judge(variants[""])
