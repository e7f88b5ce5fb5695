"""One finding as the HTML template shows it: every string made visible and bounded here, escaped by the template."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from harness.case import Case, Kind, freeze
from harness.records import FindingRecord, OutcomeSummary
from reports.html.arrays import Pane, panes, single
from reports.html.calls import brief
from reports.html.windows import Reading, picture, readings
from reports.picture import markup
from reports.text import clip, describe_input, one_line

SENTENCE = 600
TEXT = 2_000
SCRIPT = 40_000
ENTRIES = 40
CONVENTIONS = 6
SEVERAL = "several"
"""Framework of an ambiguity, which blames nobody."""
_DRAWN = ("windows", "canvas", "candidates", "notes", "conventions")
"""Entries of a detail that are shown otherwise than as text."""

Pairs = tuple[tuple[str, str], ...]


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


@dataclass(frozen=True)
class OutcomeView:
    """One line of the outcomes, side by side. ``role`` is oracle, blamed or empty."""

    target: str
    role: str
    status: str
    verdict: str
    text: str
    shapes: str
    conventions: str
    brief: str
    call: str
    composed: bool


@dataclass(frozen=True)
class FindingView:
    """The opened finding; ``windows`` is HTML, the rest text."""

    row: RowView
    case: Pairs
    outcomes: tuple[OutcomeView, ...]
    panes: tuple[tuple[str, tuple[Pane, ...]], ...]
    readings: tuple[Reading, ...]
    windows: str
    detail: Pairs
    reason: str
    source: str
    script: str
    targets: tuple[str, ...]
    history: Pairs
    versions: Pairs
    environment: Pairs


def row_view(finding: FindingRecord, section: str, sentence: int = SENTENCE) -> RowView:
    """The closed form of a finding; its sentence has at most ``sentence`` characters."""
    mark = finding.fingerprint
    return RowView(
        id=finding.id,
        section=section,
        kind=one_line(mark.kind.replace("_", " "), 40),
        operator=one_line(mark.operator, 80),
        quantity=one_line(mark.quantity, 40),
        framework=SEVERAL if mark.framework == "*" else one_line(mark.framework, 40),
        sentence=one_line(finding.sentence, sentence),
        reproduced=f"{finding.reproduced} of {finding.attempts}" if finding.attempts else "",
        count=finding.count,
        marks=" · ".join(one_line(label, 40) for label in _marks(finding)[:8]),
    )


def finding_view(finding: FindingRecord, section: str) -> FindingView:
    """The opened form of a finding."""
    windows = picture(finding.case, finding.detail)
    blamed = "" if finding.fingerprint.kind == Kind.AMBIGUITY else str(finding.target)
    return FindingView(
        row=row_view(finding, section),
        case=_case(finding),
        outcomes=tuple(_outcome(outcome, blamed, finding.case) for outcome in finding.outcomes[:ENTRIES]),
        panes=_panes(finding),
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
        versions=_pairs(finding.versions.items()),
        environment=_pairs(finding.environment.items()),
    )


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
            ("first seen", f"{finding.first_seen} (run {finding.first_run})"),
            ("last seen", f"{finding.last_seen} (run {finding.last_run})"),
        ]
    )


def _outcome(outcome: OutcomeSummary, blamed: str, case: Case) -> OutcomeView:
    role = "oracle" if outcome.status == "oracle" else "blamed" if outcome.target == blamed else ""
    shapes = (
        f"{dtype}[{', '.join('?' if length is None else str(length) for length in shape)}]"
        if shape is not None
        else f"{dtype}[rank ?]"
        for shape, dtype in zip(outcome.shapes, (*outcome.dtypes, *[""] * len(outcome.shapes)), strict=False)
    )
    return OutcomeView(
        target=one_line(outcome.target, 80),
        role=role,
        status=one_line(outcome.status.replace("_", " "), 40),
        verdict=one_line(outcome.verdict.replace("_", " "), 40),
        text=clip(outcome.text, TEXT),
        shapes=one_line(", ".join(shapes), 200),
        conventions=one_line(", ".join(outcome.conventions), 200),
        brief=one_line(brief(outcome.call, case), 160),
        call=clip(outcome.call.strip(), TEXT) if "\n" in outcome.call.strip() else "",
        composed=outcome.composed,
    )


def _panes(finding: FindingRecord) -> tuple[tuple[str, tuple[Pane, ...]], ...]:
    """Per output the oracle's array, the blamed target's and their difference; outputs without arrays are left out.

    An ambiguity blames nobody: it has the oracle's first output under each convention.
    """
    oracles = [outcome for outcome in finding.outcomes if outcome.status == "oracle"]
    if finding.fingerprint.kind == Kind.AMBIGUITY:
        shown = single((one_line(outcome.target, 60), _at(outcome.arrays, 0)) for outcome in oracles[:CONVENTIONS])
        return (("", shown),) if shown else ()
    oracle = next(iter(oracles), None)
    blamed = next((outcome for outcome in finding.outcomes if outcome.target == str(finding.target)), None)
    expected, got = oracle.arrays if oracle else (), blamed.arrays if blamed else ()
    several = max(len(expected), len(got)) > 1
    outputs = [
        (f"output {i}" if several else "", panes(_at(expected, i), _at(got, i)))
        for i in range(min(max(len(expected), len(got)), 4))
    ]
    return tuple(pair for pair in outputs if pair[1])


def _at(arrays: tuple[Any, ...], index: int) -> Any:
    return arrays[index] if index < len(arrays) else None


def _pairs(items: Iterable[tuple[str, Any]]) -> Pairs:
    pairs = list(items)
    shown = [(one_line(str(name), 80), value_text(value)) for name, value in pairs[:ENTRIES]]
    return tuple(shown) if len(pairs) <= ENTRIES else (*shown, ("…", f"{len(pairs) - ENTRIES} more entries"))


def value_text(value: Any) -> str:
    """Text of a parameter or detail: strings as they are, the rest as Python writes it, lists as tuples."""
    if isinstance(value, str):
        return clip(value, TEXT)
    return clip(repr(freeze(value)), TEXT)
