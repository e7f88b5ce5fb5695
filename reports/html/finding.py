"""One finding as the HTML template shows it: every string made visible and bounded here, escaped by the template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from harness.case import freeze
from harness.records import FindingRecord, Fingerprint
from reports.html.life import Pairs, Past, SightView, sights_of, since, standing_of
from reports.html.outcomes import OutcomeView, ValuesView, outcomes_of, values_of
from reports.html.windows import Reading, picture, readings
from reports.picture import markup
from reports.text import clip, describe_input, minute, one_line

SENTENCE = 600
TEXT = 2_000
SCRIPT = 40_000
ENTRIES = 40
UNKNOWN = Past()
SEVERAL = "several"
"""Framework of an ambiguity, which blames nobody."""
_DRAWN = ("windows", "canvas", "candidates", "notes", "conventions", "diagnosis", "places")
"""Entries of a detail that are shown otherwise than as text."""


@dataclass(frozen=True)
class RowView:
    """The closed finding: one line of a list."""

    id: str
    section: str
    kind: str
    operator: str
    quantity: str
    framework: str
    sentence: str
    reproduced: str
    count: int
    marks: str
    since: str
    flaky: bool


@dataclass(frozen=True)
class FindingView:
    """The opened finding; ``windows`` is HTML, the rest text."""

    row: RowView
    diagnosis: str
    case: Pairs
    outcomes: tuple[OutcomeView, ...]
    values: tuple[ValuesView, ...]
    readings: tuple[Reading, ...]
    windows: str
    detail: Pairs
    reason: str
    source: str
    script: str
    targets: tuple[str, ...]
    history: Pairs
    sights: tuple[SightView, ...]
    standing: Pairs
    versions: Pairs
    environment: Pairs


label = lru_cache(4096)(one_line)
"""``one_line`` of the few names that many findings share."""


def kind_of(mark: Fingerprint) -> str:
    """The kind of a finding, in words."""
    return label(mark.kind.replace("_", " "), 40)


def framework_of(mark: Fingerprint) -> str:
    """Who is blamed for a finding."""
    return SEVERAL if mark.framework == "*" else label(mark.framework, 40)


def row_view(finding: FindingRecord, section: str, sentence: int = SENTENCE) -> RowView:
    """The closed form of a finding; its sentence has at most ``sentence`` characters."""
    mark = finding.fingerprint
    return RowView(
        id=finding.id,
        section=section,
        kind=kind_of(mark),
        operator=label(mark.operator, 80),
        quantity=label(mark.quantity, 40),
        framework=framework_of(mark),
        sentence=one_line(finding.sentence, sentence),
        reproduced=f"{finding.reproduced} of {finding.attempts}" if finding.attempts else "",
        count=finding.count,
        marks=" · ".join(one_line(label, 40) for label in _marks(finding)[:8]),
        since=since(finding, section),
        flaky=finding.reproduced < finding.attempts,
    )


def finding_view(finding: FindingRecord, section: str, past: Past = UNKNOWN) -> FindingView:
    """The opened form of a finding."""
    windows = picture(finding.case, finding.detail)
    return FindingView(
        row=row_view(finding, section),
        diagnosis=_diagnosis(finding.detail),
        case=_case(finding),
        outcomes=outcomes_of(finding),
        values=values_of(finding),
        readings=readings(finding.detail),
        windows=markup(windows) if windows else "",
        detail=_pairs(
            (key, value) for key, value in finding.detail.items() if key not in _DRAWN and value not in ("", None)
        ),
        reason=clip(finding.reason, TEXT),
        source=one_line(finding.source),
        script=clip(finding.script, SCRIPT),
        targets=tuple(one_line(target, 80) for target in finding.targets[:ENTRIES]),
        history=_history(finding),
        sights=sights_of(finding, past),
        standing=standing_of(finding, past),
        versions=_pairs(finding.versions.items()),
        environment=_pairs(finding.environment.items()),
    )


def _diagnosis(detail: Mapping[str, Any]) -> str:
    """The sentence of the explanation that fits, ``""`` where none was found."""
    diagnosis = detail.get("diagnosis")
    return clip(str(diagnosis.get("sentence", "")), TEXT) if isinstance(diagnosis, Mapping) else ""


def _marks(finding: FindingRecord) -> list[str]:
    return [*finding.marks, *([] if finding.minimal or "not minimal" in finding.marks else ["not minimal"])]


def _case(finding: FindingRecord) -> Pairs:
    case = finding.case
    inputs = [(name, describe_input(spec)) for name, spec in case.inputs.items()]
    return _pairs([("operator", f"{case.operator} ({case.quantity})"), *inputs, *case.parameters.items()])


def _history(finding: FindingRecord) -> Pairs:
    again = (
        f"{finding.reproduced} of {finding.attempts} times, in workers that did not find it"
        if finding.attempts
        else "not tried"
    )
    return _pairs(
        [
            ("severity", str(finding.severity)),
            ("reproduced", again),
            ("cases", f"{finding.count:,} cases with this fingerprint"),
            ("cause", finding.fingerprint.cause),
            ("seed", f"{finding.seed}, block {finding.block}"),
            ("first seen", f"{minute(finding.first_seen)} (run {finding.first_run})"),
            ("last seen", f"{minute(finding.last_seen)} (run {finding.last_run})"),
        ]
    )


def _pairs(items: Iterable[tuple[str, Any]]) -> Pairs:
    pairs = list(items)
    shown = [(one_line(str(name), 80), value_text(value)) for name, value in pairs[:ENTRIES]]
    return tuple(shown) if len(pairs) <= ENTRIES else (*shown, ("…", f"{len(pairs) - ENTRIES} more entries"))


def value_text(value: Any) -> str:
    """Text of a parameter or detail: strings as they are, the rest as Python writes it, lists as tuples."""
    if isinstance(value, str):
        return clip(value, TEXT)
    return clip(repr(freeze(value)), TEXT)
