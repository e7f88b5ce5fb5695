"""An outcome against the meaning of its case. Pure: no process, no framework, no state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

import numpy as np

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
from harness.elements import admissible
from harness.meaning import Accuracy, Expected, Meaning, Property, Rule
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


@dataclass(frozen=True)
class _Mismatch:
    """How an output differs from one expectation."""

    kind: Kind
    cause: str
    sentence: str
    detail: dict[str, Any] = field(default_factory=dict)


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
            found = _Mismatch(Kind.DIED, cause, sentence, {"last_words": words})
        case TimedOut(limit=limit):
            found = _Mismatch(Kind.TIMED_OUT, "no answer", f"no answer within {limit:g} s", {"limit": limit})
        case OutOfMemory(message=message):
            return _judge_memory(op, case, target, meaning, message)
        case Raised():
            return _judge_refusal(op, case, target, meaning, outcome)
        case Returned(changed=True):
            sentence = "changes its inputs, which the operator does not"
            return _judgement(op, case, target, _Mismatch(Kind.VALUE, "inputs: changed", sentence))
        case Returned(again=again) if again:
            return _judge_twice(op, case, target, meaning, outcome, accuracy, documented)
        case Returned() | Described():
            return _judge_result(op, case, target, meaning, outcome, accuracy, documented)
        case _:
            assert_never(outcome)
    status = Status.DIED if isinstance(outcome, Died) else Status.TIMED_OUT
    return _judgement(op, case, target, found, status)


def _judgement(
    op: Operator, case: Case, target: Target, found: _Mismatch, status: Status = Status.DISAGREED
) -> Judgement:
    """The judgement of a mismatch, explained by a known difference where one matches."""
    disagreement = Disagreement(target, found.kind, found.cause, f"{target} {found.sentence}", found.detail)
    known = op.known_difference(case, target, found.kind, found.cause)
    return Judgement(Status.KNOWN if known and status is Status.DISAGREED else status, disagreement, known)


def _judge_memory(op: Operator, case: Case, target: Target, meaning: Meaning, message: str) -> Judgement:
    """Memory is a reason to refuse what may be refused; elsewhere, and always in shape inference, asking for it is wrong."""
    if meaning.rule is Rule.EITHER and target.mode != "abstract":
        return Judgement(Status.OUT_OF_MEMORY)
    sentence = f"asked for more memory than a worker may have, for a case that {meaning.rule.value}"
    found = _Mismatch(Kind.OUT_OF_MEMORY, f"memory: {meaning.rule.value}", sentence, {"message": message})
    return _judgement(op, case, target, found, Status.OUT_OF_MEMORY)


def _judge_refusal(op: Operator, case: Case, target: Target, meaning: Meaning, raised: Raised) -> Judgement:
    """An exception: right where the rule allows it, unless it is an internal assertion."""
    cause = f"{raised.type}: {normalise(raised.message)}"
    detail = {"type": raised.type, "message": raised.message, "where": raised.where, "rule": meaning.reason}
    if meaning.rule is Rule.COMPUTE:
        sentence = f"refuses a case that must compute: {raised.type}: {_first_line(raised.message)}"
        return _judgement(op, case, target, _Mismatch(Kind.RAISED, cause, sentence, detail))
    if is_internal(raised.type, raised.message):
        sentence = f"refuses by an internal assertion: {raised.type}: {_first_line(raised.message)}"
        return _judgement(op, case, target, _Mismatch(Kind.BAD_REFUSAL, cause, sentence, detail))
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
        found = _Mismatch(
            kind, normalise(meaning.reason), f"{verb} a call that must be refused: {meaning.reason}", _shape_of(outcome)
        )
        return _judgement(op, case, target, found)
    if not meaning.variants:
        return Judgement(Status.AGREED)
    compared = {name: _compare(outcome, expected, accuracy) for name, expected in meaning.variants.items()}
    fits = tuple(name for name, (mismatch, _) in compared.items() if mismatch is None)
    ratio = min((ratio for mismatch, ratio in compared.values() if mismatch is None), default=0.0)
    if not fits:
        mismatch, ratio = compared.get(documented) or next(iter(compared.values()))
        assert mismatch is not None
        judgement = _judgement(op, case, target, mismatch)
        return Judgement(judgement.status, judgement.disagreement, judgement.known, (), ratio)
    if documented and documented in compared and documented not in fits:
        sentence = f"follows {' or '.join(fits)}, but documents {documented}"
        found = _Mismatch(Kind.SHAPE, f"follows {fits[0]}, documents {documented}", sentence, {"fits": list(fits)})
        return _judgement(op, case, target, found)
    other = documented == "" and len(compared) > 1 and len(fits) < len(compared)
    return Judgement(Status.OTHER_CONVENTION if other else Status.AGREED, fits=fits, ratio=ratio)


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
            return _judgement(op, case, target, _Mismatch(Kind.UNSTABLE, f"{output}: differs", sentence, found.detail))
    return judgement


def _compare(
    outcome: Returned | Described, expected: Sequence[Expected], accuracy: Accuracy
) -> tuple[_Mismatch | None, float]:
    """The first output that differs from its expectation, and the largest error / bound."""
    if isinstance(outcome, Described):
        for output, shape, dtype in zip(expected, outcome.shapes, outcome.dtypes, strict=False):
            mismatch = _compare_shape(output, shape, dtype)
            if mismatch:
                return replace(mismatch, cause=f"described {mismatch.cause}"), 0.0
        return None, 0.0
    worst = 0.0
    if len(outcome.arrays) != len(expected):
        sentence = f"returns {len(outcome.arrays)} results, not {len(expected)}"
        return _Mismatch(Kind.SHAPE, "number of results", sentence), 0.0
    for output, got in zip(expected, outcome.arrays, strict=True):
        mismatch = _compare_shape(output, got.shape, got.dtype.name)
        ratio = 0.0
        if mismatch is None and output.property:
            mismatch, ratio = _compare_property(output, output.property, outcome.arrays)
        elif mismatch is None:
            mismatch, ratio = _compare_values(output, got, accuracy)
        worst = max(worst, ratio)
        if mismatch:
            return mismatch, worst
    return None, worst


def _compare_shape(expected: Expected, shape: tuple[int | None, ...] | None, dtype: str) -> _Mismatch | None:
    """Known dimensions and the dtype; an unknown dimension agrees with everything."""
    detail = {
        "output": expected.name,
        "got": shape,
        "expected": expected.shape,
        "got_dtype": dtype,
        "expected_dtype": expected.dtype,
    }
    known = shape is None or (
        len(shape) == len(expected.shape) and all(a in (None, b) for a, b in zip(shape, expected.shape, strict=True))
    )
    if not known:
        sentence = f"gives {expected.name} the shape {shape}; by the definition it is {expected.shape}"
        return _Mismatch(Kind.SHAPE, f"shape of {expected.name}: {_wrong_axes(expected, shape)}", sentence, detail)
    if dtype != expected.dtype and dtype not in expected.other_dtypes:
        sentence = f"gives {expected.name} the dtype {dtype}; expected {expected.dtype}"
        return _Mismatch(Kind.DTYPE, f"dtype of {expected.name}", sentence, detail)
    return None


def _wrong_axes(expected: Expected, shape: tuple[int | None, ...] | None) -> str:
    """Which kinds of axes differ, in words that do not depend on the rank."""
    if shape is None or len(shape) != len(expected.shape):
        return "number of axes"
    names = expected.axes or tuple(f"axis {i}" for i in range(len(shape)))
    wrong = {name for name, a, b in zip(names, shape, expected.shape, strict=True) if a not in (None, b)}
    return ", ".join(sorted(wrong))


def _compare_values(expected: Expected, got: np.ndarray, accuracy: Accuracy) -> tuple[_Mismatch | None, float]:
    """Every element against what is admissible for it; also the largest error / bound."""
    allowed = admissible(expected, accuracy)
    if allowed is None or got.size == 0:
        return None, 0.0
    wide = got.astype(allowed.readings[0].dtype)
    right = allowed.holds(wide)
    ratio = allowed.ratio(wide)
    if right.all():
        return None, ratio
    if not (~right & ~allowed.wrong_sign(wide)).any():
        return _describe_sign(expected, wide, ~right), ratio
    return _describe_wrong(expected, wide, right, allowed.bound), ratio


def _compare_property(
    expected: Expected, wanted: Property, outputs: Sequence[np.ndarray]
) -> tuple[_Mismatch | None, float]:
    """A property that the outputs must have; its error is in multiples of what is admissible."""
    with np.errstate(all="ignore"):
        errors = np.nan_to_num(np.atleast_1d(wanted.of(outputs)).astype(np.float64), nan=np.inf)
    worst = float(errors.max(initial=0.0))
    if worst <= 1:
        return None, worst
    detail = {
        "output": expected.name,
        "property": wanted.words,
        "error": _number(np.float64(worst)),
        "wrong": int((errors > 1).sum()),
        "of": int(errors.size),
    }
    sentence = f"gives {expected.name} for which {wanted.words} does not hold: the error is {worst:.3g} times the bound"
    return _Mismatch(Kind.VALUE, f"{expected.name}: {wanted.words}", sentence, detail), worst


def _describe_sign(expected: Expected, got: np.ndarray, wrong: np.ndarray) -> _Mismatch:
    """Zeros of the other sign, and nothing else, are wrong."""
    where = np.unravel_index(int(np.argmax(wrong)), got.shape)
    index = [int(i) for i in where]
    right = "-0.0" if np.signbit(expected.values[0][where]) else "0.0"
    detail = {
        "output": expected.name,
        "index": index,
        "expected": right,
        "wrong": int(wrong.sum()),
        "of": int(wrong.size),
    }
    sentence = (
        f"gives {expected.name}{index} a zero of the wrong sign; it is {right} "
        f"({detail['wrong']} of {detail['of']} elements are wrong)"
    )
    return _Mismatch(Kind.VALUE, f"{expected.name}: sign of zero", sentence, detail)


def _describe_wrong(expected: Expected, got: np.ndarray, right: np.ndarray, bound: np.ndarray | None) -> _Mismatch:
    """The worst wrong element in words and data. The cause tells a wrong number from an inaccurate one."""
    value = expected.values[0]
    wrong = ~right
    special = ~(np.isfinite(got) & np.isfinite(value))
    if (wrong & special).any():
        where = np.unravel_index(int(np.argmax(wrong & special)), got.shape)
        kind, cause = Kind.NOT_FINITE, f"{expected.name}: NaN or infinity"
    else:
        with np.errstate(all="ignore"):
            error = np.where(wrong, np.nan_to_num(np.abs(got - value), nan=np.inf), -1.0)
        where = np.unravel_index(int(np.argmax(error)), got.shape)
        scale = np.abs(value[np.isfinite(value)]).max(initial=0.0)
        gross = not error[where] <= scale * 2.0**-6
        kind, cause = Kind.VALUE, f"{expected.name}: {'wrong values' if gross else 'beyond the error bound'}"
    index = [int(i) for i in where]
    limit = 0.0 if bound is None else float(bound[where])
    how = "exactly, in any order of summation" if bound is None else f"within {limit:.3g}"
    detail = {
        "output": expected.name,
        "index": index,
        "got": _number(got[where]),
        "expected": _number(value[where]),
        "bound": limit,
        "wrong": int(wrong.sum()),
        "of": int(wrong.size),
    }
    sentence = (
        f"gives {expected.name}{index} = {_number(got[where])}; the {expected.dtype} result is {_number(value[where])} {how} "
        f"({detail['wrong']} of {detail['of']} elements are wrong)"
    )
    return _Mismatch(kind, cause, sentence, detail)


def _number(value: Any) -> float | str:
    """A JSON-able number; non-finite ones as text."""
    if np.iscomplexobj(value):
        return str(complex(value))
    number = float(value)
    return number if np.isfinite(number) else str(number)


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
