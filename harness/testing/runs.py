"""The runs of a test session as one: what its tests found, in every process that ran some of them, goes into one store."""

from __future__ import annotations

import contextlib
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from harness.history import Seen
from harness.records import FindingRecord, RunRecord
from harness.shards import joined_statistics
from harness.store import Store

WAIT_SECONDS = 60.0
"""How long the end of a session waits for another run that writes to the same store."""

_STATES = ("failed", "interrupted", "running", "finished")


def take_over(into: Path, folders: Sequence[Path]) -> tuple[RunRecord | None, str]:
    """Write the runs of the stores in ``folders`` into the store ``into`` as one; that run, and what the user must be told.

    None where nothing ran. Raises StoreError; then ``into`` is as it was.
    """
    with contextlib.ExitStack() as stack:
        stores = [stack.enter_context(Store.open(folder, write=False)) for folder in folders]
        parts = [(run, store) for store in stores for run in store.runs()]
        if not parts:
            return None, ""
        ids = {run.id for run, _ in parts}
        record = one_run([run for run, _ in parts])
        statistics = joined_statistics(store.statistics(run.id) for run, store in parts)
        found = [pair for run, store in parts for pair in _found(run, store, record.id, ids)]
        target = stack.enter_context(Store.open(into, wait=WAIT_SECONDS))
        target.adopt(record, statistics, found)
        return record, target.notice


def _found(run: RunRecord, store: Store, name: str, parts: set[str]) -> Iterable[tuple[FindingRecord, Seen]]:
    """What a run saw, as seen by the run ``name`` that it becomes a part of."""
    findings = {finding.id: finding for finding in store.findings()}
    for identity, seen in store.sightings(run.id).items():
        finding = findings[identity]
        first, last = (name if each in parts else each for each in (finding.first_run, finding.last_run))
        yield replace(finding, first_run=first, last_run=last), seen


def one_run(parts: Sequence[RunRecord]) -> RunRecord:
    """The run of a session out of those of its tests, which drew other operators each: sums, unions, the worst state."""
    targets = {name for run in parts for name in run.targets}
    coverage: dict[str, Counter[str]] = {}
    for run in parts:
        for key, classes in run.coverage.items():
            coverage.setdefault(key, Counter()).update(classes)
    return replace(
        max(parts, key=lambda run: run.ended),
        id=datetime.now(UTC).strftime("%Y%m%d-%H%M%S-") + uuid.uuid4().hex[:4],
        operators=_united(run.operators for run in parts),
        targets=tuple(sorted(targets)),
        state=min((run.state for run in parts), key=_STATES.index),
        started=min(run.started for run in parts),
        cases=sum(run.cases for run in parts),
        structures=sum(run.structures for run in parts),
        comparisons=sum(run.comparisons for run in parts),
        unavailable={name: reason for run in parts for name, reason in run.unavailable.items() if name not in targets},
        versions={name: version for run in parts for name, version in run.versions.items()},
        timing=_summed(run.timing for run in parts),
        coverage={key: dict(sorted(classes.items())) for key, classes in sorted(coverage.items())},
        new=_united(run.new for run in parts),
        baseline={identity: standing for run in parts for identity, standing in run.baseline.items()},
        plan={"targets": sorted(targets)},
        lost=_united(run.lost for run in parts),
    )


def _united(groups: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(sorted({name for group in groups for name in group}))


def _summed(groups: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for group in groups:
        for name, number in group.items():
            total[name] = round(total.get(name, 0.0) + number, 3)
    return total
