"""What the human who files a report is told: reasons not to file it, what to check first, where to look for duplicates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlencode

from harness.baseline import Entry
from harness.case import Kind
from harness.normalise import normalise
from harness.records import FindingRecord, Severity
from reports.bug_report.compiled import Qualification
from reports.bug_report.trackers import BACKENDS, RefusedError, Tracker
from reports.bug_report.words import name_of
from reports.view import ORACLE_SUSPECT

STOP = "Do not file this"
"""How a caution begins that speaks against filing at all."""

_SEARCHED = {
    Kind.DIED: "crash",
    Kind.TIMED_OUT: "hang",
    Kind.OUT_OF_MEMORY: "memory",
    Kind.VALUE: "incorrect",
    Kind.NOT_FINITE: "nan",
    Kind.SHAPE: "shape",
    Kind.DTYPE: "dtype",
    Kind.UNSTABLE: "nondeterministic",
    Kind.ACCEPTED: "invalid",
    Kind.RAISED: "error",
    Kind.BAD_REFUSAL: "assert",
    Kind.DESCRIBED_INVALID: "shape",
}
"""A word that issues about a kind of finding have in common."""

_MESSAGE_WORDS = 5


def refuse(finding: FindingRecord) -> None:
    """Raise RefusedError for what is nobody's bug, or is one that the tracker has already."""
    if finding.severity == Severity.AMBIGUITY:
        raise RefusedError(
            f"finding {finding.id}: an ambiguity: each side does what it documents, so there is nothing to report; "
            f"'opdiff repro {finding.id}' shows them side by side"
        )
    if finding.severity == Severity.KNOWN:
        raise RefusedError(
            f"finding {finding.id}: already reported or documented: {finding.reason} ({finding.source or 'no source given'})"
        )


def cautions(
    finding: FindingRecord, qualification: Qualification | None, entry: Entry | None = None
) -> tuple[str, ...]:
    """What speaks against filing the finding as it is; ``entry`` is its entry in the baseline."""
    found = []
    if ORACLE_SUSPECT in finding.marks:
        found.append(f"{STOP}: every target agrees and only the oracle differs, so the oracle is suspect.")
    if qualification and qualification.holds is False:
        found.append(f"{STOP} as a fuzzer's report about torch.compile: it {qualification.sentence}.")
    if entry and entry.upstream:
        found.append(f"{STOP}: the baseline says that it is reported: {entry.upstream}")
    elif entry:
        found.append(f"It stands in the baseline: {entry.reason}")
    if finding.attempts and not finding.reproduced:
        found.append(f"{STOP}: not reproduced in any of {finding.attempts} runs of the stored case.")
    elif finding.reproduced < finding.attempts:
        found.append(
            f"Flaky: it showed in {finding.reproduced} of {finding.attempts} runs of the stored case. Say so in the report."
        )
    elif not finding.attempts:
        found.append(f"It was never run again since it was found: 'opdiff replay {finding.id}' does.")
    if not finding.minimal:
        found.append("Not minimal: shrinking ran out of its budget. Cut the case down by hand.")
    if any(outcome.composed for outcome in finding.outcomes if outcome.target == str(finding.target)):
        found.append("The call is composed of several calls of the framework: see that the wrong one is named.")
    same = _same_elsewhere(finding)
    if same:
        found.append(
            f"The same numbers are right for {', '.join(same)}, of which less accuracy is documented: "
            "it is the bound of this target that makes them wrong. Check what its documentation promises."
        )
    backend = BACKENDS.get(finding.fingerprint.framework)
    if any(
        o.target.startswith(f"{backend}:") and o.verdict in ("disagreed", "died", "timed_out") for o in finding.outcomes
    ):
        found.append(f"{backend} itself is wrong on this case too: Keras may only pass it on. See its tracker first.")
    return tuple(found)


def _same_elsewhere(finding: FindingRecord) -> list[str]:
    """Targets that are right with the very numbers for which this one is wrong."""
    own = [outcome.arrays for outcome in finding.outcomes if outcome.target == str(finding.target)]
    if finding.fingerprint.kind != Kind.VALUE or not own or not own[0] or None in own[0]:
        return []
    return [outcome.target for outcome in finding.outcomes if outcome.verdict == "agreed" and outcome.arrays == own[0]]


def checklist(
    finding: FindingRecord, tracker: Tracker, together: Sequence[str], qualification: Qualification | None
) -> tuple[str, ...]:
    """What to do before filing; ``together`` are the ids of other findings of the same root cause."""
    kind = Kind(finding.fingerprint.kind)
    wishes = [
        f"The script was run with the newest nightly build of {tracker.title}, in a fresh environment, and still fails.",
        "The searches for duplicates were read, closed issues as well.",
        "The script was read line by line, and what is not needed was cut.",
        "Why this side is wrong was checked against the documentation of the function, not only against opdiff.",
        "Every part in [brackets] was filled in or removed.",
        *tracker.wishes,
    ]
    if qualification and qualification.holds is not False:
        wishes.append("The script fails by the rules for fuzzers; then the label 'topic: fuzzer' belongs to the issue.")
    if kind in (Kind.DIED, Kind.UNSTABLE):
        wishes.append("Memory may be read or written out of bounds: the repository's security policy was read first.")
    if finding.attempts and finding.reproduced < finding.attempts:
        wishes.append(f"The script fails here, although the finding showed in only {finding.reproduced} runs.")
    if together:
        wishes.append(f"One report for one cause: findings {', '.join(together)} seem to be the same.")
    return tuple(wishes)


def searches(finding: FindingRecord, repository: str) -> tuple[str, ...]:
    """Addresses of GitHub's search in the repository's issues, from narrow to wide."""
    name = name_of(finding).rpartition(".")[2].split("*")[0].strip("_")
    word = _SEARCHED[Kind(finding.fingerprint.kind)]
    if "inf" in str(finding.detail.get("got")):
        word = "inf"
    queries = [f"{name} {word}", name]
    message = re.sub(r"\[.*?\]", "", normalise(str(finding.detail.get("message", "")))[:1000])
    words = re.findall(r"(?<![\w./])[A-Za-z]?[a-z]{2,}(?![\w./(])", message)[:_MESSAGE_WORDS]
    if words:
        queries.insert(0, " ".join(words))
    return tuple(f"https://github.com/{repository}/issues?{urlencode({'q': f'is:issue {query}'})}" for query in queries)
