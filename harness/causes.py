"""Findings that are one root cause, put together, so that a report shows one defect once. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.records import FindingRecord


@dataclass(frozen=True)
class Cause:
    """Findings of one root cause. ``key`` depends on no run; ``title`` says it in a few words; the strongest case comes first."""

    key: str
    title: str
    findings: tuple[FindingRecord, ...]

    @property
    def strongest(self) -> FindingRecord:
        """The finding to show for all of them."""
        return self.findings[0]


def key_of(finding: FindingRecord) -> str:
    """What findings of one root cause have in common."""
    mark = finding.fingerprint
    return "\x1f".join((mark.framework, mark.kind, mark.cause))


def group(findings: Iterable[FindingRecord]) -> tuple[Cause, ...]:
    """The findings by root cause, in the order in which the causes first come."""
    together: dict[str, list[FindingRecord]] = {}
    for finding in findings:
        together.setdefault(key_of(finding), []).append(finding)
    return tuple(Cause(key, members[0].sentence, tuple(members)) for key, members in together.items())
