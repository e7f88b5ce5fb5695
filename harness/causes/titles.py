"""A cause in one short sentence: who, in which function, with which symptom."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.case import GRADIENT, Kind
from harness.causes.refusals import KERAS, SEARCHED
from harness.causes.traits import ANYONE, blamed, called, plain
from harness.normalise import essence
from harness.records import FindingRecord, Severity

_NAMES = {"jax": "JAX", "tensorflow": "TensorFlow", "tf-keras": "tf_keras", KERAS: "Keras"}

_SYMPTOMS: dict[str, str] = {
    Kind.DIED: "the process ends in",
    Kind.TIMED_OUT: "no answer from",
    Kind.OUT_OF_MEMORY: "too much memory asked for by",
    Kind.VALUE: "wrong numbers from",
    Kind.NOT_FINITE: "wrong NaN or infinity from",
    Kind.SHAPE: "wrong shape from",
    Kind.DTYPE: "wrong dtype from",
    Kind.UNSTABLE: "other results from call to call from",
    Kind.ACCEPTED: "wrongly taken by",
    Kind.RAISED: "wrongly refused by",
    Kind.BAD_REFUSAL: "refused by an internal assertion of",
    Kind.DESCRIBED_INVALID: "wrongly described by",
}

_NOISE = re.compile(r"\x1b\[[0-9;]*m|\{\{.*?\}\}|\s*\[Op:.*", re.S)
"""Colours, TensorFlow's names of nodes, and what follows its name of the operation."""

LONGEST = 160
"""Characters of a title, the ellipsis included."""


def title(findings: Sequence[FindingRecord]) -> str:
    """What is wrong, for findings of one cause with the strongest first."""
    first = findings[0]
    if first.fingerprint.framework == ANYONE:
        words = f"{_listed([each.fingerprint.operator for each in findings])}: {' or '.join(_readings(first.fingerprint.cause[:SEARCHED]))}"
    elif first.severity == Severity.KNOWN and first.reason:
        owner = _owner(findings)
        words = first.reason if owner in first.reason else f"{owner}: {first.reason}"
    else:
        words = (
            f"{_owner(findings)}: {_symptom(findings)} {_listed([called(each) for each in findings])}{_because(first)}"
        )
    words = " ".join(words.split())
    return words if len(words) <= LONGEST else words[: LONGEST - 1].rstrip() + "…"


def _readings(cause: str) -> tuple[str, ...]:
    """The readings between which an ambiguity is, in full; of those that a case cannot tell apart what they share, up to the comma."""
    sides = [part.split(" = ") for part in cause.split(" | ")]
    clear = [side for side in sides if len({plain(word) for word in side}) == 1]
    told = clear if len(clear) > 1 else [[word] for side in sides for word in side]
    return tuple(dict.fromkeys(side[0] if len(side) == 1 else side[0].partition(",")[0] for side in told))


def _owner(findings: Sequence[FindingRecord]) -> str:
    """Who is at fault; for Keras on which backend, where only one shows it."""
    owner = blamed(findings[0])
    name = _NAMES.get(owner, owner)
    backends = {each.fingerprint.framework.removesuffix("-x64").removeprefix("keras-") for each in findings}
    if owner == KERAS and len(backends) == 1:
        backend = backends.pop()
        return f"{name} on {_NAMES.get(backend, backend)}"
    return name


def _listed(names: Sequence[str]) -> str:
    """Each name once, in the order of the findings: two of them, and how many more there are."""
    unique = list(dict.fromkeys(names))
    if len(unique) <= 2:
        return " and ".join(unique)
    return f"{', '.join(unique[:2])} and {len(unique) - 2} more"


def _symptom(findings: Sequence[FindingRecord]) -> str:
    """What the strongest finding shows."""
    mark, detail = findings[0].fingerprint, findings[0].detail
    described = mark.cause.startswith("described ")
    if mark.cause.startswith("follows "):
        return "another convention than documented from"
    if mark.kind == Kind.DTYPE and "got_dtype" in detail:
        return f"{detail['got_dtype']} for {detail['expected_dtype']} {'described by' if described else 'from'}"
    if described:
        return f"wrong {mark.kind} described by"
    symptom = _SYMPTOMS.get(mark.kind, f"{mark.kind} from")
    gradient = all(each.fingerprint.quantity == GRADIENT for each in findings)
    return symptom.replace(" from", " from the gradient of") if gradient else symptom


def _because(finding: FindingRecord) -> str:
    """What the exception says, which rule is broken, or the diagnosis."""
    mark, detail = finding.fingerprint, finding.detail
    diagnosis = detail.get("diagnosis")
    if isinstance(diagnosis, dict) and diagnosis.get("name"):
        return f": {diagnosis['name']}"
    if mark.kind in (Kind.RAISED, Kind.BAD_REFUSAL):
        kind, _, message = mark.cause.partition(": ")
        said = _NOISE.sub("", essence(str(detail.get("message", message))[:SEARCHED])).strip().partition("\n")[0]
        return f": {kind.rpartition('.')[2]}: {said}"
    if mark.kind in (Kind.ACCEPTED, Kind.DESCRIBED_INVALID):
        return f": {finding.sentence.partition('must be refused: ')[2].partition(';')[0] or mark.cause}"
    return ""
