"""After the fuzzing: new findings are shrunk and confirmed, those of earlier runs are run again, within a budget of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from harness.case import Target
from harness.history import Seen, error_of
from harness.records import FindingRecord, RunRecord, Severity
from harness.verify import Sighting, Verifier, targets_of

Save = Callable[[FindingRecord, Seen], FindingRecord]
"""Stores a finding and what the run saw of it."""


class Aftermath:
    """Completes and confirms findings until ``deadline`` (seconds of ``time.monotonic``), and says how many it did not come to."""

    def __init__(self, verifier: Verifier, save: Save, say: Callable[[str], None], deadline: float) -> None:
        self.verifier, self.save, self.say, self.deadline = verifier, save, say, deadline

    def complete(self, found: Sequence[tuple[FindingRecord, Sighting]]) -> None:
        """Shrink new findings, and confirm them."""
        for index, (finding, sighting) in enumerate(found):
            if time.monotonic() > self.deadline:
                left = len(found) - index
                self.say(f"verification budget spent: {left} findings are neither shrunk nor confirmed")
                return
            self._confirmed(self.verifier.complete(finding, sighting))

    def run_again(self, findings: Sequence[FindingRecord], run: RunRecord) -> None:
        """Run stored findings again, so that those which are gone can be told from those which nobody looked for."""
        for index, finding in enumerate(findings):
            if time.monotonic() > self.deadline:
                self.say(f"verification budget spent: {len(findings) - index} stored findings were not run again")
                return
            again = self.verifier.confirm_stored(finding)
            if again.reproduced:
                again = replace(again, last_run=run.id, last_seen=run.started)
            self._confirmed(again)

    def _confirmed(self, finding: FindingRecord) -> None:
        """Store a finding that was run again, and how often it showed in this run."""
        targets = finding.targets if finding.reproduced else ()
        self.save(
            finding,
            Seen(0, targets, finding.attempts, finding.reproduced, error_of(finding.detail)),
        )


def missed(
    stored: Iterable[FindingRecord],
    operators: Collection[str],
    targets: Iterable[Target],
    met: Collection[str],
    shard: tuple[int, int] = (0, 1),
) -> list[FindingRecord]:
    """Stored bugs that a run of these operators and targets has not met, those seen last first; a shard takes its part of them."""
    available = set(targets)
    index, count = shard
    found = [
        finding
        for finding in stored
        if finding.severity == Severity.BUG
        and finding.id not in met
        and int(finding.id, 16) % count == index
        and finding.fingerprint.operator in operators
        and available.issuperset(targets_of(finding))
    ]
    return sorted(found, key=lambda finding: finding.last_seen, reverse=True)


def not_minimal(finding: FindingRecord) -> FindingRecord:
    """A finding whose choices are gone, so that it cannot be shrunk."""
    return replace(finding, minimal=False, marks=tuple(sorted({*finding.marks, "not minimal"})))
