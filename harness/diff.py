"""Two runs side by side: what is new, still there, fixed, flaky, not reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.history import Change, Seen, change
from harness.records import FindingRecord, Severity


@dataclass(frozen=True)
class Difference:
    """A finding that one of two runs saw. ``reproduced`` of ``attempts`` counts the later run's own runs of its stored form."""

    id: str
    change: Change
    severity: str
    operator: str
    kind: str
    framework: str
    reproduced: int
    attempts: int
    sentence: str

    @property
    def again(self) -> str:
        """How often it showed again in the later run, ``""`` where it was not tried."""
        return f"{self.reproduced} of {self.attempts}" if self.attempts else ""


def compare(
    findings: Iterable[FindingRecord], before: Mapping[str, Seen], after: Mapping[str, Seen]
) -> list[Difference]:
    """What became of each finding from the run that saw ``before`` to the one that saw ``after``; new ones first."""
    differences = []
    for finding in findings:
        later = after.get(finding.id, Seen())
        became = change(before.get(finding.id, Seen()), later)
        if became:
            mark = finding.fingerprint
            facts = (finding.severity, mark.operator, mark.kind, mark.framework)
            differences.append(
                Difference(finding.id, became, *facts, later.reproduced, later.attempts, finding.sentence)
            )
    return sorted(differences, key=lambda one: (list(Change).index(one.change), one.severity, one.operator, one.id))


def worse(differences: Iterable[Difference]) -> bool:
    """Whether the later run has a bug that the earlier one had not."""
    return any(one.change is Change.NEW and one.severity == Severity.BUG for one in differences)
