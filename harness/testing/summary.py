"""What pytest's summary says of a session's differential tests."""

from __future__ import annotations

from pathlib import Path

from harness.baseline import Standing
from harness.records import RunRecord
from harness.testing.failure import near
from reports.text import one_line
from reports.view import plural


def lines(run: RunRecord, store: Path) -> list[str]:
    """What ran where, what was new, what the baseline knows, and where it is stored."""
    what = (
        f"{plural(len(run.operators), 'operator')}, {plural(run.cases, 'case')} on {plural(len(run.targets), 'target')}"
    )
    known = [identity for identity, standing in run.baseline.items() if standing == Standing.KNOWN]
    found = [f"{word}: {', '.join(ids)}" for word, ids in (("new", run.new), ("known to the baseline", known)) if ids]
    missing = [f"unavailable: {one_line(f'{name}: {reason}', 200)}" for name, reason in run.unavailable.items()]
    return [f"run {run.id}, seed {run.seed}: {what}; store {near(store)}", *found, *missing]
