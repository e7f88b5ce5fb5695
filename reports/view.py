"""What a run's report says, before any format: verdict, counts, sections, order. No format counts anything itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

from harness.baseline import Baseline
from harness.case import Kind
from harness.causes import Cause, group
from harness.history import Seen
from harness.known import KnownRow, known_rows
from harness.records import FindingRecord, RunRecord, Severity, Statistic, Status
from reports import trend
from reports.collection import uncollected
from reports.matrix import Matrix, Reason, matrix, reasons, totals
from reports.standing import BaselineRow, baseline_rows
from reports.trend import Trend

_KINDS = [kind.value for kind in Kind]
ORACLE_SUSPECT = "suspect: oracle"


class Source(Protocol):
    """The part of the store that a report reads."""

    def findings(self, run_id: str | None = None) -> list[FindingRecord]:
        """All findings, or those seen in the run."""

    def statistics(self, run_id: str) -> list[Statistic]:
        """Statistics of the run."""

    def runs(self) -> list[RunRecord]:
        """All runs, newest first."""

    def sightings(self, run_id: str) -> dict[str, Seen]:
        """What the run saw of each finding that it reached."""


@dataclass(frozen=True)
class Section:
    """Findings that belong together, most severe first. ``name`` is new, still, ambiguity or known."""

    name: str
    title: str
    about: str
    findings: tuple[FindingRecord, ...]

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """The findings by root cause, in the same order."""
        return group(self.findings)


@dataclass(frozen=True)
class Report:
    """One run as every format shows it."""

    run: RunRecord
    sections: tuple[Section, ...]
    matrix: Matrix
    reasons: tuple[Reason, ...]
    statistics: tuple[Statistic, ...]
    totals: dict[str, int]
    known: tuple[KnownRow, ...] = ()
    """Known differences of what ran, those that matched nothing first."""
    seen: Mapping[str, Seen] = field(default_factory=dict)
    """What this run saw of each finding that it reached, by id."""
    trend: Trend = field(default_factory=Trend)
    """This run and those before it; empty where only one run is known."""
    fixed: tuple[FindingRecord, ...] = ()
    """Bugs that earlier runs saw, and that this one reached again without seeing them."""
    baseline: tuple[BaselineRow, ...] = ()
    """Entries of the baseline, those that expire first at the top."""

    def section(self, name: str) -> Section:
        """The section of that name."""
        return next(section for section in self.sections if section.name == name)

    def count(self, name: str) -> int:
        """Number of findings in the section of that name."""
        return len(self.section(name).findings)

    @property
    def unmatched(self) -> tuple[KnownRow, ...]:
        """Known differences that explained nothing in this run: not reached, or out of date."""
        return tuple(row for row in self.known if not row.matched)

    @property
    def findings(self) -> tuple[FindingRecord, ...]:
        """All findings, in the order of the sections."""
        return tuple(finding for section in self.sections for finding in section.findings)

    @property
    def headline(self) -> str:
        """The answer to "is anything new?", in a few words."""
        if self.count("new"):
            return plural(self.count("new"), "new finding")
        if not sum(self.totals.values()):
            return "Nothing ran"
        return "Nothing new"

    @property
    def blamed(self) -> dict[str, int]:
        """Framework to the number of new bugs it is blamed for, or of all bugs when none is new; most first."""
        section = self.section("new" if self.count("new") else "still")
        return dict(Counter(finding.fingerprint.framework for finding in section.findings).most_common())

    @property
    def verdict(self) -> str:
        """Who is wrong and how that is known, in two or three sentences."""
        return " ".join((self._blame(), *self._evidence()))

    @property
    def agreed(self) -> int:
        """Cases and targets that agreed, agreed refusals included."""
        return self.totals[Status.AGREED] + self.totals[Status.AGREED_REFUSAL]

    def _blame(self) -> str:
        blamed = [f"{framework} in {count:,}" for framework, count in self.blamed.items()]
        if not blamed:
            return "No framework is wrong in what was compared." if sum(self.totals.values()) else "No case was judged."
        when = "" if self.count("new") else "What earlier runs found is still there: "
        return f"{when}{and_list(blamed).replace(' in ', ' is wrong in ', 1)}."

    def _evidence(self) -> list[str]:
        bugs = self.section("new").findings or self.section("still").findings
        if not bugs:
            return []
        tried = [finding for finding in bugs if finding.attempts]
        again = sum(finding.reproduced == finding.attempts for finding in tried)
        lines = ["Each was judged by an oracle that computes the definition in float64, not by another framework."]
        if tried:
            lines.append(f"{again:,} of {len(tried):,} disagreed again every time in workers that had not found them.")
        if len(tried) < len(bugs):
            lines.append(f"{plural(len(bugs) - len(tried), 'finding')} not yet run again.")
        suspect = sum(ORACLE_SUSPECT in finding.marks for finding in bugs)
        if suspect:
            lines.append(
                f"In {suspect:,} every target agrees and only the oracle differs, so the oracle is suspect there."
            )
        return lines


@uncollected()
def load(store: Source, run: RunRecord, baseline: Baseline | None = None) -> Report:
    """Read what a run found, and what the runs before it saw of that, and build its report."""
    stored = {finding.id: finding for finding in store.findings()}
    seen = store.sightings(run.id)
    shown = [
        replace(one, count=seen[name].count) for name, one in stored.items() if name in seen and not seen[name].passed
    ]
    bugs = {name for name, one in stored.items() if one.severity == Severity.BUG}
    runs = trend.read(store, run, bugs, seen)
    return replace(
        build(run, shown, store.statistics(run.id)),
        seen=seen,
        trend=runs,
        fixed=tuple(sorted((stored[name] for name in runs.fixed), key=_order)),
        baseline=baseline_rows(baseline, run, seen, stored.values()),
    )


def build(run: RunRecord, findings: Sequence[FindingRecord], statistics: Sequence[Statistic]) -> Report:
    """Sort the findings into sections and add the statistics up."""
    new = set(run.new)
    ordered = sorted((with_standing(finding, run) for finding in findings), key=_order)
    parts: dict[str, list[FindingRecord]] = {name: [] for name, _, _ in _SECTIONS}
    for finding in ordered:
        parts[section_name(finding, new)].append(finding)
    sections = tuple(Section(name, title, about, tuple(parts[name])) for name, title, about in _SECTIONS)
    table = matrix(ordered, statistics, run.targets)
    return Report(
        run, sections, table, reasons(statistics), tuple(statistics), totals(statistics), tuple(known_rows(run))
    )


_SECTIONS = (
    ("new", "New", "First seen in this run."),
    ("still", "Still there", "Seen before and seen again."),
    (
        "ambiguity",
        "Ambiguities",
        "Targets follow different conventions that each of them documents. Nobody is wrong.",
    ),
    (
        "known",
        "Known differences",
        "Explained by a row that ships with opdiff, with its source.",
    ),
)


def section_name(finding: FindingRecord, new: set[str]) -> str:
    """The section of a finding: by severity, and for bugs by whether this run saw it first."""
    if finding.severity in (Severity.AMBIGUITY, Severity.KNOWN):
        return str(finding.severity)
    return "new" if finding.id in new else "still"


def with_standing(finding: FindingRecord, run: RunRecord) -> FindingRecord:
    """The finding with what the baseline says of it among its marks."""
    standing = run.baseline.get(finding.id) if run.baseline else None
    return replace(finding, marks=(*finding.marks, f"baseline: {standing}")) if standing else finding


def plural(count: int, noun: str) -> str:
    """``1 finding``, ``1,200 findings``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def and_list(words: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _order(finding: FindingRecord) -> tuple[int, str, str, str, str]:
    mark = finding.fingerprint
    kind = _KINDS.index(mark.kind) if mark.kind in _KINDS else len(_KINDS)
    return kind, mark.operator, mark.quantity, mark.framework, finding.id
