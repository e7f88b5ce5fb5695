"""What the store keeps and the reports read: runs, findings, statistics. Plain immutable records, JSON-able throughout."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from harness.case import Case, Disagreement, KnownDifference, Target


class Status(enum.StrEnum):
    """What became of one (case, target): exactly one of these, so that a run's accounts add up."""

    AGREED = "agreed"
    AGREED_REFUSAL = "agreed_refusal"
    OTHER_CONVENTION = "other_convention"
    KNOWN = "known"
    DISAGREED = "disagreed"
    UNSUPPORTED = "unsupported"
    OUT_OF_MEMORY = "out_of_memory"
    DIED = "died"
    TIMED_OUT = "timed_out"
    NOT_RUN = "not_run"


class Severity(enum.StrEnum):
    """Whether a finding can make a run fail: ``bug`` does when it is new; the others never do."""

    BUG = "bug"
    AMBIGUITY = "ambiguity"
    KNOWN = "known"


@dataclass(frozen=True)
class Fingerprint:
    """The identity of a finding. Never in it: shapes, values, dtype, device, mode, versions, which other targets ran.

    ``known``: a known difference explains it. What no row explains is another finding, however alike the two are.
    """

    operator: str
    quantity: str
    kind: str
    framework: str
    cause: str
    known: bool = False

    @classmethod
    def of(cls, case: Case, disagreement: Disagreement, known: bool = False) -> Fingerprint:
        """Identity of one disagreement of a case; an ambiguity blames no framework."""
        framework = disagreement.target.framework if disagreement.kind != "ambiguity" else "*"
        return cls(case.operator, case.quantity, disagreement.kind.value, framework, disagreement.cause, known)

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits of the SHA-256 of the fields; what a user types."""
        fields = (self.operator, self.quantity, self.kind, self.framework, self.cause)
        return _digest(*fields, *(("known",) if self.known else ()))

    def like(self, other: Fingerprint) -> bool:
        """Whether the two are the same but for what is known: rows come and go with opdiff's releases."""
        return replace(self, known=other.known) == other


def known_id(operator: str, row: KnownDifference) -> str:
    """Identity of an operator's known difference, the same in every run: operator, targets, kind, cause and name."""
    return _digest(operator, row.targets, row.kind.value, row.cause, row.name)


def _digest(*fields: str) -> str:
    return hashlib.sha256("\x1f".join(fields).encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True)
class OutcomeSummary:
    """An outcome as the store keeps it, side by side with the others of the same case.

    ``status`` is the outcome's class in lower case (returned, described, raised, died, timed_out, out_of_memory,
    unsupported) or ``oracle``. ``arrays`` holds nested lists of at most 400 numbers each (floats; "nan", "inf", "-inf"
    as strings), or None where larger. ``verdict`` is the Status it was judged to be; ``call`` is the call's source
    text; ``conventions`` are those that fit.
    """

    target: str
    status: str
    text: str = ""
    shapes: tuple[tuple[int | None, ...] | None, ...] = ()
    dtypes: tuple[str, ...] = ()
    arrays: tuple[Any, ...] = ()
    call: str = ""
    composed: bool = False
    conventions: tuple[str, ...] = ()
    verdict: str = ""


@dataclass(frozen=True)
class FindingRecord:
    """One fingerprint with its smallest case. ``targets`` are all targets that showed it; ``count`` the cases that did.

    ``reproduced`` of ``attempts`` says how often the stored form disagreed again in workers that did not find it. ``minimal`` is
    False when the shrinking budget ran out. ``severity`` is a Severity; ``reason`` and ``source`` belong to a known difference.
    """

    fingerprint: Fingerprint
    severity: str
    sentence: str
    case: Case
    target: Target
    targets: tuple[str, ...]
    detail: dict[str, Any] = field(default_factory=dict)
    outcomes: tuple[OutcomeSummary, ...] = ()
    count: int = 1
    reproduced: int = 0
    attempts: int = 0
    minimal: bool = True
    reason: str = ""
    source: str = ""
    script: str = ""
    seed: int = 0
    block: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    first_run: str = ""
    last_run: str = ""
    first_seen: str = ""
    last_seen: str = ""
    marks: tuple[str, ...] = ()
    """Free labels such as ``suspect: oracle`` or ``not minimal``."""

    @property
    def id(self) -> str:
        """Identifier of the fingerprint."""
        return self.fingerprint.id


@dataclass(frozen=True)
class Statistic:
    """Counts of one operator, quantity, regime and target in one run. ``ratio`` is the largest error / bound seen."""

    operator: str
    quantity: str
    regime: str
    target: str
    counts: dict[str, int] = field(default_factory=dict)
    composed: int = 0
    native: int = 0
    ratio: float = 0.0
    seconds: float = 0.0
    """Time inside the framework's calls."""
    reasons: dict[str, int] = field(default_factory=dict)
    """Why cases were unsupported or not run, and how often (bounded to the 20 most frequent)."""


@dataclass(frozen=True)
class RunRecord:
    """One run. ``state`` is running, finished, interrupted or failed; times are ISO 8601 in UTC.

    ``unavailable`` maps a target to the reason it could not start. ``timing`` splits the wall time (seconds) into
    framework, generation, oracle, comparison, transport, store, idle. ``coverage`` maps operator to class to count,
    ``known`` the identifier of a known difference (``known_id``) to the number of judgements that it explained.
    ``new`` lists the ids of the findings that this run saw first, or that the baseline no longer covers; ``baseline`` maps the id of
    a finding that stands in the baseline to its ``harness.baseline.Standing``. ``plan`` is what resuming needs (operators, seed, next
    block per operator).
    """

    id: str
    seed: int
    operators: tuple[str, ...]
    targets: tuple[str, ...]
    state: str = "running"
    started: str = ""
    ended: str = ""
    cases: int = 0
    structures: int = 0
    comparisons: int = 0
    unavailable: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    timing: dict[str, float] = field(default_factory=dict)
    coverage: dict[str, dict[str, int]] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    new: tuple[str, ...] = ()
    baseline: dict[str, str] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    opdiff: str = ""
