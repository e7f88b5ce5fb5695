"""The page around the findings: what stands in it as HTML, what is packed for JavaScript, and its policy.

The first findings are HTML. The opened form of the next ones, and one line for every finding, are packed. All have budgets of bytes, so
that a page of many findings stays small.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from itertools import islice
from typing import Any

import jinja2

from reports.collection import uncollected
from reports.html.chart import chart
from reports.html.finding import RowView, finding_view, value_text
from reports.html.groups import Group, by_importance, groups
from reports.html.life import Past, expiry
from reports.html.packed import choices, pack, pack_lines, pack_members
from reports.html.tables import SYMBOLS, bucket, cell_title, never, quiet, shares, telling
from reports.matrix import State
from reports.picture import asset as picture_asset
from reports.promotion import promotion_of, short
from reports.text import minute, one_line, visible
from reports.view import Report

PAGE_BYTES = 860_000
"""Size of the parts that grow with the number of findings and operators; the rest takes less than 100 kB."""
STATIC_FINDINGS, STATIC_BYTES = 24, 240_000
PACKED_FINDINGS, PACKED_BYTES, LEAST_PACKED_BYTES = 400, 240_000, 20_000
TABLES_BYTES = 150_000
"""Size of the tables with a row per operator up to which they stand in the page as HTML."""


@dataclass(frozen=True)
class _Bodies:
    """How each finding is present: as HTML in the page (by id), packed, or as a line only."""

    static: dict[str, str]
    packed: str
    opened: int


@dataclass(frozen=True)
class _Tables:
    """The tables with a row per operator: as HTML by name, or all of them packed."""

    inline: dict[str, str]
    packed: str


@uncollected()
def render(report: Report) -> str:
    """The whole page as text."""
    environment = _environment()
    style = picture_asset("picture.css") + _asset("report.css")
    script = picture_asset("picture.js") + _asset("report.js")
    sections = groups(report)
    flat = [group for own in sections.values() for group in own]
    tables, rows = _tables(environment, report), pack_lines(flat)
    used = sum(map(len, tables.inline.values())) + len(tables.packed) + len(rows)
    sources = f"style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    return environment.get_template("report.html.j2").render(
        report=report,
        run=report.run,
        style=style,
        script=script,
        policy=f"default-src 'none'; {sources}; base-uri 'none'; form-action 'none'",
        groups=sections,
        bodies=_bodies(environment, report, sections, PAGE_BYTES - used),
        tables=tables,
        rows=rows,
        blank=RowView("", "", "", "", "", "", "", "", 0, "", "", False),
        choices=choices(flat),
        promotion=promotion_of(report.run, report.findings),
        chart=chart(report.trend.points) if len(report.trend.points) > 1 else "",
    )


def _tables(environment: jinja2.Environment, report: Report) -> _Tables:
    """Render the tables, and pack them when they are large."""
    template: Any = environment.get_template("tables.html.j2").module
    tables = {name: template.table(report, name) for name in ("matrix", "error divided by bound")}
    tables["coverage"] = template.coverage(report.run)
    if sum(map(len, tables.values())) <= TABLES_BYTES:
        return _Tables(tables, pack(["{}"]))
    return _Tables({}, pack([json.dumps({name: str(text) for name, text in tables.items()}, ensure_ascii=False)]))


def _bodies(
    environment: jinja2.Environment, report: Report, sections: dict[str, tuple[Group, ...]], room: int
) -> _Bodies:
    """Render the opened form of findings, the most important first, until the budgets are used up."""
    template: Any = environment.get_template("finding.html.j2").module
    past = Past.of(report)
    leads = [(name, group.findings[0]) for name, own in sections.items() for group in own]
    static: dict[str, str] = {}
    size = 0
    for name, finding in leads[:STATIC_FINDINGS]:
        if size >= STATIC_BYTES:
            break
        static[finding.id] = template.finding(finding_view(finding, name, past))
        size += len(static[finding.id])
    others = (pair for pair in by_importance(sections) if pair[1].id not in static)
    rest = islice(others, PACKED_FINDINGS)
    members = ((finding.id, str(template.body(finding_view(finding, name, past)))) for name, finding in rest)
    packed, count = pack_members(members, max(min(room - size, PACKED_BYTES), LEAST_PACKED_BYTES))
    return _Bodies(static, packed, len(static) + count)


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("reports.html"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        visible=visible,
        one_line=one_line,
        minute=minute,
        value_text=value_text,
        cell_title=cell_title,
        bucket=bucket,
        expiry=expiry,
    )
    environment.filters.update(shares=shares, short=short, symbol=lambda state: SYMBOLS[state])
    environment.filters.update(telling=telling, quiet=quiet, never=never)
    environment.globals.update(states=tuple(State))
    return environment


def _asset(name: str) -> str:
    """A style sheet or script of the package, as it stands in the page: newlines must be what the browser hashes."""
    return resources.files("reports.html").joinpath("templates", name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
