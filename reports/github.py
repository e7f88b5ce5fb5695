"""GitHub Actions: annotations and the step summary.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

import os
from collections.abc import Mapping
from pathlib import Path

from harness.causes import Cause
from reports import markdown
from reports.lines import others
from reports.terminal import finding_line
from reports.text import one_line, visible
from reports.view import Report

MOST_ANNOTATIONS = 10
"""GitHub shows at most 10 errors of a step."""

SUMMARY_BYTES = 1000 * 1024
"""A little less than the 1 MiB at which GitHub drops the whole summary."""

_LEAST_BYTES = 2000


def annotations(report: Report) -> list[str]:
    """A workflow command for each of the first root causes of what is new."""
    return [_error(cause) for cause in report.section("new").causes[:MOST_ANNOTATIONS]]


def _error(cause: Cause) -> str:
    finding = cause.strongest
    title = f"opdiff {finding.id}: {one_line(cause.title, 160)}"
    text = "; ".join(filter(None, (finding_line(finding), others(cause))))
    return f"::error title={escape_property(title)}::{escape(text)}"


def escape(text: str) -> str:
    """Text of a workflow command: it stays in one line and starts no other command."""
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Value of a property of a workflow command."""
    return escape(text).replace(":", "%3A").replace(",", "%2C")


def write_summary(report: Report, environment: Mapping[str, str] = os.environ) -> bool:
    """Append the Markdown report to the step summary; whether there was room. Raises OSError."""
    if not environment.get("GITHUB_STEP_SUMMARY"):
        return False
    path = Path(environment["GITHUB_STEP_SUMMARY"])
    room = SUMMARY_BYTES - (path.stat().st_size if path.exists() else 0)
    if room < _LEAST_BYTES:
        return False
    with path.open("a", encoding="utf-8") as file:
        file.write(markdown.dumps(report, room))
    return True
