"""An outcome against the meaning of its case. Pure: no process, no framework, no state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never

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
from harness.meaning import Accuracy, Meaning, Rule
from harness.mismatch import Mismatch, compare, numbers_lost
from harness.normalise import is_internal, normalise
from harness.operator import Operator
from harness.records import Status


@dataclass(frozen=True)
class Judgement:
    """What became of one (case, target). ``fits`` are the conventions that the outcome matches; ``ratio`` is the largest error / bound."""

    status: Status
    disagreement: Disagreement | None = None
    known: KnownDifference | None = None
    fits: tuple[str, ...] = ()
    ratio: float = 0.0


def judge(
    op: Operator,
    case: Case,
    target: Target,
    meaning: Meaning,
    outcome: Outcome,
    accuracy: Accuracy,
    documented: str = "",
) -> Judgement:
    """Judge one outcome. ``documented`` is the convention that the target documents for the case (``""``: none stated)."""
    match outcome:
        case Unsupported():
            return Judgement(Status.UNSUPPORTED)
        case Died(how=how, last_words=words):
            check = _last_check(words)
            cause = f"{how} {normalise(check)}".strip()
            sentence = f"the process died: {how}" + (f": {check[:300]}" if check else "")
            found = Mismatch(Kind.DIED, cause, sentence, {"last_words": words})
        case TimedOut(limit=limit):
            found = Mismatch(Kind.TIMED_OUT, "no answer", f"no answer within {limit:g} s", {"limit": limit})
        case OutOfMemory(message=message):
            return _judge_memory(op, case, target, meaning, message)
        case Raised():
            return _judge_refusal(op, case, target, meaning, outcome)
        case Returned(changed=True):
            sentence = "changes its inputs, which the operator does not"
            return _judgement(op, case, target, Mismatch(Kind.VALUE, "inputs: changed", sentence))
        case Returned(again=again) if again:
            return _judge_twice(op, case, target, meaning, outcome, accuracy, documented)
        case Returned() | Described():
            return _judge_result(op, case, target, meaning, outcome, accuracy, documented)
        case _:
            assert_never(outcome)
    status = Status.DIED if isinstance(outcome, Died) else Status.TIMED_OUT
    return _judgement(op, case, target, found, status)


def _judgement(
    op: Operator, case: Case, target: Target, found: Mismatch, status: Status = Status.DISAGREED
) -> Judgement:
    """The judgement of a mismatch, explained by a known difference where one matches."""
    disagreement = Disagreement(target, found.kind, found.cause, f"{target} {found.sentence}", found.detail)
    known = op.known_difference(case, target, found.kind, found.searched)
    return Judgement(Status.KNOWN if known and status is Status.DISAGREED else status, disagreement, known)


def _judge_memory(op: Operator, case: Case, target: Target, meaning: Meaning, message: str) -> Judgement:
    """Memory is a reason to refuse what may be refused; elsewhere, and always in shape inference, asking for it is wrong."""
    if meaning.rule is Rule.EITHER and target.mode != "abstract":
        return Judgement(Status.OUT_OF_MEMORY)
    sentence = f"asked for more memory than a worker may have, for a case that {meaning.rule.value}"
    found = Mismatch(Kind.OUT_OF_MEMORY, f"memory: {meaning.rule.value}", sentence, {"message": message})
    return _judgement(op, case, target, found, Status.OUT_OF_MEMORY)


def _judge_refusal(op: Operator, case: Case, target: Target, meaning: Meaning, raised: Raised) -> Judgement:
    """An exception: right where the rule allows it, unless it is an internal assertion."""
    cause = f"{raised.type}: {normalise(raised.message)}"
    detail = {"type": raised.type, "message": raised.message, "where": raised.where, "rule": meaning.reason}
    if meaning.rule is Rule.COMPUTE:
        sentence = f"refuses a case that must compute: {raised.type}: {_first_line(raised.message)}"
        return _judgement(op, case, target, Mismatch(Kind.RAISED, cause, sentence, detail))
    if is_internal(raised.type, raised.message):
        sentence = f"refuses by an internal assertion: {raised.type}: {_first_line(raised.message)}"
        return _judgement(op, case, target, Mismatch(Kind.BAD_REFUSAL, cause, sentence, detail))
    return Judgement(Status.AGREED_REFUSAL)


def _judge_result(
    op: Operator,
    case: Case,
    target: Target,
    meaning: Meaning,
    outcome: Returned | Described,
    accuracy: Accuracy,
    documented: str,
) -> Judgement:
    """A result: compared with every convention; what fits none, or not the documented one, is wrong."""
    if meaning.rule is Rule.REFUSE:
        kind = Kind.ACCEPTED if isinstance(outcome, Returned) else Kind.DESCRIBED_INVALID
        verb = "computes" if kind is Kind.ACCEPTED else "describes"
        found = Mismatch(
            kind, normalise(meaning.reason), f"{verb} a call that must be refused: {meaning.reason}", _shape_of(outcome)
        )
        return _judgement(op, case, target, found)
    if not meaning.variants:
        return Judgement(Status.AGREED)
    compared = {name: compare(outcome, expected, accuracy) for name, expected in meaning.variants.items()}
    fits = tuple(name for name, (mismatch, _) in compared.items() if mismatch is None)
    ratio = min((ratio for mismatch, ratio in compared.values() if mismatch is None), default=0.0)
    if not fits:
        mismatch, ratio = compared.get(documented) or next(iter(compared.values()))
        assert mismatch is not None
        judgement = _judgement(op, case, target, mismatch)
        return Judgement(judgement.status, judgement.disagreement, judgement.known, (), ratio)
    if documented and documented in compared and documented not in fits:
        mismatch, _ = compared[documented]
        assert mismatch is not None
        lost = numbers_lost(outcome, meaning.variants[documented], accuracy)
        return _judgement(op, case, target, _against_documented(mismatch, lost, fits, documented))
    other = documented == "" and len(compared) > 1 and len(fits) < len(compared)
    return Judgement(Status.OTHER_CONVENTION if other else Status.AGREED, fits=fits, ratio=ratio)


def _against_documented(found: Mismatch, lost: bool, fits: Sequence[str], documented: str) -> Mismatch:
    """What differs from the documented convention, and fits others.

    NaN or infinity where the documented convention gives numbers, and nothing else wrong, is what overflow and 0 * infinity give: that
    a formula which nobody asked for has them too makes it no choice of that one.
    """
    others = " or ".join(fits)
    if lost:
        sentence = f"{found.sentence}; it documents {documented}, and {others} would allow it"
        return replace(found, sentence=sentence, detail={**found.detail, "fits": list(fits)})
    sentence = f"follows {others}, but documents {documented}"
    return Mismatch(Kind.SHAPE, f"follows {fits[0]}, documents {documented}", sentence, {"fits": list(fits)})


def _judge_twice(
    op: Operator,
    case: Case,
    target: Target,
    meaning: Meaning,
    outcome: Returned,
    accuracy: Accuracy,
    documented: str,
) -> Judgement:
    """A call that gave other bits the second time: right when both results are, however they were rounded."""
    for arrays in (outcome.again, outcome.arrays):
        once = replace(outcome, arrays=arrays, again=())
        judgement = _judge_result(op, case, target, meaning, once, accuracy, documented)
        found = judgement.disagreement
        if found and found.kind in (Kind.VALUE, Kind.NOT_FINITE, Kind.SHAPE, Kind.DTYPE):
            sentence = f"gives other results when it is called again; one of them: {found.sentence}"
            output = found.cause.split(":")[0]
            return _judgement(op, case, target, Mismatch(Kind.UNSTABLE, f"{output}: differs", sentence, found.detail))
    return judgement


def _shape_of(outcome: Returned | Described) -> dict[str, Any]:
    shapes = [a.shape for a in outcome.arrays] if isinstance(outcome, Returned) else list(outcome.shapes)
    return {"got": shapes}


def _first_line(message: str) -> str:
    return next((line.strip() for line in message.splitlines() if line.strip()), "")[:300]


def _last_check(words: str) -> str:
    """The line of a process' last words that names the failed check, if there is one."""
    marks = ("Check failed", "assert", "terminate called", "what():", "Floating point exception", "FATAL")
    return next((line for line in words.splitlines() if any(mark in line for mark in marks)), "")


def only_refusals(judgements: Mapping[Target, tuple[Judgement, Outcome]]) -> bool:
    """Whether at least two frameworks ran the case and all of them refused it: that is agreement, whatever the rule says."""
    ran = {
        target: outcome
        for target, (_, outcome) in judgements.items()
        if not isinstance(outcome, (Unsupported, Described))
    }
    return len({target.framework for target in ran}) > 1 and all(
        isinstance(outcome, Raised) for outcome in ran.values()
    )
