"""Stores into one: the runs of shards or of other machines, with what each of them saw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from harness.history import Seen, gone
from harness.records import FindingRecord, RunRecord
from harness.shards import ShardsError, joined, joined_statistics, shards_of
from harness.store import Store

Arrived = list[tuple[RunRecord, Store]]
"""Runs with the store that each comes from, oldest first."""


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
    arrived, present = _arrived(into, sources)
    for run, source in arrived:
        into.adopt(run, source.statistics(run.id), _seen(run, source))
    return Merged(tuple(run.id for run, _ in arrived), present)


def join(into: Store, sources: Sequence[Store]) -> tuple[RunRecord, Merged]:
    """Take over what is new in ``sources`` as one run, whose shards it must be; that run, and what was taken over.

    A finding is new where it is to a shard and to the store: neither had it, or it was fixed and is back. Joining the same shards again
    changes nothing. Raises ShardsError, StoreError.
    """
    arrived, present = _arrived(into, sources)
    if not arrived:
        again = [run for run in into.runs() if set(present).intersection(shards_of(run))]
        if not again:
            raise ShardsError("the stores have no run that is new; at least one shard must have run")
        return again[0], Merged((), present)
    run = joined([run for run, _ in arrived])
    stored = {finding.id for finding in into.findings()} - gone(into.sightings(run.id) for run in reversed(into.runs()))
    run = replace(run, new=tuple(identity for identity in run.new if identity not in stored))
    renamed = dict.fromkeys(shards_of(run), run.id)
    found = [(_of(finding, renamed), seen) for shard, source in arrived for finding, seen in _seen(shard, source)]
    into.adopt(run, joined_statistics(source.statistics(shard.id) for shard, source in arrived), found)
    return run, Merged((run.id,), present)


def _arrived(into: Store, sources: Sequence[Store]) -> tuple[Arrived, tuple[str, ...]]:
    """The runs of the sources that the store has not, and the ids of those that it has, as they are or joined."""
    here = into.runs()
    known = {run.id for run in here}.union(*(shards_of(run) for run in here))
    arrived: Arrived = []
    present: list[str] = []
    for pair in sorted(((run, source) for source in sources for run in source.runs()), key=_age):
        identity = pair[0].id
        if identity in known:
            present.append(identity)
            continue
        arrived.append(pair)
        known.add(identity)
    return arrived, tuple(present)


def _seen(run: RunRecord, source: Store) -> Iterable[tuple[FindingRecord, Seen]]:
    """What a run saw of the findings of its store."""
    findings = {finding.id: finding for finding in source.findings()}
    return [(findings[identity], seen) for identity, seen in source.sightings(run.id).items()]


def _of(finding: FindingRecord, renamed: dict[str, str]) -> FindingRecord:
    """The finding as the joined run saw it."""
    first, last = (renamed.get(run, run) for run in (finding.first_run, finding.last_run))
    return replace(finding, first_run=first, last_run=last)


def _age(pair: tuple[RunRecord, Store]) -> tuple[str, str]:
    return pair[0].started, pair[0].id
