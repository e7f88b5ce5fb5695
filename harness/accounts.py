"""A run's books: every planned (case, target) ends up as exactly one status."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from harness import operator
from harness.case import Case, Returned, Target, Unsupported
from harness.check import Checked
from harness.records import Statistic, Status, known_id


class AccountingError(Exception):
    """The books do not balance: opdiff's own fault."""


@dataclass
class _Row:
    counts: Counter[str] = field(default_factory=Counter)
    composed: int = 0
    native: int = 0
    ratio: float = 0.0
    seconds: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)


class Accounts:
    """Cumulative statistics of a run."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str, str], _Row] = defaultdict(_Row)
        self.planned = 0
        self.structures = 0
        self.cases = 0
        self.coverage: dict[str, Counter[str]] = defaultdict(Counter)
        self.known: Counter[str] = Counter()

    def plan(self, structure: Case, planned: int, cases: int) -> None:
        """Note a drawn structure, its parameter classes, and how many (case, target) pairs it plans."""
        self.structures += 1
        self.cases += cases
        self.planned += planned
        for name, label in operator.get(structure.operator).classes(structure).items():
            self.coverage[structure.operator][f"{name}: {label}"] += 1

    def enter(self, checked: Checked) -> None:
        """Book every target of a judged case."""
        for target, judgement in checked.judgements.items():
            outcome = checked.outcomes[target]
            row = self._row(checked.case, target)
            row.counts[judgement.status.value] += 1
            row.ratio = max(row.ratio, judgement.ratio if judgement.status is Status.AGREED else 0.0)
            row.seconds += getattr(outcome, "seconds", 0.0)
            if judgement.known:
                self.known[known_id(checked.case.operator, judgement.known)] += 1
            if isinstance(outcome, Unsupported):
                row.reasons[outcome.reason] += 1
            elif judgement.known:
                row.reasons[judgement.known.reason] += 1
            if isinstance(outcome, Returned):
                call = checked.calls[target]
                row.composed += bool(call and call.composed)
                row.native += bool(call and not call.composed)

    def not_run(self, case: Case, targets: list[Target], reason: str) -> None:
        """Book targets that were planned and never ran."""
        for target in targets:
            row = self._row(case, target)
            row.counts[Status.NOT_RUN.value] += 1
            row.reasons[reason] += 1

    def _row(self, case: Case, target: Target) -> _Row:
        return self.rows[case.operator, case.quantity, case.regime, str(target)]

    @property
    def comparisons(self) -> int:
        """Pairs that are booked."""
        return sum(row.counts.total() for row in self.rows.values())

    def balance(self) -> None:
        """Raises AccountingError unless every planned pair is booked once."""
        if self.comparisons != self.planned:
            raise AccountingError(f"accounts: {self.planned} (case, target) pairs planned, {self.comparisons} booked")

    def statistics(self) -> list[Statistic]:
        """The rows as records."""
        return [
            Statistic(
                *key,
                dict(row.counts),
                row.composed,
                row.native,
                row.ratio,
                row.seconds,
                dict(row.reasons.most_common(20)),
            )
            for key, row in sorted(self.rows.items())
        ]

    def restore(self, statistics: list[Statistic], coverage: dict[str, dict[str, int]]) -> None:
        """Continue from the books of an interrupted run."""
        for old in statistics:
            row = self.rows[old.operator, old.quantity, old.regime, old.target]
            row.counts.update(old.counts)
            row.reasons.update(old.reasons)
            row.composed, row.native, row.ratio, row.seconds = old.composed, old.native, old.ratio, old.seconds
        self.planned = self.comparisons
        for key, labels in coverage.items():
            self.coverage[key].update(labels)
