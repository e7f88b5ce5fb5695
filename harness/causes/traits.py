"""What findings of one root cause have in common: who is at fault, in which function, with which symptom.

The traits of a finding come from that finding alone, so that a cause keeps its key whatever else a run finds. Nothing in them depends
on shapes, numbers, versions or line numbers; dtypes count only by the rule that they follow (64 bits kept in 32, and so on). A diagnosis
does not count: whether there is one, and which, depends on what a run had the time to try.
"""

from __future__ import annotations

import re

from harness.case import Kind
from harness.causes.refusals import KERAS, SEARCHED, of_memory, of_shape, refusal
from harness.records import FindingRecord, OutcomeSummary, Status

ANYONE = "*"
"""Framework of an ambiguity, which blames nobody."""

_WRONG = {Status.DISAGREED, Status.KNOWN, Status.DIED, Status.TIMED_OUT, Status.OUT_OF_MEMORY}
_NUMBERS = {Kind.VALUE, Kind.NOT_FINITE, Kind.UNSTABLE}
_ROW = re.compile(r"\A(?:@.*\n)*def \w+\((\w+)\b.*\n\s*return\b(.*)")
"""A call that is nothing but one expression of the framework's module: what a table's row is, and what a composed call is not."""

_HELPERS = {"cast", "transpose", "reshape", "squeeze", "stack", "concatenate", "moveaxis", "swapaxes", "as_dtype"}
"""Functions that bring operands or results into form around the one that is asked for."""

_NAMES = re.compile(r"(?<=fft)(?:[23]d?|n)\b|\bnan(?=\w)")
"""A transform along more axes, a reduction that leaves NaN out: the same function."""

_VARIANT = re.compile(
    r"(?<=[a-z_])_?[1-3]d(?![a-z0-9])|(?<=\btri)[lu]\b|\b[hvd](?=(?:stack|split)\b)|(?:(?<=\bi)|(?<=bessel_[ijky]))[01](?=e?\b)"
    r"|(?:(?<=segment)|(?<=scatter)|(?<=scatter_nd)|(?<=index))_(?:add|sum|mul|prod|max|min|mean|update)\b",
    re.I,
)
"""What tells the variants of one function apart: the rank, a triangle, an axis, an order, by which operation elements are joined."""


def traits(finding: FindingRecord) -> tuple[str, ...]:
    """The common traits, the most general first: findings with equal ones are one cause."""
    mark = finding.fingerprint
    if mark.framework == ANYONE:
        return (ANYONE, *readings(mark.cause[:SEARCHED]))
    owner, below = blamed(finding), _stack(mark.framework)[1]
    place = _place(finding)
    kind = mark.kind
    if kind == Kind.DTYPE:
        rule = _rule(finding)
        if rule in _SHARED:
            return (owner, rule)
        return place or (owner, site(finding), "dtype")
    if kind in (Kind.RAISED, Kind.BAD_REFUSAL):
        return refusal(finding, owner, below, site(finding), place)
    if place:
        return place
    if kind in (Kind.ACCEPTED, Kind.DESCRIBED_INVALID):
        return (owner, kind, mark.cause)
    if kind == Kind.DIED and " " in mark.cause:
        return (owner, kind, mark.cause)
    return (owner, site(finding), _symptom(finding, owner))


def blamed(finding: FindingRecord) -> str:
    """Whose code is at fault: a framework without its environment, ``keras`` where the framework below it is right.

    Keras inherits what the framework below gives: where that one is wrong on the same case, in the same mode, it is at fault; so it is
    where it refuses how an operand lies in memory, which is its own affair. What Keras describes, it describes itself.
    """
    own, below = _stack(finding.fingerprint.framework)
    if own == below or _inherited(finding) or of_memory(finding):
        return below
    return KERAS if own.startswith("keras-") else own


def _stack(framework: str) -> tuple[str, str]:
    """A framework without what its environment adds (``jax-x64`` is jax), and the framework that it runs on."""
    own = framework.removesuffix("-x64")
    return own, "tensorflow" if own == "tf-keras" else own.removeprefix("keras-")


def _inherited(finding: FindingRecord) -> OutcomeSummary | None:
    """The wrong outcome of the framework below Keras on the same case, in the same mode."""
    own, below = _stack(finding.fingerprint.framework)
    mode = finding.target.mode
    if own == below or mode == "abstract":
        return None
    gave = _own(finding)
    for each in finding.outcomes:
        framework, _, place = each.target.partition(":")
        same = framework.removesuffix("-x64") == below and place.endswith(f":{mode}")
        if same and each.verdict in _WRONG and (each.status != "raised" or (gave and gave.status == "raised")):
            return each
    return None


