"""The findings by section and root cause, in the order of the page: which are shown at once, and which are folded below those."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.causes import Cause
from harness.records import FindingRecord
from reports.html.finding import framework_of, label
from reports.text import one_line
from reports.view import Report

LISTED = 20
"""Findings of a cause that are listed without JavaScript."""
NAMES = 4
TITLE = 160


@dataclass(frozen=True)
class Group:
    """One root cause in one section. ``title`` is empty where the first finding's sentence says it."""

    section: str
    title: str
    about: str
    findings: tuple[FindingRecord, ...]

    @property
    def listed(self) -> tuple[FindingRecord, ...]:
        """The folded findings that are listed without JavaScript."""
        return self.findings[1 : LISTED + 1]


def groups(report: Report) -> dict[str, tuple[Group, ...]]:
    """The root causes of every section, by its name."""
    return {section.name: tuple(_group(section.name, cause) for cause in section.causes) for section in report.sections}


def by_importance(sections: dict[str, tuple[Group, ...]]) -> Iterator[tuple[str, FindingRecord]]:
    """Every finding with its section: section by section the strongest of each cause, then the folded ones."""
    for name, own in sections.items():
        yield from ((name, group.findings[0]) for group in own)
        yield from ((name, finding) for group in own for finding in group.findings[1:])


def _group(section: str, cause: Cause) -> Group:
    if len(cause.findings) == 1:
        return Group(section, "", "", cause.findings)
    title = "" if cause.title == cause.strongest.sentence else one_line(cause.title, TITLE)
    return Group(section, title, _about(cause.findings), cause.findings)


def _about(findings: Sequence[FindingRecord]) -> str:
    """Frameworks and operators of a cause, the first few by name."""
    marks = [finding.fingerprint for finding in findings]
    frameworks = dict.fromkeys(map(framework_of, marks))
    operators = dict.fromkeys(label(mark.operator, 60) for mark in marks)
    return f"{_few(list(frameworks))}; {_few(list(operators))}"


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    return f"{', '.join(names[:NAMES])}{more}"
