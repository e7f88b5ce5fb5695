"""Findings that are one root cause, put together, so that a report shows one defect once. Pure.

Which findings are one is decided from each by itself (``traits.py``), so that a key depends neither on a run nor on what else was found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from harness.case import Kind
from harness.causes.titles import title
from harness.causes.traits import blamed, traits
from harness.history import error_of
from harness.records import FindingRecord, Severity

__all__ = ["Cause", "blamed", "group", "key_of", "strength"]

_SEVERITIES = [severity.value for severity in Severity]
_KINDS = [kind.value for kind in Kind]


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


def group(findings: Iterable[FindingRecord]) -> tuple[Cause, ...]:
    """The findings by root cause, in the order in which the causes first come; within a cause the strongest first."""
    together: dict[str, list[FindingRecord]] = {}
    for finding in findings:
        together.setdefault(key_of(finding), []).append(finding)
    causes = []
    for key, members in together.items():
        members.sort(key=strength)
        causes.append(Cause(key, title(members), tuple(members)))
    return tuple(causes)


def key_of(finding: FindingRecord) -> str:
    """Twelve hexadecimal digits that findings of one root cause have in common, in every run and on every version."""
    return hashlib.sha256("\x1f".join(traits(finding)).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def strength(finding: FindingRecord) -> tuple[int, int, bool, int, bool, float, int, int, str]:
    """Sorts the strongest finding first.

    A bug before an ambiguity and a known difference; the worse kind; not suspect of the oracle; showed again every time, not run again,
    showed again some of the times, never; of the framework that is at fault, not of one that inherits it; the largest error / bound; the
    most cases; the fewest elements; then the identifier.
    """
    mark = finding.fingerprint
    return (
        _place(_SEVERITIES, finding.severity),
        _place(_KINDS, mark.kind),
        "suspect: oracle" in finding.marks,
        _doubt(finding),
        mark.framework.removesuffix("-x64") != blamed(finding),
        -error_of(finding.detail),
        -finding.count,
        sum(spec.size for spec in finding.case.inputs.values()),
        finding.id,
    )


def _doubt(finding: FindingRecord) -> int:
    """0: it showed every time that it was run again; 1: it was not run again; 2: it showed some of the times; 3: never."""
    if not finding.attempts:
        return 1
    return 0 if finding.reproduced == finding.attempts else 2 if finding.reproduced else 3


def _place(names: list[str], name: str) -> int:
    """Place of a name; a name of another version, or of a damaged store, comes last."""
    return names.index(name) if name in names else len(names)