def _own(finding: FindingRecord) -> OutcomeSummary | None:
    """What the finding's own target gave."""
    target = str(finding.target)
    return next((each for each in finding.outcomes if each.target == target), None)


def site(finding: FindingRecord) -> str:
    """The function that was called, without what tells its variants apart."""
    return _VARIANT.sub("*", _NAMES.sub("", called(finding)))


def called(finding: FindingRecord) -> str:
    """The framework's function that was called; the operator where the call is composed of several."""
    outcome = _inherited(finding) or _own(finding)
    text = outcome.call[:SEARCHED] if outcome else ""
    if ".at[" in text:
        return "jax.numpy.ndarray.at"
    row = _ROW.match(text)
    names = re.findall(rf"\b{row.group(1)}(?:\.\w+)+(?=\()", row.group(2)) if row else []
    names.sort(key=lambda name: name.rpartition(".")[2] in _HELPERS)
    return names[0] if names else finding.fingerprint.operator.partition(":")[0]


_PATH = re.compile(r"[\w.+*-]+(?:/[\w.+*-]+)+\.(?:py|cc|h)(?:, \w+)?")
_ISSUE = re.compile(r"([\w-]+/[\w-]+)(?:/issues/|/pull/|#)(\d+)")
_PAGE = re.compile(r"\b[\w-]+(?:\.[\w-]+)*\.(?:org|io|com)/[\w./-]+")
_HALVED = re.compile(r"64-bit|BIT64")


def _place(finding: FindingRecord) -> tuple[str, ...]:
    """Where a known difference comes from: the rule, the place in a source or the report upstream that its row names."""
    source = finding.source[:SEARCHED]
    if _HALVED.search(source):
        return (KERAS, _HALF)
    path = _PATH.search(source)
    if path:
        return (path.group(),)
    issue = _ISSUE.search(source)
    if issue:
        return (f"{issue.group(1)}#{issue.group(2)}",)
    page = _PAGE.search(source)
    return (page.group(),) if page else ()


_HALF, _SIGNED, _COMPLEX = "64 bits in 32", "signed for unsigned", "complex for real"
_SHARED = (_HALF, _SIGNED, _COMPLEX)
"""Rules of dtypes that hold in many operators alike."""


def _rule(finding: FindingRecord) -> str:
    """Which rule the wrong dtype follows."""
    got, expected = (str(finding.detail.get(name, "")) for name in ("got_dtype", "expected_dtype"))
    if (expected, got) in _HALVES:
        return _HALF
    if (expected, got) in _WIDENED:
        return _SIGNED
    if got.startswith("complex") and expected.startswith("float"):
        return _COMPLEX
    return ""


_WIDENED = {("uint16", "int32"), ("uint32", "int64")}
_HALVES = {("float64", "float32"), ("int64", "int32"), ("uint64", "uint32"), ("complex128", "complex64")}


def _symptom(finding: FindingRecord, owner: str) -> str:
    """What is wrong with the result, in words that its value and its gradient share where they are the same defect."""
    mark = finding.fingerprint
    if mark.kind == Kind.SHAPE and not mark.cause.startswith("follows "):
        return of_shape(finding, owner)
    if mark.kind in _NUMBERS or mark.kind == Kind.SHAPE:
        if mark.cause.endswith("sign of zero"):
            return "sign of zero"
        return "numbers"
    return mark.kind


def readings(cause: str) -> tuple[str, ...]:
    """The readings between which an ambiguity is, each once, without numbers, dtypes and what follows a comma."""
    sides = [{plain(word) for word in part.split(" = ")} for part in cause.split(" | ")]
    clear = {next(iter(side)) for side in sides if len(side) == 1}
    return tuple(sorted(clear if len(clear) > 1 else set().union(*sides)))


def plain(reading: str) -> str:
    """A reading without numbers, dtypes and what follows a comma."""
    reading = re.sub(r"\b(?:bfloat|float|complex|u?int)\d+\b", "DTYPE", reading.partition(",")[0])
    return re.sub(r"\d+(?:\.\d+)?(?:e-?\d+)?", "N", reading).strip()
