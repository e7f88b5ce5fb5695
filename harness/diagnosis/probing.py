"""The runs from which a finding is diagnosed: its structures with other values, and further structures of the operator."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness import operator
from harness.case import Case, Described, Returned, Target
from harness.check import Checked, Framework, narrowed
from harness.diagnosis.observation import Observation
from harness.draw import STRIDE, block_seed, draw_block
from harness.meaning import Accuracy, Rule
from harness.records import Fingerprint, Status
from harness.values import arrays_of

SECONDS = 8.0
"""What a diagnosis may take."""

VALUES = 3
"""Sets of values that each structure is run with again."""

ELEMENTS = 128
"""Elements of a long vector."""

BLOCKS = 6
"""Blocks of further structures that are drawn."""


@dataclass
class Prober:
    """Runs cases on the target of a finding and sees them as a diagnosis does.

    ``run`` judges cases in order, all of them on ``target`` in one worker.
    """

    run: Callable[[Sequence[Case]], Sequence[Checked]]
    target: Target
    frameworks: Mapping[str, Framework]
    fingerprint: Fingerprint
    output: str
    end: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    def observe(self, checked: Checked, before: Observation | None = None) -> Observation | None:
        """A judged case as a diagnosis sees it; None where nothing was computed, or nothing is to be computed."""
        outcome = checked.outcomes[self.target]
        if not isinstance(outcome, (Returned, Described)):
            return None
        op = operator.get(checked.case.operator)
        narrow = self.frameworks[self.target.framework].narrow
        case, arrays = narrowed(checked.case, arrays_of(checked.case), narrow)
        meaning = op.meaning(case, arrays)
        if meaning.rule is Rule.REFUSE or not meaning.variants:
            return None
        call = checked.calls[self.target]
        documented = call.convention(checked.case) if call else ""
        convention = documented if documented in meaning.variants else next(iter(meaning.variants))
        expected = meaning.variants[convention]
        names = [output.name for output in expected]
        results = outcome.arrays if isinstance(outcome, Returned) else outcome.shapes
        if self.output not in names or len(results) != len(expected):
            return None
        judgement = checked.judgements[self.target]
        return Observation(
            op,
            case,
            arrays,
            convention,
            expected,
            op.accuracy(self.target, call, checked.case) if call else Accuracy(),
            outcome,
            names.index(self.output),
            right=judgement.status is Status.AGREED and convention in (judgement.fits or (convention,)),
            same=self.shows(checked),
            before=before,
        )

    def shows(self, checked: Checked) -> bool:
        """Whether a judged case shows the finding."""
        found = checked.judgements[self.target].disagreement
        return found is not None and Fingerprint.of(checked.case, found) == self.fingerprint

    def sequence(self, cases: Sequence[Case]) -> list[Observation]:
        """Cases run one after the other, each with the one before it."""
        seen: list[Observation] = []
        before = None
        for checked in self.run(cases) if cases else ():
            before = self.observe(checked, before)
            seen += [before] if before else []
        return seen

    def wrong(self, cases: Sequence[Case]) -> list[bool | None]:
        """Of each case whether it shows the finding; None where it is neither that nor right."""
        return [
            True if self.shows(one) else False if one.judgements[self.target].status is Status.AGREED else None
            for one in self.run(cases)
        ]

    @property
    def costly(self) -> bool:
        """Whether another structure costs a compilation."""
        return self.target.mode == "compiled" or self.target.device != "cpu"

    def others(self, case: Case) -> Iterator[Observation]:
        """Wrong outcomes of further structures, as long as there is time for them."""
        op = operator.get(case.operator)
        for block in range(1, 1 + BLOCKS * (not self.costly)):
            if time.monotonic() > self.end - SECONDS / 2:
                return
            drawn = draw_block(op.structures(), f"{op.key}/diagnosis", 0, block, STRIDE)
            seed = block_seed(op.key, 0, block) % 2**32
            cases = [one for structure in drawn for one in op.cases(structure.case, seed) if _alike(one, case)]
            yield from (one for one in self.sequence(cases) if one.same)


def _alike(one: Case, case: Case) -> bool:
    return one.quantity == case.quantity and not one.parameters.get("hostile")


def with_many_elements(structures: Iterable[Case], case: Case) -> list[Case]:
    """The same with long vectors, where elements are computed one by one: where in the range it is wrong shows in many of them."""
    if not operator.get(case.operator).pointwise:
        return []
    long = []
    for one in structures:
        if len({spec.shape for spec in one.inputs.values()}) == 1:
            inputs = {name: replace(spec, shape=(ELEMENTS,), layout="contiguous") for name, spec in one.inputs.items()}
            long.append(replace(one, inputs=inputs))
    return with_other_values(long[:1], case, 1)


def with_other_values(structures: Iterable[Case], case: Case, sets: int = VALUES) -> list[Case]:
    """The cases of structures with other values, of the quantity and the dtype of ``case``, none of them twice."""
    op = operator.get(case.operator)
    found: dict[str, Case] = {}
    for structure in structures:
        for number in range(sets):
            for one in op.cases(structure, block_seed(op.key, number, -1) % 2**32):
                if _alike(one, case) and one.dtype == case.dtype and one.key != case.key:
                    found[one.key] = one
    return list(found.values())
