"""How well findings are grouped: over all pairs of findings, which pairs are together and which should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from harness.causes import key_of

from . import Fixture


@dataclass(frozen=True)
class Figures:
    """``right`` of ``together`` pairs that are grouped belong together; ``expected`` pairs do. ``causes`` counts the expected groups."""

    findings: int
    causes: int
    right: int
    together: int
    expected: int

    @property
    def precision(self) -> float:
        """Share of the grouped pairs that belong together."""
        return self.right / self.together if self.together else 1.0

    @property
    def recall(self) -> float:
        """Share of the pairs that belong together which are grouped."""
        return self.right / self.expected if self.expected else 1.0

    def __str__(self) -> str:
        return (
            f"{self.findings} findings of {self.causes} causes: precision {self.precision:.1%} ({self.right} of {self.together} pairs), "
            f"recall {self.recall:.1%} ({self.right} of {self.expected})"
        )


def figures(expected: Sequence[Hashable], given: Sequence[Hashable]) -> Figures:
    """The figures of findings that belong to the groups ``expected`` and were put into the groups ``given``."""
    return Figures(
        len(expected),
        len(set(expected)),
        _pairs(zip(expected, given, strict=True)),
        _pairs(given),
        _pairs(expected),
    )


def of(fixtures: Sequence[Fixture]) -> Figures:
    """The figures of ``harness.causes`` on fixtures."""
    return figures([each.group for each in fixtures], [key_of(each.finding) for each in fixtures])


def _pairs(groups: Iterable[Hashable]) -> int:
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())
