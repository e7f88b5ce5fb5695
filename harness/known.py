"""The known differences that a run could meet, and how many of its judgements each explained."""

from __future__ import annotations

from dataclasses import dataclass

from harness import operator
from harness.case import Target
from harness.records import RunRecord, known_id


@dataclass(frozen=True)
class KnownRow:
    """A known difference of an operator that ran; ``matched`` counts the judgements of the run that it explained."""

    id: str
    operator: str
    name: str
    targets: str
    kind: str
    cause: str
    reason: str
    source: str
    status: str
    matched: int


def known_rows(run: RunRecord) -> list[KnownRow]:
    """Known differences of the operators that ``run`` drew, of targets that ran; those that matched nothing first.

    Whether some case met a row's condition is not known: a row that matched nothing was not reached, or is out of date.
    """
    registered = operator.load()
    ran = [Target.parse(name) for name in run.targets if name not in run.unavailable]
    rows = [
        KnownRow(
            identifier := known_id(key, row),
            key,
            row.name,
            row.targets,
            row.kind.value,
            row.cause,
            row.reason,
            row.source,
            row.status,
            run.known.get(identifier, 0),
        )
        for key in sorted(run.coverage.keys() & registered.keys())
        for row in registered[key].known
        if any(target.matches(row.targets) for target in ran)
    ]
    return sorted(rows, key=lambda row: row.matched > 0)
