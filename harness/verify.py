"""From a sighting to a finding: shrink it, run its stored form again elsewhere, and write down everything a reader needs."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness import operator
from harness.case import (
    Case,
    Described,
    Died,
    Disagreement,
    Kind,
    KnownDifference,
    Outcome,
    OutOfMemory,
    Raised,
    Returned,
    Target,
    TimedOut,
    Unsupported,
)
from harness.check import Checked, Framework, judge_all
from harness.draw import Drawn
from harness.pool import Pool
from harness.records import FindingRecord, Fingerprint, OutcomeSummary, RunRecord, Severity, Status
from harness.shrink import PROBES_OF_A_CRASH, SECONDS_OF_A_CRASH, shrink, simplify_values

PROBES, SECONDS = 400, 40.0
"""Shrinking budget of a finding whose probes return."""

ATTEMPTS = 3
MOST_NUMBERS = 400
_COSTLY = (Kind.DIED, Kind.TIMED_OUT)


@dataclass(frozen=True)
class Sighting:
    """A disagreement as the campaign met it."""

    drawn: Drawn
    block: int
    seed: int
    checked: Checked
    disagreement: Disagreement

    @property
    def fingerprint(self) -> Fingerprint:
        return Fingerprint.of(self.checked.case, self.disagreement)

    def urgency(self) -> tuple[int, bool]:
        """Sorts what a reader waits for first: bugs, ambiguities, known differences; cheap before costly."""
        order = list(Severity).index(severity(self.disagreement, self.known is not None))
        return order, self.disagreement.kind in _COSTLY

    @property
    def known(self) -> KnownDifference | None:
        """The known difference that explains the disagreement, if one does."""
        judgement = self.checked.judgements[self.disagreement.target]
        return judgement.known if self.disagreement is judgement.disagreement else None

    def _canvas(self) -> dict[str, Any]:
        """What the picture of an aligned transposed convolution needs: canvas lengths and the window that was asked for."""
        notes = self.checked.meaning.notes
        if "canvas" not in notes or "windows" not in notes:
            return {}
        return {"canvas": list(notes["canvas"]), "windows": {"asked for": [list(pair) for pair in notes["windows"]]}}

    def finding(self, seed: int, run: RunRecord) -> FindingRecord:
        """The finding as far as it is known before shrinking."""
        target = self.disagreement.target
        known = self.known
        return FindingRecord(
            fingerprint=self.fingerprint,
            severity=severity(self.disagreement, known is not None),
            sentence=self.disagreement.sentence,
            case=self.checked.case,
            target=target,
            targets=(str(target),),
            detail={**self._canvas(), **self.disagreement.detail},
            outcomes=summaries(self.checked),
            minimal=False,
            reason=known.reason if known else "",
            source=known.source if known else "",
            seed=seed,
            block=self.block,
            versions=dict(run.versions),
            environment=dict(run.environment),
            first_run=run.id,
            last_run=run.id,
            first_seen=run.started,
            last_seen=run.started,
            marks=("suspect: oracle",) if self.disagreement.detail.get("suspect") == "oracle" else (),
        )


def severity(disagreement: Disagreement, known: bool) -> Severity:
    """Ambiguities and known differences never make a run fail."""
    if disagreement.kind is Kind.AMBIGUITY:
        return Severity.AMBIGUITY
    return Severity.KNOWN if known else Severity.BUG


class Verifier:
    """Shrinks in the workers of the run, confirms in workers that did not find the disagreement."""

    def __init__(self, second: Pool, first: Pool, frameworks: Mapping[str, Framework]) -> None:
        self.second, self.first, self.frameworks = second, first, frameworks
        self.started: set[str] = set()

    def complete(self, finding: FindingRecord, sighting: Sighting) -> FindingRecord:
        """The finding with its smallest case, the outcomes of all targets on it, and how often it was reproduced."""
        targets = self._witnesses(sighting)
        shrunk, minimal = self._shrink(sighting, targets)
        checked = self.run(self.first, shrunk, list(sighting.checked.outcomes))
        again = _find(checked, sighting.fingerprint)
        if again is None:  # it went away: the stored form is the one that was seen
            shrunk, minimal, checked, again = sighting.checked.case, False, sighting.checked, sighting.disagreement
        smallest = replace(sighting, checked=checked, disagreement=again).finding(
            finding.seed, RunRecord("", 0, (), ())
        )
        reproduced = self.confirm(shrunk, targets, sighting.fingerprint)
        marks = set(smallest.marks) | ({"not minimal"} if not minimal else set())
        if reproduced < ATTEMPTS:
            marks.add("not reproduced" if not reproduced else "flaky")
        return replace(
            finding,
            sentence=_with_witnesses(smallest, checked),
            case=shrunk,
            target=smallest.target,
            detail=smallest.detail,
            outcomes=smallest.outcomes,
            minimal=minimal,
            reproduced=reproduced,
            attempts=ATTEMPTS,
            marks=tuple(sorted(marks)),
        )

    def confirm_stored(self, finding: FindingRecord) -> FindingRecord:
        """A finding of an interrupted run, whose choices are gone: confirmed as it was stored, not shrunk."""
        conventions = finding.detail.get("conventions", {})
        targets = [Target.parse(text) for text in conventions] or [finding.target]
        reproduced = self.confirm(finding.case, targets, finding.fingerprint)
        marks = tuple(sorted({*finding.marks, "not minimal"}))
        return replace(finding, reproduced=reproduced, attempts=ATTEMPTS, minimal=False, marks=marks)

    def confirm(self, case: Case, targets: Sequence[Target], fingerprint: Fingerprint) -> int:
        """How many of three runs of the stored form, in workers that did not find it, show the fingerprint again."""
        stored = Case.from_json(case.to_json())
        fresh = fingerprint.kind in {kind.value for kind in _COSTLY}
        return sum(
            _find(self.run(self.second, stored, targets, fresh), fingerprint) is not None for _ in range(ATTEMPTS)
        )

    def run(self, pool: Pool, case: Case, targets: Iterable[Target], fresh: bool = False) -> Checked:
        """The case on the targets, each worker asked once, all at the same time; ``fresh`` gives each a new process."""
        by_worker: dict[str, list[Target]] = {}
        for target in targets:
            by_worker.setdefault(target.worker, []).append(target)
        self._start(pool, by_worker)
        outcomes: dict[Target, Outcome] = {}
        if fresh:
            for worker, group in by_worker.items():
                outcomes.update(zip(group, pool.run_fresh(worker, [(case, t.mode) for t in group]), strict=True))
            return judge_all(case, outcomes, self.frameworks)
        tickets = {pool.submit(worker, [(case, t.mode) for t in group]): group for worker, group in by_worker.items()}
        while tickets:
            for answer in pool.wait(None):
                outcomes.update(zip(tickets.pop(answer.ticket), answer.outcomes, strict=True))
        return judge_all(case, dict(sorted(outcomes.items())), self.frameworks)

    def _start(self, pool: Pool, workers: Iterable[str]) -> None:
        missing = set(workers) - self.started
        if pool is self.second and missing:
            pool.start(sorted(missing))
            self.started |= missing

    def _witnesses(self, sighting: Sighting) -> list[Target]:
        """The targets that must run for the disagreement to show: the blamed one, or all sides of an ambiguity."""
        if sighting.disagreement.kind is Kind.AMBIGUITY:
            return [Target.parse(text) for text in sighting.disagreement.detail["conventions"]]
        return [sighting.disagreement.target]

    def _shrink(self, sighting: Sighting, targets: Sequence[Target]) -> tuple[Case, bool]:
        """The smallest case found with the same fingerprint, and whether the budget sufficed."""
        case = sighting.checked.case
        op = operator.get(case.operator)

        def still(candidate: Case) -> bool:
            return _find(self.run(self.first, candidate, targets), sighting.fingerprint) is not None

        def matching(structure: Case) -> Case | None:
            sets = op.cases(structure, sighting.seed)
            return next((c for c in sets if (c.quantity, c.regime) == (case.quantity, case.regime)), None)

        def structure_still(structure: Case) -> bool:
            candidate = matching(structure)
            return candidate is not None and still(candidate)

        costly = sighting.disagreement.kind in _COSTLY
        probes, seconds = (PROBES_OF_A_CRASH, SECONDS_OF_A_CRASH) if costly else (PROBES, SECONDS)
        if sighting.known:  # documented: a small example will do
            probes = PROBES_OF_A_CRASH
        shrunk = shrink(op.structures(), sighting.drawn.choices, structure_still, probes=probes, seconds=seconds)
        smallest = matching(shrunk.structure) if shrunk.probes else None
        smallest = smallest or case
        if not costly:
            smallest = simplify_values(smallest, still, pointwise=op.pointwise)
        return smallest, shrunk.minimal


def _find(checked: Checked, fingerprint: Fingerprint) -> Disagreement | None:
    """The disagreement of that fingerprint, if the case shows it."""
    return next((d for d in checked.disagreements if Fingerprint.of(checked.case, d) == fingerprint), None)


def _with_witnesses(finding: FindingRecord, checked: Checked) -> str:
    """The verdict sentence, with who agrees with the oracle."""
    if finding.fingerprint.kind == Kind.AMBIGUITY:
        return finding.sentence
    right = sorted(
        {
            t.framework
            for t, j in checked.judgements.items()
            if j.status is Status.AGREED and t != finding.target and t.mode != "abstract"
        }
    )
    return finding.sentence + (
        f"; {', '.join(right)} agree{'s' if len(right) == 1 else ''} with the oracle" if right else ""
    )


def summaries(checked: Checked) -> tuple[OutcomeSummary, ...]:
    """The oracle's and every target's outcome, as the store keeps them."""
    rows = [_oracle(checked, name) for name in checked.meaning.variants]
    return tuple(rows) + tuple(
        _summary(checked, target, outcome) for target, outcome in sorted(checked.outcomes.items())
    )


def _oracle(checked: Checked, convention: str) -> OutcomeSummary:
    outputs = checked.meaning.variants[convention]
    values = [output.values[0] for output in outputs if output.values]
    return OutcomeSummary(
        target=f"oracle ({convention})" if convention else "oracle",
        status="oracle",
        shapes=tuple(output.shape for output in outputs),
        dtypes=tuple(output.dtype for output in outputs),
        arrays=tuple(_listed(value) for value in values),
        conventions=(convention,) if convention else (),
    )


def _summary(checked: Checked, target: Target, outcome: Outcome) -> OutcomeSummary:
    judgement = checked.judgements[target]
    call = checked.calls[target]
    base = OutcomeSummary(
        target=str(target),
        status=re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(outcome).__name__).lower(),
        call=textwrap.dedent(inspect.getsource(call.function)) if call else "",
        composed=bool(call and call.composed),
        conventions=tuple(c for c in judgement.fits if c),
        verdict=judgement.status.value,
    )
    match outcome:
        case Returned(arrays=arrays):
            shapes, dtypes = tuple(a.shape for a in arrays), tuple(a.dtype.name for a in arrays)
            return replace(base, shapes=shapes, dtypes=dtypes, arrays=tuple(map(_listed, arrays)))
        case Described(shapes=shapes, dtypes=dtypes):
            return replace(base, shapes=shapes, dtypes=dtypes)
        case Raised(type=kind, message=message):
            return replace(base, text=f"{kind}: {message}"[:2000])
        case Died(how=how, last_words=words):
            return replace(base, text=f"{how}\n{words}"[:2000])
        case TimedOut(limit=limit):
            return replace(base, text=f"no answer within {limit:g} s")
        case OutOfMemory(message=text) | Unsupported(reason=text):
            return replace(base, text=text[:2000])


def _listed(array: np.ndarray) -> Any:
    """Nested lists of floats, non-finite and complex ones as text; None above 400 numbers."""
    if array.size > MOST_NUMBERS:
        return None
    if array.dtype.kind == "c":
        return np.vectorize(str, otypes=[object])(array.astype(np.complex128)).tolist()
    with np.errstate(over="ignore"):  # longdouble results may exceed float64
        numbers = array.astype(np.float64)
    if np.isfinite(numbers).all():
        return numbers.tolist()
    texts = np.asarray(numbers.astype(str), object)
    return np.where(np.isfinite(numbers), np.asarray(numbers, object), texts).tolist()
