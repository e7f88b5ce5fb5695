"""What a report says of a finding, before any form: plain text throughout, which the templates escape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.launch import ONE_THREAD
from harness.records import FindingRecord, OutcomeSummary
from reports.bug_report.compiled import CANNOT, COMPARED, Qualification, compiled_script
from reports.bug_report.words import expected_of, how_of, title_of, where_of
from reports.reproducer import script
from reports.reproducer.program import info_of, variables
from reports.text import describe_case, number

ROWS = 24
"""Outcomes of other targets that a report lists."""

NUMBERS = 40
"""Numbers of an array up to which a report shows it."""

SIDES = {
    "agreed": "right",
    "agreed_refusal": "refuses as well",
    "other_convention": "follows another convention",
    "known": "a known difference",
    "disagreed": "wrong",
    "died": "dies",
    "timed_out": "does not return",
    "out_of_memory": "out of memory",
}
"""What is said of an outcome by its verdict; outcomes of other verdicts tell nothing."""


@dataclass(frozen=True)
class Row:
    """What some targets make of the case."""

    targets: str
    result: str
    side: str


@dataclass(frozen=True)
class Facts:
    """One finding as the templates show it. ``script`` is empty where ``no_script`` says why.

    ``rules`` says how far the script of a finding of compiled code obeys the rules for fuzzers; empty where they do not apply.
    """

    id: str
    title: str
    sentence: str
    where: str
    case: str
    call: str
    script: str
    no_script: str
    rules: str
    message: str
    expected: str
    how: str
    arrays: tuple[tuple[str, str], ...]
    others: tuple[Row, ...]
    again: str
    settings: str
    environment: Mapping[str, str]
    versions: Mapping[str, str]
    device: str
    qualification: Qualification | None = None


def facts_of(finding: FindingRecord, qualification: Qualification | None = None) -> Facts:
    """Everything that is known. ``qualification`` is given for findings of compiled code."""
    text, reason, rules = _script_by_rules(finding) if qualification else (*_script(finding), "")
    own = _outcome(finding)
    return Facts(
        id=finding.id,
        title=title_of(finding),
        sentence=finding.sentence,
        where=f"{finding.target} is {where_of(finding.target)}.",
        case=describe_case(finding.case),
        call=own.call.strip() if own else "",
        script=text,
        no_script=reason,
        rules=rules,
        message=_message(finding, own),
        expected=expected_of(finding),
        how=how_of(finding),
        arrays=tuple(_arrays(finding, own)),
        others=tuple(_others(finding)),
        again=f"{finding.reproduced} of {finding.attempts}" if finding.attempts else "",
        settings=_settings(finding),
        environment=finding.environment,
        versions=finding.versions,
        device=finding.target.device,
        qualification=qualification,
    )


def _outcome(finding: FindingRecord) -> OutcomeSummary | None:
    """What the blamed target made of the case."""
    return next((outcome for outcome in finding.outcomes if outcome.target == str(finding.target)), None)


def _script(finding: FindingRecord) -> tuple[str, str]:
    """The script that compares with the oracle, or why there is none."""
    if finding.script:
        return finding.script, ""
    try:
        return script(finding), ""
    except CANNOT as error:
        return "", str(error.args[0] if error.args else error)


def _script_by_rules(finding: FindingRecord) -> tuple[str, str, str]:
    """The script that compares compiled code with eager where there are results to compare, else the other; and which it is."""
    if finding.fingerprint.kind not in COMPARED:
        return *_script(
            finding
        ), "The script makes the call alone: there are no results to compare with those of eager."
    try:
        return compiled_script(finding), "", "The script compares by them."
    except CANNOT as error:
        reason = error.args[0] if error.args else error
        return *_script(finding), f"The script compares with the oracle, not by them: {reason}."


def _message(finding: FindingRecord, own: OutcomeSummary | None) -> str:
    """What the framework said, in full as far as it is stored; empty where it returned."""
    detail = finding.detail
    if detail.get("message") is not None:
        kind, where = detail.get("type", ""), detail.get("where", "")
        said = f"{kind}: {detail['message']}" if kind else str(detail["message"])
        return f"{said}\n(raised in {where})" if where else said
    return own.text if own else ""


def _arrays(finding: FindingRecord, own: OutcomeSummary | None) -> list[tuple[str, str]]:
    """Small results side by side: what is expected under each convention, then what the blamed target gives."""
    sides = [
        (outcome.target.replace("oracle", "Expected", 1), outcome)
        for outcome in finding.outcomes
        if outcome.status == "oracle"
    ]
    sides += [(f"From {own.target}", own)] if own else []
    titles: dict[str, list[str]] = {}
    for title, outcome in sides:
        if outcome.arrays and all(map(_is_small, outcome.arrays)):
            titles.setdefault("\n".join(map(_listed, outcome.arrays)), []).append(title)
    return [(" and ".join(names), text) for text, names in titles.items()]


def _flat(array: Any) -> list[Any]:
    return [one for item in array for one in _flat(item)] if isinstance(array, (list, tuple)) else [array]


def _is_small(array: Any) -> bool:
    return array is not None and len(_flat(array)) <= NUMBERS


def _listed(array: Any) -> str:
    if isinstance(array, (list, tuple)):
        return f"[{', '.join(map(_listed, array))}]"
    return number(array, 17)


def _others(finding: FindingRecord) -> list[Row]:
    """The outcomes of other targets that tell something, equal ones in one row."""
    rows: dict[tuple[str, str], list[str]] = {}
    for outcome in finding.outcomes:
        if outcome.verdict in SIDES and outcome.target != str(finding.target):
            rows.setdefault((_result(finding, outcome), SIDES[outcome.verdict]), []).append(outcome.target)
    listed = [Row(", ".join(targets), *row) for row, targets in rows.items()]
    if len(listed) <= ROWS:
        return listed
    return [*listed[:ROWS], Row(f"{len(listed) - ROWS} more", "", "")]


def _result(finding: FindingRecord, outcome: OutcomeSummary) -> str:
    """The outcome in a few words, with the element that is in question."""
    if outcome.text:
        return outcome.text
    shapes = ", ".join(f"{shape} {dtype}" for shape, dtype in zip(outcome.shapes, outcome.dtypes, strict=False))
    index = finding.detail.get("index")
    if index is None or len(outcome.arrays) != 1:
        return shapes
    element = _element(outcome.arrays[0], index)
    return shapes if element is None else f"{shapes}, {number(element, 9)} at {list(index)}"


def _element(array: Any, index: Sequence[int]) -> Any:
    """An element of nested lists, None where there is none."""
    for i in index:
        if not isinstance(array, (list, tuple)) or i >= len(array):
            return None
        array = array[i]
    return None if isinstance(array, (list, tuple)) else array


def _settings(finding: FindingRecord) -> str:
    """The environment variables of the process that ran the target: one thread, and what its adapter sets."""
    try:
        info = info_of(finding.target)
    except LookupError:
        return ""
    threads = {name: value for name, value in ONE_THREAD.items() if name[:3] != "TF_" or "tensorflow" in info.requires}
    wanted = {**threads, **variables(info, finding.target.device)}
    return ", ".join(f"{name}={value}" for name, value in sorted(wanted.items()))
