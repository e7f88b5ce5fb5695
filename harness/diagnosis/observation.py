"""What a diagnosis sees of one run: the case, what is right, what came back, and which of its elements are wrong. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from harness.case import Case, Described, Returned
from harness.elements import Admissible, admissible
from harness.meaning import Accuracy, Expected, Rule
from harness.mismatch import compare
from harness.operator import Operator

MALFORMED = (ArithmeticError, LookupError, TypeError, ValueError)
"""What evaluating a meaning raises where a changed parameter makes no sense: then it explains nothing."""

MOST_ELEMENTS = 1 << 17
"""Elements of a result up to which it is looked at."""


@dataclass(frozen=True)
class Observation:
    """One run of one case on the blamed target.

    ``case`` and ``arrays`` are as the framework sees them (dtypes that it documents to narrow are narrowed); ``expected`` is what the
    convention that it documents gives, ``output`` the number of the output that the finding names. ``right`` says that the outcome was
    judged right, ``same`` that it shows the finding; an outcome may be neither. ``before`` is the run before it in the same worker.
    """

    op: Operator
    case: Case
    arrays: Mapping[str, np.ndarray]
    convention: str
    expected: tuple[Expected, ...]
    accuracy: Accuracy
    outcome: Returned | Described
    output: int = 0
    right: bool = False
    same: bool = True
    before: Observation | None = None

    @property
    def focus(self) -> Expected:
        """What is right for the output that the finding names."""
        return self.expected[self.output]

    @property
    def name(self) -> str:
        """Name of the output that the finding names."""
        return self.focus.name

    @property
    def shape(self) -> tuple[int | None, ...] | None:
        """Shape of that output as it came back; None where it is not known."""
        if isinstance(self.outcome, Returned):
            return self.outcome.arrays[self.output].shape
        return self.outcome.shapes[self.output]

    @property
    def structure(self) -> tuple[Any, ...]:
        """What the shape of the result depends on: shapes, dtypes and parameters."""
        inputs = tuple((name, spec.shape, spec.dtype) for name, spec in self.case.inputs.items())
        return inputs, repr(sorted(self.case.parameters.items()))

    @cached_property
    def raw(self) -> np.ndarray | None:
        """That output as it came back; None where its shape is wrong, nothing was computed, or a property decides."""
        if isinstance(self.outcome, Described) or self.focus.property is not None:
            return None
        array = self.outcome.arrays[self.output]
        return array if array.shape == self.focus.shape and 0 < array.size <= MOST_ELEMENTS else None

    @cached_property
    def allowed(self) -> Admissible | None:
        """What may stand in that output; None where its elements cannot be judged one by one."""
        return None if self.raw is None else admissible(self.focus, self.accuracy)

    @cached_property
    def got(self) -> np.ndarray:
        """That output in the dtype of the reference."""
        assert self.raw is not None, "asked after allowed"
        assert self.allowed is not None, "asked after allowed"
        return self.raw.astype(self.allowed.readings[0].dtype)

    @cached_property
    def wrong(self) -> np.ndarray:
        """Mask of its wrong elements."""
        assert self.allowed is not None, "asked after allowed"
        return ~self.allowed.holds(self.got)

    @property
    def wrong_elements(self) -> bool:
        """Whether elements of that output are wrong, for whatever reason."""
        return self.allowed is not None and bool(self.wrong.any())

    def expected_of(self, case: Case, arrays: Mapping[str, np.ndarray]) -> tuple[Expected, ...] | None:
        """What would be right if the call were another one; None where that is no call that computes."""
        try:
            with np.errstate(all="ignore"):
                meaning = self.op.meaning(case, arrays)
        except MALFORMED:
            return None
        if meaning.rule is Rule.REFUSE or not meaning.variants:
            return None
        return meaning.variants.get(self.convention) or next(iter(meaning.variants.values()))

    def judged(self, fits: bool) -> bool | None:
        """What it says of an explanation that the prediction fits or does not: True for it, False against it, None nothing.

        A right outcome that an explanation predicts as well says nothing; neither does one that is wrong in another way and not explained.
        """
        if self.right:
            return None if fits else False
        if fits:
            return True
        return False if self.same else None

    def judge(self, expected: tuple[Expected, ...]) -> bool | None:
        """What it says of the explanation that ``expected`` is what was computed: all outputs, each within its bound."""
        if isinstance(self.outcome, Returned) and sum(a.size for a in self.outcome.arrays) > MOST_ELEMENTS:
            return None
        with np.errstate(all="ignore"):
            mismatch, _ = compare(self.outcome, expected, self.accuracy)
        if mismatch is None and not self._decided(expected):
            return None
        return self.judged(mismatch is None)

    def _decided(self, expected: tuple[Expected, ...]) -> bool:
        """Whether fitting ``expected`` means something: a wrong element of the output in focus is held to a value."""
        if self.right or isinstance(self.outcome, Described):
            return True
        other = admissible(expected[self.output], self.accuracy)
        if other is None:
            return expected[self.output].property is not None
        held = np.ones(other.readings[0].shape, bool) if self.allowed is None else self.wrong.copy()
        if other.free is not None:
            held &= ~other.free
        if other.bound is not None:
            held &= np.isfinite(other.bound)
        if self.allowed is not None:  # a prediction that the right elements fit as well tells nothing
            held &= ~other.holds(self.allowed.readings[0].astype(other.readings[0].dtype))
        return bool(held.any())

    def judge_elements(self, predicted: Admissible | None) -> bool | None:
        """What it says of the explanation that ``predicted`` stands in the output in focus; None where that says nothing here."""
        if self.allowed is None or predicted is None:
            return None
        if predicted.bound is not None:  # infinity may stand for an overflow of the bound: everything would fit
            predicted = replace(predicted, bound=np.where(np.isfinite(predicted.bound), predicted.bound, 0))
        fits = bool(predicted.holds(self.got).all())
        if not self.wrong.any():
            return None if fits else False
        if fits:
            return True
        return False if self.same else None
