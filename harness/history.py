"""What one run saw of a finding, and what became of it from one run to a later one. Pure; the store keeps what was seen."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec


class Seen(msgspec.Struct, frozen=True):
    """What a run saw of a finding.

    ``count`` cases showed it, on ``targets``. ``attempts`` times its stored form ran again in workers that had not found it, in this run;
    ``reproduced`` of them showed it. ``error`` is the largest among those sights (see ``error_of``).
    """

    count: int = 0
    targets: tuple[str, ...] = ()
    attempts: int = 0
    reproduced: int = 0
    error: float = 0.0

    @property
    def shown(self) -> bool:
        """Whether it showed, while fuzzing or on running it again."""
        return self.count > 0 or self.reproduced > 0

    @property
    def passed(self) -> bool:
        """Whether its stored form ran again and did not show, nor did any drawn case show it."""
        return self.attempts > 0 and not self.shown

    @property
    def flaky(self) -> bool:
        """Whether it showed some of the times."""
        return self.shown and self.reproduced < self.attempts

    def joined(self, other: Seen) -> Seen:
        """Both together."""
        return Seen(
            self.count + other.count,
            tuple(sorted({*self.targets, *other.targets})),
            self.attempts + other.attempts,
            self.reproduced + other.reproduced,
            max(self.error, other.error),
        )


class Change(enum.StrEnum):
    """What became of a finding from one run to a later one."""

    NEW = "new"
    STILL = "still"
    FIXED = "fixed"
    FLAKY = "flaky"
    NOT_REACHED = "not reached"


def change(before: Seen, after: Seen) -> Change | None:
    """What became of a finding; None where neither run saw it.

    It is fixed only where the later run reached it again and it passed every time; where nobody looked it is not reached.
    """
    if not before.shown and not after.shown:
        return None
    if after.flaky:
        return Change.FLAKY
    if after.shown:
        return Change.STILL if before.shown else Change.NEW
    if after.passed:
        return Change.FLAKY if before.flaky else Change.FIXED  # What came and went before proves nothing by passing.
    return Change.NOT_REACHED


def gone(runs: Iterable[Mapping[str, Seen]]) -> set[str]:
    """Findings that are fixed for all that the runs, oldest first, saw of them: the last run that reached them saw them pass.

    When such a finding shows again it counts as new. One that came and went before is left out: its passing proved nothing.
    """
    fixed: set[str] = set()
    unsteady: set[str] = set()
    for sightings in runs:
        for identity, seen in sightings.items():
            if seen.flaky or (seen.shown and identity in fixed):
                unsteady.add(identity)
            if seen.shown:
                fixed.discard(identity)
            elif seen.passed:
                fixed.add(identity)
    return fixed - unsteady


def error_of(detail: Mapping[str, Any]) -> float:
    """How bad a disagreement is, as its detail says: the share of the digits lost beyond the bound, 0 where it says nothing.

    An exact comparison has no bound, and how far a number that is wrong altogether lies from the right one is a matter of the inputs; an
    inaccurate one that grows into that is another finding.
    """
    lost = detail.get("lost")
    return float(lost) if isinstance(lost, (int, float)) and 0 <= lost <= 1 else 0.0
