"""The heart: a case on many targets, judged against its meaning and against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from harness import operator
from harness.case import VALUE, Case, Disagreement, Kind, Outcome, Raised, Returned, Target
from harness.compare import Judgement, judge, only_refusals
from harness.formats import numpy_dtype
from harness.meaning import Accuracy, Meaning, Rule
from harness.operator import Call, Operator
from harness.pool import Pool
from harness.records import Status
from harness.values import arrays_of, checksum


class Framework(Protocol):
    """What judging must know of an adapter: its table of calls and the dtypes that it documents to narrow."""

    @property
    def table(self) -> str: ...
    @property
    def narrow(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Checked:
    """A case with its meaning, one judgement per target, and all disagreements, an ambiguity between targets included."""

    case: Case
    meaning: Meaning
    calls: Mapping[Target, Call | None]
    outcomes: Mapping[Target, Outcome]
    judgements: Mapping[Target, Judgement]
    disagreements: tuple[Disagreement, ...]


def answers(target: Target, case: Case) -> bool:
    """Whether the target can be asked: shape inference knows values, not gradients."""
    return target.mode != "abstract" or case.quantity == VALUE


def check(case: Case, targets: Iterable[Target], pool: Pool, frameworks: Mapping[str, Framework]) -> Checked:
    """Run ``case`` on ``targets``, each in its worker, and judge what comes back."""
    outcomes = {target: pool.run(target.worker, [(case, target.mode)])[0] for target in targets}
    return judge_all(case, outcomes, frameworks)


def judge_all(case: Case, outcomes: Mapping[Target, Outcome], frameworks: Mapping[str, Framework]) -> Checked:
    """Judge the outcomes of one case on all targets."""
    op = operator.get(case.operator)
    meanings = Meanings(op, case)
    _same_inputs(case, meanings.arrays, op, outcomes)
    judgements: dict[Target, Judgement] = {}
    calls = {target: op.select(frameworks[target.framework].table, case, target.mode) for target in outcomes}
    meant = {target: meanings.under(frameworks[target.framework].narrow) for target in outcomes}
    for target, outcome in outcomes.items():
        call = calls[target]
        accuracy = op.accuracy(target, call, case) if call else Accuracy()
        documented = call.convention(case) if call else ""
        judgements[target] = judge(op, case, target, meant[target], outcome, accuracy, documented)
    meaning = meanings.under({})
    if meaning.rule is Rule.COMPUTE and only_refusals({t: (judgements[t], outcomes[t]) for t in outcomes}):
        for target, outcome in outcomes.items():
            if isinstance(outcome, Raised):
                judgements[target] = Judgement(Status.AGREED_REFUSAL)
    judgements = {target: _consistent(target, judgement, outcomes) for target, judgement in judgements.items()}
    disagreements = [j.disagreement for j in judgements.values() if j.disagreement]
    disagreements = _suspect_oracle(disagreements, outcomes)
    comparable = {
        target: judgement
        for target, judgement in judgements.items()
        if meant[target] is meaning or set(meant[target].variants) == set(meaning.variants)
    }  # an index of 64 bits that is cut to 32 may mean something else: that is no convention
    ambiguity = _ambiguity(meaning, comparable)
    return Checked(case, meaning, calls, outcomes, judgements, (*disagreements, *([ambiguity] if ambiguity else [])))


class InputsError(RuntimeError):
    """A worker generated other inputs than the parent: its outcomes mean nothing."""


def _same_inputs(
    case: Case, arrays: Mapping[str, np.ndarray], op: Operator, outcomes: Mapping[Target, Outcome]
) -> None:
    """Every worker computed on the arrays that the oracle sees. Raises InputsError."""
    sums = {
        target: outcome.checksum
        for target, outcome in outcomes.items()
        if isinstance(outcome, Returned) and outcome.checksum
    }
    if not sums:
        return
    right = checksum(op.in_order(case, arrays))
    for target, found in sums.items():
        if found != right:
            raise InputsError(f"{target} computed on other inputs: checksum {found}, expected {right}; case {case.key}")


class Meanings:
    """The meaning of a case, and that of its narrowed form for frameworks that convert a dtype on entry; each computed once."""

    def __init__(self, op: Operator, case: Case) -> None:
        self.op, self.case = op, case
        self.arrays = arrays_of(case)
        self.known: dict[tuple[tuple[str, str], ...], Meaning] = {}

    def under(self, narrow: Mapping[str, str]) -> Meaning:
        """The meaning for a framework that narrows dtypes as ``narrow`` says."""
        dtypes = {spec.dtype for spec in self.case.inputs.values()}
        used = tuple(sorted((name, narrow[name]) for name in dtypes & narrow.keys()))
        if used not in self.known:
            self.known[used] = self._narrowed(dict(used))
        return self.known[used]

    def _narrowed(self, narrow: Mapping[str, str]) -> Meaning:
        return self.op.meaning(*narrowed(self.case, self.arrays, narrow))


def narrowed(
    case: Case, arrays: Mapping[str, np.ndarray], narrow: Mapping[str, str]
) -> tuple[Case, Mapping[str, np.ndarray]]:
    """A case and its arrays as a framework sees them that narrows dtypes as ``narrow`` says."""
    if not any(spec.dtype in narrow for spec in case.inputs.values()):
        return case, arrays
    inputs = {name: replace(spec, dtype=narrow.get(spec.dtype, spec.dtype)) for name, spec in case.inputs.items()}
    with np.errstate(over="ignore", invalid="ignore"):
        changed = {name: array.astype(numpy_dtype(inputs[name].dtype), copy=False) for name, array in arrays.items()}
    return replace(case, inputs=inputs), changed


def _consistent(target: Target, judgement: Judgement, outcomes: Mapping[Target, Outcome]) -> Judgement:
    """Describing what must be refused is a defect of its own only where the same framework does refuse to compute it."""
    found = judgement.disagreement
    if found and found.kind is Kind.DESCRIBED_INVALID:
        computed = outcomes.get(replace(target, mode="eager"))
        if isinstance(computed, Returned):
            return Judgement(Status.AGREED)
    return judgement


def _ambiguity(meaning: Meaning, judgements: Mapping[Target, Judgement]) -> Disagreement | None:
    """Targets that follow different conventions for the same words, each as it documents: recorded, never a bug."""
    following = {
        target: judgement.fits for target, judgement in judgements.items() if judgement.fits and any(judgement.fits)
    }
    common = set(meaning.variants).intersection(*following.values()) if following else set()
    if len(following) < 2 or common:
        return None
    groups: dict[tuple[str, ...], list[Target]] = {}
    for target, fits in following.items():
        groups.setdefault(fits, []).append(target)
    names = sorted({" = ".join(fits) for fits in groups})
    detail = {
        "conventions": {str(target): list(fits) for target, fits in following.items()},
        "notes": {
            name: meaning.notes[name] for name in sorted({n for fits in groups for n in fits}) if name in meaning.notes
        },
    }
    followers = [
        f"{' = '.join(fits)}: {', '.join(sorted({t.framework for t in group}))}"
        for fits, group in sorted(groups.items())
    ]
    sentence = f"the same words have {len(groups)} readings; " + "; ".join(followers)
    return Disagreement(min(following), Kind.AMBIGUITY, " | ".join(names), sentence, detail)


def _suspect_oracle(disagreements: list[Disagreement], outcomes: Mapping[Target, Outcome]) -> list[Disagreement]:
    """Mark value and shape disagreements in which all returning targets of several frameworks say the same against the oracle."""
    if not disagreements:
        return disagreements
    returned = {target: outcome for target, outcome in outcomes.items() if isinstance(outcome, Returned)}
    blamed = [d for d in disagreements if d.kind in (Kind.VALUE, Kind.SHAPE, Kind.NOT_FINITE) and d.target in returned]
    causes = Counter(d.cause for d in blamed)
    if len({target.framework for target in returned}) < 2 or len(blamed) < len(returned) or len(causes) != 1:
        return disagreements
    first, *others = [returned[d.target].arrays for d in blamed]
    if not all(_same(first, other) for other in others):
        return disagreements
    return [replace(d, detail={**d.detail, "suspect": "oracle"}) if d in blamed else d for d in disagreements]


def _same(one: tuple[np.ndarray, ...], other: tuple[np.ndarray, ...]) -> bool:
    return len(one) == len(other) and all(
        a.shape == b.shape and np.array_equal(a.astype(np.float64), b.astype(np.float64), equal_nan=True)
        for a, b in zip(one, other, strict=True)
    )
