"""What a failed differential test shows: who is wrong, the smallest case, how to look at it again, and a script."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from harness import outside
from harness.operator import Operator
from harness.records import FindingRecord, RunRecord
from harness.testing.settings import Settings
from reports.text import describe_case, one_line, visible
from reports.view import with_standing

IN_FULL = 3
"""Findings that are shown with their cases; of more there is a line each. The first one's script is shown."""


def script_of(finding: FindingRecord) -> str:
    """The standalone script of a finding, or as a comment why there is none.

    Where it imports modules of the user's, its second line says from which folders.
    """
    from reports.reproducer import script

    try:
        text = script(finding)
    except (LookupError, ValueError) as error:
        return "".join(f"# {line}\n" for line in f"There is no script: {error}".splitlines())
    origin = outside.origins().get(finding.fingerprint.operator)
    modules = {path.partition(":")[0] for path in origin.calls.values()} if origin else set()
    used = sorted(module for module in modules if f"from {module} import" in text)
    if not used:
        return text
    first, _, rest = text.partition("\n")
    return f"{first}\n# It imports {', '.join(used)}: PYTHONPATH must lead there.\n{rest}"


def text(
    op: Operator, bugs: Sequence[FindingRecord], run: RunRecord, settings: Settings, messages: Sequence[str]
) -> str:
    """The failure of a test: its findings, the worst first."""
    bugs = [with_standing(bug, run) for bug in bugs]
    targets = ", ".join(visible(target) for target in run.targets)
    lines = [
        f"{op.key}: {len(bugs)} finding{'s' if len(bugs) > 1 else ''} in {run.cases} cases on {targets}",
        f"seed {run.seed}: the same seed draws the same cases; --opdiff-seed names another one",
    ]
    for finding in bugs[:IN_FULL]:
        lines += ["", *_finding(finding, settings)]
    lines += [f"finding {one.id}: {one_line(one.sentence, 300)}" for one in bugs[IN_FULL:]]
    lines += [f"note: {one_line(message)}" for message in messages]
    lines += ["", f"script of {bugs[0].id}:", "", visible(bugs[0].script or script_of(bugs[0])).rstrip()]
    return "\n".join(lines)


def _finding(finding: FindingRecord, settings: Settings) -> list[str]:
    mark = finding.fingerprint
    times = f"reproduced {finding.reproduced} of {finding.attempts} times" if finding.attempts else "not run again"
    marks = "".join(f", {visible(label)}" for label in finding.marks)
    return [
        f"finding {finding.id}: {visible(mark.kind)}, {mark.quantity}, {times}{marks}",
        f"  {one_line(finding.sentence, 600)}",
        f"  smallest case: {one_line(describe_case(finding.case), 600)}",
        f"  again: {replay_command(finding, settings.store)}",
    ]


def replay_command(finding: FindingRecord, store: Path) -> str:
    """The command that runs a finding of a test again, from the current folder."""
    origin = outside.origins()[finding.fingerprint.operator]
    file = Path(origin.folder, *origin.module.split("."))
    file = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
    where = "" if store.resolve() == Path(".opdiff").resolve() else f" --store {near(store)}"
    if outside.name_of(file) == (Path(origin.folder), origin.module):
        return f"opdiff replay {finding.id} --import {near(file)}{where}"
    return f"PYTHONPATH={near(Path(origin.folder))} opdiff replay {finding.id} --import {origin.module}{where}"


def near(path: Path) -> str:
    """The path as seen from the current folder, where that is shorter."""
    return min(str(path), os.path.relpath(path), key=len)
