"""A finding as the text of an issue: the form that its tracker asks for, filled as far as the store knows it. Nothing is posted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jinja2

from harness.baseline import Entry
from harness.causes import group
from harness.records import FindingRecord, Severity
from reports.bug_report import advice
from reports.bug_report.compiled import is_compiled, qualification
from reports.bug_report.environment import LAYOUTS
from reports.bug_report.facts import Facts, facts_of
from reports.bug_report.trackers import Tracker, delegated, tracker_for
from reports.text import markdown, markdown_block, one_line

MOST = 65_536
"""Characters that GitHub takes as the text of an issue. Bytes of UTF-8 are counted, which are never fewer."""

LONGEST_TITLE = 256
"""Characters that GitHub takes as the title of an issue."""

LIMITS = (12_000, 4_000, 1_000, 250)
"""Characters of each text that a report quotes, tried in this order until the whole fits; the script is cut last."""

MOST_RELATED = 12


class Marked(str):
    """Text that is Markdown already: everything else is escaped where a template writes it."""

    __slots__ = ()


@dataclass(frozen=True)
class BugReport:
    """What to paste into the form, and what its reader must know first. ``body`` is the text of the issue."""

    finding: str
    tracker: str
    repository: str
    form: str
    title: str
    body: str
    cautions: tuple[str, ...]
    checklist: tuple[str, ...]
    searches: tuple[str, ...]

    def text(self) -> str:
        """All of it as one Markdown text: what is for the human stands above the line."""
        return _ENVIRONMENT.get_template("whole.md.j2").render(r=self).rstrip() + "\n"


def bug_report(
    finding: FindingRecord,
    wanted: str | None = None,
    *,
    others: Sequence[FindingRecord] = (),
    entry: Entry | None = None,
) -> BugReport:
    """The report of ``finding`` for the tracker ``wanted``; None is that of the framework it blames.

    ``others`` are the store's findings, for those of the same cause and of a backend; ``entry`` is what the baseline says of it.
    Raises RefusedError for an ambiguity, a known difference, and a tracker that is not the framework's.
    """
    advice.refuse(finding)
    shown = delegated(finding, wanted, others)
    if shown is not finding:
        entry = None
        advice.refuse(shown)
    tracker = tracker_for(shown, wanted)
    compiled = tracker.compiled if is_compiled(shown) else None
    form = compiled or tracker.form
    judged = qualification(shown) if compiled else None
    repository = tracker.repositories[shown.fingerprint.framework]
    cautions = advice.cautions(shown, judged, entry)
    if shown is not finding:
        cautions = (
            f"This is finding {shown.id} of {shown.fingerprint.framework} itself, which {finding.id} meets through Keras.",
            *cautions,
        )
    facts = facts_of(shown, judged)
    return BugReport(
        finding=shown.id,
        tracker=tracker.name,
        repository=repository,
        form=f"https://github.com/{repository}/issues/new{form.address}",
        title=one_line(facts.title, LONGEST_TITLE)[:LONGEST_TITLE],
        body=_body(tracker, form.template, repository, facts),
        cautions=cautions,
        checklist=advice.checklist(shown, tracker, _together(shown, others), judged),
        searches=advice.searches(shown, repository),
    )


def _together(finding: FindingRecord, others: Sequence[FindingRecord]) -> list[str]:
    """Ids of the other findings of the same root cause, some of them."""
    for cause in group(others):
        if any(one.id == finding.id for one in cause.findings):
            bugs = (one.id for one in cause.findings if one.severity == Severity.BUG and one.id != finding.id)
            return list(bugs)[:MOST_RELATED]
    return []


def _body(tracker: Tracker, template: str, repository: str, facts: Facts) -> str:
    """The filled form, its longest texts cut until it fits; a script that does not fit is left out whole."""
    page = _ENVIRONMENT.get_template(template)
    environment = LAYOUTS[tracker.name](facts)
    for script_fits in (True, False):
        for limit in LIMITS:
            text = page.render(
                f=facts,
                limit=limit,
                script_fits=script_fits,
                environment=environment,
                repository=repository,
                unknown=Marked("**[fill in]**"),
            ).strip()
            if len(text.encode()) <= MOST:
                return text + "\n"
    raise AssertionError(f"finding {facts.id}: its report does not fit into {MOST} characters")


def _finalize(value: object) -> str:
    """What a template writes: Markdown as it is, anything else escaped, on one line."""
    return value if isinstance(value, Marked) else markdown(str(value))


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("reports.bug_report"),
        autoescape=False,  # noqa: S701 - Markdown: _finalize escapes
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["marked"] = Marked
    environment.filters["line"] = lambda text, limit: Marked(markdown(text, limit))
    environment.filters["block"] = lambda text, limit, language="": Marked(markdown_block(text, limit, language))
    environment.filters["address"] = lambda address: Marked(f"<{address}>")
    return environment


_ENVIRONMENT = _environment()
