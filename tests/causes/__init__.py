"""Recorded findings of the tested releases, each with the root cause that a reader of the frameworks' behaviour gives it.

Every line of a ``.jsonl`` file is one finding. ``group`` is the expected cause, decided by hand; ``entry`` is the entry of
docs/findings.md that describes it, 0 where none does; ``held`` says that the rules of ``harness.causes`` were written without
a look at how it is grouped. ``recorded`` is the finding that the frameworks gave: ``python -m tests.causes --update`` runs the
case again and rewrites that part alone. ``messages.json`` holds pairs of the frameworks' messages that differ in sizes, places,
addresses and names only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from harness.case import Case, InputSpec, Target
from harness.encoding import decode, plain
from harness.records import FindingRecord, Fingerprint, OutcomeSummary

FOLDER = Path(__file__).parent

DETAIL = frozenset(
    (
        "output",
        "index",
        "got",
        "expected",
        "bound",
        "lost",
        "got_dtype",
        "expected_dtype",
        "property",
        "error",
        "wrong",
        "of",
    )
    + ("type", "message", "where", "conventions")
)
"""What a fixture keeps of a finding's detail."""


@dataclass(frozen=True)
class Fixture:
    """One recorded finding under the header that says where it belongs."""

    group: str
    finding: FindingRecord
    entry: int = 0
    held: bool = False


def files() -> list[Path]:
    """The files of fixtures, one for each framework that is blamed."""
    return sorted(FOLDER.glob("*.jsonl"))


def read(file: Path) -> list[Fixture]:
    """The fixtures of a file."""
    return [_fixture(msgspec.json.decode(line)) for line in file.read_bytes().splitlines()]


def _fixture(line: dict[str, Any]) -> Fixture:
    finding = decode(msgspec.json.encode(line["recorded"]), FindingRecord)
    case = Case.from_json(line["recorded"]["case"])  # which fills in what its inputs leave out
    return Fixture(line["group"], replace(finding, case=case), line["entry"], line["held"])


def write(file: Path, fixtures: Iterable[Fixture]) -> None:
    """Replace the file by these fixtures, each on a line of its own."""
    lines = [
        msgspec.json.encode(
            {"group": each.group, "entry": each.entry, "held": each.held, "recorded": _slim(plain(each.finding))}
        )
        for each in fixtures
    ]
    file.write_bytes(b"".join(line + b"\n" for line in lines))


def recorded(finding: FindingRecord) -> FindingRecord:
    """The part of a finding that a fixture keeps: what its target gave, and whether the frameworks without Keras gave it too."""
    own = str(finding.target)
    outcomes = tuple(
        OutcomeSummary(each.target, each.status, each.text[:120], call=each.call[:240], verdict=each.verdict)
        for each in finding.outcomes
        if finding.fingerprint.framework != "*" and (each.target == own or _below(each, finding))
    )
    detail = {
        key: value[:160] if isinstance(value, str) else value for key, value in finding.detail.items() if key in DETAIL
    }
    return FindingRecord(
        fingerprint=finding.fingerprint,
        severity=finding.severity,
        sentence="",
        case=finding.case,
        target=finding.target,
        targets=finding.targets,
        detail=detail,
        outcomes=outcomes,
        reason=finding.reason,
        source=finding.source,
    )


def _below(outcome: OutcomeSummary, finding: FindingRecord) -> bool:
    """Whether the outcome is that of the framework under the finding's one, in the same mode."""
    target, own = Target.parse(outcome.target), finding.target.framework.removesuffix("-x64")
    below = "tensorflow" if own == "tf-keras" else own.removeprefix("keras-")
    same = target.framework.removesuffix("-x64") == below != own and target.mode == finding.target.mode
    return same and outcome.status != "unsupported"


def _slim(document: dict[str, Any]) -> dict[str, Any]:
    """The document of a finding without what a record has anyway."""
    for outcome in document["outcomes"]:
        _drop(outcome, OutcomeSummary("", ""))
    for spec in document["case"]["inputs"].values():
        _drop(spec, InputSpec((-1,), "?"))
    _drop(document, _EMPTY)
    return document


def _drop(document: dict[str, Any], empty: Any) -> None:
    """Take out the fields that are as in ``empty``."""
    for name, value in plain(empty).items():
        if document.get(name) == value:
            del document[name]


_EMPTY = FindingRecord(Fingerprint(*"?????"), "?", "?", Case("?", {}, {}), Target("?"), ("?",))
