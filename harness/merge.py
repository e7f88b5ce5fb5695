"""Stores into one: the runs of shards or of other machines, with what each of them saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.records import RunRecord
from harness.store import Store


@dataclass(frozen=True)
class Merged:
    """The runs that were taken over, and those that the store had already."""

    runs: tuple[str, ...]
    present: tuple[str, ...]


def merge(into: Store, sources: Sequence[Store]) -> Merged:
    """Take over every run of ``sources``, oldest first, with its statistics and findings; a run that is there already is left alone.

    A finding of several stores becomes one: counts add up, the earliest and the latest sight count, the better case stays. The
    result does not depend on the order of the sources, and merging again changes nothing. Raises StoreError.
    """
    known = {run.id for run in into.runs()}
    runs = sorted(((run, source) for source in sources for run in source.runs()), key=lambda pair: _age(pair[0]))
    taken: list[str] = []
    present: list[str] = []
    for run, source in runs:
        if run.id in known:
            present.append(run.id)
            continue
        findings = {finding.id: finding for finding in source.findings()}
        seen = source.sightings(run.id).items()
        into.adopt(run, source.statistics(run.id), ((findings[identity], sight) for identity, sight in seen))
        known.add(run.id)
        taken.append(run.id)
    return Merged(tuple(taken), tuple(present))


def _age(run: RunRecord) -> tuple[str, str]:
    return run.started, run.id
