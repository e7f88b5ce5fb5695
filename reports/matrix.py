"""The matrix operator x target and the tables beside it, added up once for every report format."""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.case import MODES
from harness.records import FindingRecord, Severity, Statistic, Status


class State(enum.StrEnum):
    """What a cell of the matrix says. Earlier ones win: one finding among a thousand agreements is a finding."""

    FINDING = "finding"
    KNOWN = "known"
    OTHER_CONVENTION = "other convention"
    AGREE = "agree"
    UNSUPPORTED = "unsupported"
    NOT_RUN = "not run"


_FAULTS = (Status.DISAGREED, Status.DIED, Status.TIMED_OUT)
_AGREED = (Status.AGREED, Status.AGREED_REFUSAL)


@dataclass(frozen=True)
class Cell:
    """One operator and quantity on one target. ``findings`` counts fingerprints, ``counts`` cases by status."""

    state: State
    findings: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    composed: int = 0
    native: int = 0
    ratio: float | None = None
    """Largest error / bound; None where nothing was compared by a bound."""

    @property
    def cases(self) -> int:
        """Cases in all."""
        return sum(self.counts.values())

    @property
    def agreed(self) -> int:
        """Cases that agreed, refusals included."""
        return sum(self.counts.get(status, 0) for status in _AGREED)


@dataclass(frozen=True)
class Row:
    """All targets of one operator and quantity; ``cells`` in the order of ``Matrix.targets``."""

    operator: str
    quantity: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Matrix:
    """Rows by operator and quantity, columns by target."""

    targets: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def frameworks(self) -> tuple[tuple[str, int], ...]:
        """Column groups: framework and number of its targets, in column order."""
        return tuple(Counter(target.partition(":")[0] for target in self.targets).items())

    @property
    def columns(self) -> tuple[str, ...]:
        """What tells the targets of a framework apart: the mode, with the device where the table has several."""
        rest = [target.partition(":")[2].partition(":") for target in self.targets]
        several = len({device for device, _, _ in rest}) > 1
        return tuple(f"{device} {mode}".strip() if several or not mode else mode for device, _, mode in rest)


@dataclass(frozen=True)
class Reason:
    """Why cases were unsupported or not run: how many, of which operators, on which targets."""

    reason: str
    operators: tuple[str, ...]
    targets: tuple[str, ...]
    count: int


def matrix(findings: Iterable[FindingRecord], statistics: Sequence[Statistic], targets: Iterable[str]) -> Matrix:
    """Add the statistics up; ``targets`` names columns that stay even when nothing ran there."""
    columns = sorted({*targets, *(row.target for row in statistics)}, key=_target_order)
    grouped: defaultdict[tuple[str, str], defaultdict[str, list[Statistic]]] = defaultdict(lambda: defaultdict(list))
    for row in statistics:
        grouped[row.operator, row.quantity][row.target].append(row)
    blamed: Counter[tuple[str, str, str]] = Counter()
    for finding in findings:
        key = (finding.fingerprint.operator, finding.fingerprint.quantity)
        grouped[key]  # a row of its own even when no statistic was stored
        if finding.severity not in (Severity.AMBIGUITY, Severity.KNOWN):
            blamed.update((*key, target) for target in set(finding.targets))
    return Matrix(
        tuple(columns),
        tuple(
            Row(*key, tuple(_cell(grouped[key].get(target, []), blamed[(*key, target)]) for target in columns))
            for key in sorted(grouped, key=lambda key: (key[0], key[1] != "value", key[1]))
        ),
    )


def reasons(statistics: Iterable[Statistic]) -> tuple[Reason, ...]:
    """Every reason for which cases did not run, most frequent first, operators and targets united."""
    counts: Counter[str] = Counter()
    operators: defaultdict[str, set[str]] = defaultdict(set)
    targets: defaultdict[str, set[str]] = defaultdict(set)
    for row in statistics:
        for reason, count in row.reasons.items():
            counts[reason] += count
            operators[reason].add(row.operator)
            targets[reason].add(row.target)
    return tuple(
        Reason(reason, tuple(sorted(operators[reason])), tuple(sorted(targets[reason], key=_target_order)), count)
        for reason, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def totals(statistics: Iterable[Statistic]) -> dict[str, int]:
    """Cases by status over the whole run, in the order of ``Status``."""
    counts: Counter[str] = Counter()
    for row in statistics:
        counts.update(row.counts)
    known = [status.value for status in Status]
    return {status: counts[status] for status in [*known, *sorted(set(counts) - set(known))]}


def _cell(rows: Sequence[Statistic], findings: int) -> Cell:
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(row.counts)
    ratios = [row.ratio for row in rows if row.ratio > 0 or row.regime == "rounding"]
    composed, native = sum(row.composed for row in rows), sum(row.native for row in rows)
    return Cell(_state(counts, findings), findings, dict(counts), composed, native, max(ratios, default=None))


def _state(counts: Mapping[str, int], findings: int) -> State:
    def any_of(*statuses: Status) -> bool:
        return any(counts.get(status, 0) for status in statuses)

    if findings or any_of(*_FAULTS):
        return State.FINDING
    if any_of(Status.KNOWN):
        return State.KNOWN
    if any_of(Status.OTHER_CONVENTION):
        return State.OTHER_CONVENTION
    if any_of(*_AGREED):
        return State.AGREE
    return State.UNSUPPORTED if any_of(Status.UNSUPPORTED) else State.NOT_RUN


def _target_order(target: str) -> tuple[str, str, int, str]:
    framework, _, rest = target.partition(":")
    device, _, mode = rest.partition(":")
    return framework, device, MODES.index(mode) if mode in MODES else len(MODES), mode
