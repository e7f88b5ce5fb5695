"""From a sighting to a finding: shrink it, run its stored form again elsewhere, and write down everything a reader needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness import operator
from harness.case import Case, Disagreement, Kind, KnownDifference, Outcome, Target
from harness.check import Checked, Framework, judge_all
from harness.diagnosis.findings import diagnosed
from harness.diagnosis.probing import Prober
from harness.draw import Drawn
from harness.pool import Pool
from harness.records import FindingRecord, Fingerprint, RunRecord, Severity, Status
from harness.shrink import PROBES_OF_A_DEATH, PROBES_OF_A_HANG, SECONDS_OF_A_HANG, shrink, simplify_values
from harness.summaries import summaries

PROBES, SECONDS = 400, 40.0
"""Shrinking budget of a finding whose probes return."""

ATTEMPTS, ATTEMPTS_OF_A_FLAKY = 3, 10
"""How often a stored form runs again; more often where it shows the finding only some of the times."""

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
        return _identity(self.checked, self.disagreement)

    def urgency(self) -> tuple[int, bool]:
        """Sorts what a reader waits for first: bugs, ambiguities, known differences; cheap before costly."""
        order = list(Severity).index(severity(self.disagreement, self.known is not None))
        return order, self.disagreement.kind in _COSTLY

    @property
    def known(self) -> KnownDifference | None:
        """The known difference that explains the disagreement, if one does."""
        return _explanation(self.checked, self.disagreement)

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
        shrunk, minimal, structure = self._shrink(sighting, targets)
        checked = self.run(self.first, shrunk, list(sighting.checked.outcomes))
        again = _find(checked, sighting.fingerprint)
        if again is None:  # it went away: the stored form is the one that was seen
            shrunk, minimal, checked, again = sighting.checked.case, False, sighting.checked, sighting.disagreement
            structure = sighting.drawn.case
        smallest = replace(sighting, checked=checked, disagreement=again).finding(
            finding.seed, RunRecord("", 0, (), ())
        )
        reproduced, attempts = self.confirm(shrunk, targets, sighting.fingerprint)
        marks = {*smallest.marks, *_marks(reproduced, attempts), *(() if minimal else ("not minimal",))}
        completed = replace(
            finding,
            sentence=_with_witnesses(smallest, checked),
            case=shrunk,
            target=smallest.target,
            detail=smallest.detail,
            outcomes=smallest.outcomes,
            minimal=minimal,
            reproduced=reproduced,
            attempts=attempts,
            marks=tuple(sorted(marks)),
        )
        if completed.severity != Severity.BUG:
            return completed
        return diagnosed(
            completed, self._prober(completed), checked, sighting.checked, (structure, sighting.drawn.case)
        )

    def _prober(self, finding: FindingRecord) -> Prober:
        """Runs cases for the diagnosis of a finding, in the worker that did not find it."""
        target = finding.target

        def run(cases: Sequence[Case]) -> list[Checked]:
            self._start(self.second, [target.worker])
            outcomes = self.second.run(target.worker, [(case, target.mode) for case in cases])
            pairs = zip(cases, outcomes, strict=True)
            return [judge_all(case, {target: outcome}, self.frameworks) for case, outcome in pairs]

        return Prober(run, target, self.frameworks, finding.fingerprint, str(finding.detail.get("output", "")))

    def confirm_stored(self, finding: FindingRecord) -> FindingRecord:
        """A finding whose choices are gone, of an interrupted or an earlier run: confirmed as it was stored, not shrunk."""
        times = ATTEMPTS_OF_A_FLAKY if set(finding.marks).intersection(_REPRODUCTION) else ATTEMPTS
        reproduced, attempts = self.confirm(finding.case, targets_of(finding), finding.fingerprint, times)
        marks = {mark for mark in finding.marks if mark not in _REPRODUCTION} | set(_marks(reproduced, attempts))
        return replace(finding, reproduced=reproduced, attempts=attempts, marks=tuple(sorted(marks)))

    def confirm(
        self, case: Case, targets: Sequence[Target], fingerprint: Fingerprint, times: int = ATTEMPTS
    ) -> tuple[int, int]:
        """How many runs of the stored form, in workers that did not find it, show the fingerprint again, and of how many.

        So many ``times``, and ten where they do not all say the same.
        """
        stored = Case.from_json(case.to_json())
        fresh = fingerprint.kind in {kind.value for kind in _COSTLY}

        def shown(times: int) -> int:
            return sum(_shows(self.run(self.second, stored, targets, fresh), fingerprint) for _ in range(times))

        reproduced = shown(times)
        if reproduced in (0, times):
            return reproduced, times
        return reproduced + shown(ATTEMPTS_OF_A_FLAKY - times), ATTEMPTS_OF_A_FLAKY

    def run(
        self, pool: Pool, case: Case, targets: Iterable[Target], fresh: bool = False, once: bool = False
    ) -> Checked:
        """The case on the targets, each worker asked once, all at the same time; ``fresh`` gives each a new process.

        ``once``: a death or a hang is not tried a second time.
        """
        by_worker: dict[str, list[Target]] = {}
        for target in targets:
            by_worker.setdefault(target.worker, []).append(target)
        self._start(pool, by_worker)
        outcomes: dict[Target, Outcome] = {}
        if fresh:
            for worker, group in by_worker.items():
                outcomes.update(zip(group, pool.run_fresh(worker, [(case, t.mode) for t in group]), strict=True))
            return judge_all(case, outcomes, self.frameworks)
        tickets = {
            pool.submit(worker, [(case, t.mode) for t in group], once=once): group
            for worker, group in by_worker.items()
        }
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

    def _shrink(self, sighting: Sighting, targets: Sequence[Target]) -> tuple[Case, bool, Case]:
        """The smallest case found with the same fingerprint, whether the budget sufficed, and the structure of the case."""
        case = sighting.checked.case
        op = operator.get(case.operator)
        kind = sighting.disagreement.kind
        hangs = kind is Kind.TIMED_OUT

        def still(candidate: Case) -> bool:
            # A probe that hangs costs the whole time limit; what shrinking ends with is run again anyway.
            checked = self.run(self.first, candidate, targets, once=kind in _COSTLY)
            return _find(checked, sighting.fingerprint) is not None

        def matching(structure: Case) -> Case | None:
            sets = op.cases(structure, sighting.seed)
            return next((c for c in sets if (c.quantity, c.regime) == (case.quantity, case.regime)), None)

        def structure_still(structure: Case) -> bool:
            candidate = matching(structure)
            return candidate is not None and still(candidate)

        probes = {Kind.TIMED_OUT: PROBES_OF_A_HANG, Kind.DIED: PROBES_OF_A_DEATH}.get(kind, PROBES)
        if sighting.known:  # documented: a small example will do
            probes = PROBES_OF_A_HANG
        seconds = SECONDS_OF_A_HANG if hangs else SECONDS
        shrunk = shrink(op.structures(), sighting.drawn.choices, structure_still, probes=probes, seconds=seconds)
        smallest = matching(shrunk.structure) if shrunk.probes else None
        smallest = smallest or case
        if not hangs:
            smallest = simplify_values(smallest, still, pointwise=op.pointwise)
        return smallest, shrunk.minimal, shrunk.structure


_REPRODUCTION = ("not reproduced", "flaky")


def _marks(reproduced: int, attempts: int) -> tuple[str, ...]:
    """The mark of a finding that did not show every time."""
    return () if reproduced == attempts else (_REPRODUCTION[reproduced > 0],)


def targets_of(finding: FindingRecord) -> list[Target]:
    """The targets that must run for a stored finding to show: the blamed one, or all sides of an ambiguity."""
    return [Target.parse(text) for text in finding.detail.get("conventions", {})] or [finding.target]


def _explanation(checked: Checked, disagreement: Disagreement) -> KnownDifference | None:
    """The known difference that explains a disagreement of a case, if one does."""
    judgement = checked.judgements[disagreement.target]
    return judgement.known if disagreement is judgement.disagreement else None


def _identity(checked: Checked, disagreement: Disagreement) -> Fingerprint:
    return Fingerprint.of(checked.case, disagreement, _explanation(checked, disagreement) is not None)


def _find(checked: Checked, fingerprint: Fingerprint) -> Disagreement | None:
    """The disagreement of that fingerprint, if the case shows it."""
    return next((d for d in checked.disagreements if _identity(checked, d) == fingerprint), None)


def _shows(checked: Checked, fingerprint: Fingerprint) -> bool:
    """Whether a case shows a stored fingerprint, known by now or not."""
    return any(Fingerprint.of(checked.case, d).like(fingerprint) for d in checked.disagreements)


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
