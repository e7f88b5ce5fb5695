"""The adapter: computes by the definition, rounds to the dtype, and misbehaves as ``OPDIFF_PLANTED`` says."""

from __future__ import annotations

import os

import numpy as np

from harness import operator
from harness.adapters.base import Adapter
from harness.case import Case, Described, Outcome, OutOfMemory, Raised, Returned
from harness.formats import numpy_dtype
from harness.meaning import Expected, Meaning, Rule
from harness.values import arrays_of, checksum
from planted import every_bug
from planted.bugs import Bug, Refusal, zeros_for


class Planted(Adapter):
    """A right implementation unless told otherwise."""

    name = table = "planted"
    modes = ("eager", "abstract")
    devices = ("cpu",)

    def __init__(self, device: str = "cpu") -> None:
        self.device = device
        self.bug = every_bug().get(os.environ.get("OPDIFF_PLANTED", ""), Bug(()))

    def versions(self) -> dict[str, str]:
        """A made-up distribution."""
        return {"planted": "1"}

    def execute(self, case: Case, mode: str) -> Outcome:
        """Take the place of ``harness.execute.execute``: there is no framework to call."""
        arrays = arrays_of(case)
        op = operator.get(case.operator)
        meaning = op.meaning(case, arrays)
        if mode == "abstract":
            return self._describe(case, meaning)
        try:
            if meaning.rule is Rule.REFUSE:
                if self.bug.accepts:
                    return Returned(tuple(zeros_for(case)))
                raise Refusal(meaning.reason)
            if not meaning.variants:
                raise Refusal(meaning.reason)
            changed, moved = self.bug.before(case, arrays)
            results = _computed(op.meaning(changed, moved))
            return Returned(tuple(self.bug.after(case, results)), 0.0, checksum(arrays.values()))
        except MemoryError as error:
            return OutOfMemory(str(error))
        except Refusal as error:
            return Raised("planted.Refusal", str(error))

    def _describe(self, case: Case, meaning: Meaning) -> Outcome:
        if meaning.rule is Rule.REFUSE or not meaning.variants:
            return Raised("planted.Refusal", meaning.reason)
        outputs = next(iter(meaning.variants.values()))
        return Described(tuple(self.bug.shape(case, o.shape) for o in outputs), tuple(o.dtype for o in outputs))


class CompiledOnly(Planted):
    """Right in eager mode whatever it is told, wrong in what it calls compiled."""

    modes = ("eager", "compiled")

    def execute(self, case: Case, mode: str) -> Outcome:
        """As the bug says in compiled mode alone."""
        told, self.bug = self.bug, self.bug if mode == "compiled" else Bug(())
        try:
            return super().execute(case, mode)
        finally:
            self.bug = told


def _computed(meaning: Meaning) -> list[np.ndarray]:
    """The expected values of the first convention, rounded once; zeros where the definition only gives a shape."""
    outputs = next(iter(meaning.variants.values()))
    with np.errstate(over="ignore", invalid="ignore"):
        return [_first(output).astype(numpy_dtype(output.dtype)) for output in outputs]


def _first(output: Expected) -> np.ndarray:
    return np.array(output.values[0]) if output.values else np.zeros(output.shape)
