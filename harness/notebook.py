"""What a run notes of the findings that it sees: the first sight of each is stored at once, further ones are counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.history import Seen, error_of, gone
from harness.plan import Progress
from harness.records import FindingRecord, RunRecord
from harness.store import Store
from harness.verify import Sighting

Scribe = Callable[[FindingRecord], str]
"""Writes the standalone script of a finding."""


def no_script(finding: FindingRecord) -> str:
    """The scribe of runs that nobody reads."""
    return ""


class Notebook:
    """The findings of one run. ``run`` is its record as a first sight writes it down: to be replaced as more of it is known.

    ``new`` are the ids of those that no run saw before, or that were fixed and are back; ``met`` maps every one that the run saw to what
    it saw since the last ``counted``; ``pending`` are the first sights that are neither shrunk nor confirmed.
    """

    def __init__(self, store: Store, progress: Progress, scribe: Scribe, run: RunRecord, resumed: str = "") -> None:
        self.store, self.progress, self.scribe, self.run = store, progress, scribe, run
        self.new: list[str] = []
        self.met: dict[str, Seen] = {}
        self.pending: list[Sighting] = []
        self.last_new = time.monotonic()
        self._gone = gone(store.sightings(run.id) for run in reversed(store.runs()) if run.id != resumed)

    def restore(self, old: RunRecord) -> list[FindingRecord]:
        """Go on with the findings of an interrupted run; those that it had not confirmed."""
        self.run = old
        found = self.store.findings(old.id)
        first = [finding for finding in found if finding.first_run == old.id]
        # What was stored after the last checkpoint is not in the run's record yet.
        self.new = list(dict.fromkeys((*old.new, *(finding.id for finding in first))))
        self.met = {finding.id: Seen() for finding in found}
        return [finding for finding in first if not finding.attempts]

    def sight(self, sighting: Sighting) -> None:
        """Count a disagreement; the first of its fingerprint is stored at once and queued for shrinking."""
        identity, found = sighting.fingerprint.id, sighting.disagreement
        known = identity in self.met
        one = Seen(1, (str(found.target),), error=error_of(found.detail))
        self.met[identity] = self.met.get(identity, Seen()).joined(one)
        if known:
            return
        stored = self._save(sighting.finding(self.run.seed, self.run))
        new = self._note_new(stored)
        self.progress.found(stored, new)
        if new or not stored.attempts:
            self.pending.append(sighting)

    def confirmed(self, finding: FindingRecord, seen: Seen) -> FindingRecord:
        """Store a finding that was run again, with what was seen then; the stored form."""
        stored = self._save(finding, seen)
        if seen.shown:
            self._note_new(stored)
        self.progress.confirmed(stored, seen)
        return stored

    def urgent(self) -> Sequence[tuple[FindingRecord, Sighting]]:
        """The pending first sights, the most urgent first; nothing is pending afterwards."""
        pending, self.pending = sorted(self.pending, key=Sighting.urgency), []
        return [(sighting.finding(self.run.seed, self.run), sighting) for sighting in pending]

    def count(self) -> None:
        """Give the store what was counted since the last time."""
        for identity, seen in self.met.items():
            if seen.count:
                self.store.sight(self.run.id, identity, seen)
        self.met = dict.fromkeys(self.met, Seen())

    def _save(self, finding: FindingRecord, seen: Seen | None = None) -> FindingRecord:
        """Store a finding with its script; how often cases showed it is counted at the checkpoints."""
        return self.store.save_finding(self.run.id, replace(finding, count=0, script=self.scribe(finding)), seen)

    def _note_new(self, finding: FindingRecord) -> bool:
        """Whether a finding that showed is new: the run saw it first, or it was fixed and is back."""
        new = finding.first_run == self.run.id or finding.id in self._gone
        if new and finding.id not in self.new:
            self.new.append(finding.id)
            self.last_new = time.monotonic()
        return new
