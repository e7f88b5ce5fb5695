"""The outcomes of a finding as the HTML template shows them: one line each, and the arrays of the oracle and the blamed target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.case import Case, Kind
from harness.records import FindingRecord, OutcomeSummary
from reports.html.arrays import Pane, panes, single
from reports.html.calls import brief
from reports.html.fault import Fault
from reports.text import clip, one_line

TEXT = 2_000
ENTRIES = 40
OUTPUTS = 4
CONVENTIONS = 6


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
class ValuesView:
    """The arrays of one output side by side; ``words`` say what the marks in them mean, or why there is nothing to show."""

    title: str
    panes: tuple[Pane, ...]
    words: str = ""


def outcomes_of(finding: FindingRecord) -> tuple[OutcomeView, ...]:
    """The oracle's and every target's outcome."""
    blamed = "" if finding.fingerprint.kind == Kind.AMBIGUITY else str(finding.target)
    return tuple(_outcome(outcome, blamed, finding.case) for outcome in finding.outcomes[:ENTRIES])


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


def values_of(finding: FindingRecord) -> tuple[ValuesView, ...]:
    """Per output the oracle's array, the blamed target's and their difference; outputs without arrays are left out.

    An ambiguity blames nobody: it has the oracle's first output under each convention.
    """
    oracles = [outcome for outcome in finding.outcomes if outcome.status == "oracle"]
    if finding.fingerprint.kind == Kind.AMBIGUITY:
        shown = single((one_line(outcome.target, 60), _at(outcome.arrays, 0)) for outcome in oracles[:CONVENTIONS])
        return (ValuesView("", shown),) if shown else ()
    oracle = next(iter(oracles), None)
    blamed = next((outcome for outcome in finding.outcomes if outcome.target == str(finding.target)), None)
    expected, got = oracle.arrays if oracle else (), blamed.arrays if blamed else ()
    count = max(len(expected), len(got))
    outputs = [
        _values(f"output {i}" if count > 1 else "", _at(expected, i), _at(got, i), finding)
        for i in range(min(count, OUTPUTS))
    ]
    found = tuple(output for output in outputs if output.panes)
    if not found and any(outcome.arrays for outcome in (oracle, blamed) if outcome):
        return (ValuesView("", (), "The arrays are larger than what a store keeps; the script prints them."),)
    return found


def _values(title: str, expected: Any, got: Any, finding: FindingRecord) -> ValuesView:
    fault = Fault.of(finding.detail, expected, got)
    return ValuesView(title, panes(expected, got, fault), fault.words)


def _at(arrays: tuple[Any, ...], index: int) -> Any:
    return arrays[index] if index < len(arrays) else None
